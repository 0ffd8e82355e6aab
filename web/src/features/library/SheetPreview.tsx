import { type CSSProperties, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { DocumentTree, Letterhead } from '../../api/types';
import { t } from '../../app/i18n';
import { type Block, PAPER, paginate } from './sheet';
import classes from './sheet.module.css';
import { TreeBlock } from './TreeView';
import { imageUrl, readNode, type TreeNode } from './tree';

interface SheetPreviewProps {
  tree: DocumentTree | null;
  letterhead: Letterhead;
  /** Read to people who can't see the pages. */
  label: string;
  onPages?: (pages: number) => void;
}

/** The printed pages of a document at true proportions: paper, margins, header, footer, page numbers. */
export function SheetPreview({ tree, letterhead, label, onPages }: SheetPreviewProps) {
  const blocks = useMemo(() => (tree?.content ?? []).map(readNode), [tree]);
  const paper = PAPER[letterhead.paper];
  const measure = useRef<HTMLDivElement>(null);
  const [pages, setPages] = useState<number[][]>([[]]);

  useLayoutEffect(() => {
    const column = measure.current;
    if (!column) return;
    const place = () => {
      const next = paginateMeasured(column, blocks, paper.height / paper.width);
      setPages((last) => (JSON.stringify(last) === JSON.stringify(next) ? last : next));
    };
    place();
    // Fonts and images arrive later and the window is resized: each changes the height of something measured.
    const observer = new ResizeObserver(place);
    observer.observe(column);
    for (const part of column.children) observer.observe(part);
    return () => observer.disconnect();
  });

  useLayoutEffect(() => onPages?.(pages.length), [pages.length, onPages]);

  const { margins } = letterhead;
  const geometry = {
    '--paper-width': paper.width,
    '--paper-height': paper.height,
    '--top': margins.top,
    '--right': margins.right,
    '--bottom': margins.bottom,
    '--left': margins.left,
  } as CSSProperties;

  return (
    <section className={classes.desk} style={geometry} aria-label={label}>
      <div ref={measure} className={classes.measure} aria-hidden="true">
        <PageHeader letterhead={letterhead} />
        <div className={classes.body}>
          {blocks.map((node, index) => (
            <PlacedBlock key={blockKey(index)} node={node} />
          ))}
        </div>
        <PageFooter letterhead={letterhead} page={1} pages={1} />
      </div>
      {pages.map((page, number) => (
        <div key={blockKey(number)} className={classes.sheet}>
          <PageHeader letterhead={letterhead} />
          <div className={classes.body}>
            {page.map((index) => {
              const node = blocks[index];
              return node ? <PlacedBlock key={blockKey(index)} node={node} /> : null;
            })}
          </div>
          <PageFooter letterhead={letterhead} page={number + 1} pages={pages.length} />
        </div>
      ))}
    </section>
  );
}

/** Blocks and pages have no identity but their place. */
function blockKey(index: number): string {
  return `at ${index}`;
}

function PlacedBlock({ node }: { node: TreeNode }) {
  return (
    <div className={classes.block} data-type={node.type}>
      <div>
        <TreeBlock node={node} />
      </div>
    </div>
  );
}

function PageHeader({ letterhead }: { letterhead: Letterhead }) {
  const logo = imageUrl(letterhead.logo);
  return (
    <div className={classes.header}>
      {logo && <img className={classes.logo} src={logo} alt="" />}
      {letterhead.header.trim() !== '' && <div className={classes.headerText}>{letterhead.header}</div>}
    </div>
  );
}

function PageFooter({ letterhead, page, pages }: { letterhead: Letterhead; page: number; pages: number }) {
  return (
    <div className={classes.footer}>
      {letterhead.footer.trim() !== '' && <div>{letterhead.footer}</div>}
      {letterhead.pageNumbers && (
        <div className={classes.pageNumber}>{t('library.preview.pageOf', { page, pages })}</div>
      )}
    </div>
  );
}

/** Reads the heights off the hidden column, which is as wide as a page, and places its blocks on pages. */
function paginateMeasured(column: HTMLElement, nodes: readonly TreeNode[], ratio: number): number[][] {
  const [header, body, footer] = column.children;
  if (!header || !body || !footer) return [[]];
  const height = column.getBoundingClientRect().width * ratio;
  const taken = header.getBoundingClientRect().height + footer.getBoundingClientRect().height;
  const measured = nodes.map((node, index): Block => {
    const outer = body.children[index];
    const whole = outer?.getBoundingClientRect().height ?? 0;
    const own = outer?.firstElementChild?.getBoundingClientRect().height ?? 0;
    return {
      height: own,
      before: whole - own,
      breaks: node.type === 'pageBreak',
      keepsWithNext: node.type === 'heading',
    };
  });
  return paginate(measured, Math.max(height - taken, 1));
}
