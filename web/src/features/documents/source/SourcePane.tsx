import { ActionIcon, Button, Group, Loader, Text, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  IconArrowDown,
  IconArrowUp,
  IconDownload,
  IconLayoutSidebarLeftCollapse,
  IconSearch,
} from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import type { Document, SourceBlock, SourceMatch, SourcePage } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { TextSkeleton } from '../../../app/Skeletons';
import { sourceQuery, sourceSearch } from '../api';
import { ScrollRegion } from '../ScrollRegion';
import { runs, segments } from './highlight';
import { SourceState } from './SourceState';
import classes from './source.module.css';

const NO_MATCHES: readonly SourceMatch[] = [];

function Words(props: {
  block: SourceBlock;
  matches: readonly SourceMatch[];
  first: number;
  current: number;
}) {
  if (props.matches.length === 0) return props.block.text;
  return segments(props.block, props.matches).map((segment, index) =>
    segment.match === null ? (
      segment.text
    ) : (
      <mark
        // A block's pieces never change their order.
        // biome-ignore lint/suspicious/noArrayIndexKey: the index is the piece's identity
        key={index}
        data-match={props.first + segment.match}
        data-current={props.first + segment.match === props.current || undefined}
      >
        {segment.text}
      </mark>
    ),
  );
}

interface PageProps {
  page: SourcePage;
  matches: readonly SourceMatch[];
  /** Number of the page's first match among all of them. */
  first: number;
  current: number;
}

function Block({ block, ...marks }: Omit<PageProps, 'page'> & { block: SourceBlock }) {
  const words = <Words block={block} {...marks} />;
  switch (block.kind.type) {
    case 'heading':
      // One level for all: a source may begin with any, and levels must not be skipped on the page.
      return (
        <h3 className={classes.heading} data-level={Math.min(block.kind.level, 3)}>
          {words}
        </h3>
      );
    case 'quote':
      return <blockquote>{words}</blockquote>;
    case 'code':
      return <pre>{words}</pre>;
    case 'table':
      return (
        <div className={classes.table}>
          <table>
            <tbody>
              {block.kind.rows.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a finished table stay in place
                <tr key={index}>
                  {row.map((cell, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: so do its cells
                    <td key={column}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    default:
      return <p>{words}</p>;
  }
}

/** Text that brings its own bullet or number from the file needs no second one. */
const MARKED = /^(?:[-*•◦▪‣–]|\(?(?:\d{1,3}|[a-z]|[ivxlc]{1,5})[.)](?:\d{1,3}\.?)*)\s/iu;

const SourceSheet = memo(function SourceSheet({ page, ...marks }: PageProps) {
  return (
    <section className={classes.page} data-page={page.index}>
      {page.page !== null && (
        <div className={classes.pageNumber}>{t('documents.source.page', { page: page.page })}</div>
      )}
      {runs(page.blocks).map((run) => {
        if (run.kind === 'block') return <Block key={run.block.start} block={run.block} {...marks} />;
        const List = run.ordered ? 'ol' : 'ul';
        return (
          <List key={run.items[0]?.start}>
            {run.items.map((item) => (
              <li
                key={item.start}
                data-marked={MARKED.test(item.text) || undefined}
                data-bullet={(item.kind.type === 'listItem' && !item.kind.ordered) || undefined}
                data-depth={item.kind.type === 'listItem' ? Math.min(item.kind.depth, 4) : 0}
              >
                <Words block={item} {...marks} />
              </li>
            ))}
          </List>
        );
      })}
    </section>
  );
});

/** The file as it was read: its pages, search in them, and the way to the original. */
export function SourcePane(props: {
  document: Document;
  onRetry: () => void;
  onDownload: () => void;
  onCollapse?: () => void;
}) {
  const { document } = props;
  const ready = document.chunkCount > 0 || (document.status !== 'uploaded' && document.status !== 'failed');
  const pages = useInfiniteQuery(sourceQuery(document.id, ready));
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 250);
  const search = useQuery(sourceSearch(document.id, q));
  const matches = q ? (search.data ?? NO_MATCHES) : NO_MATCHES;
  const [current, setCurrent] = useState(0);
  const scroller = useRef<HTMLElement>(null);
  const sheets = useMemo(() => pages.data?.pages.flatMap((page) => page.items) ?? [], [pages.data]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = pages;

  const byPage = useMemo(() => {
    const found = new Map<number, { first: number; matches: SourceMatch[] }>();
    for (const [index, match] of matches.entries()) {
      const there = found.get(match.pageIndex);
      if (there) there.matches.push(match);
      else found.set(match.pageIndex, { first: index, matches: [match] });
    }
    return found;
  }, [matches]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new search begins at its first match
  useEffect(() => setCurrent(0), [matches]);

  const wanted = matches[current]?.pageIndex;
  const loaded = sheets.at(-1)?.index ?? -1;

  useEffect(() => {
    if (wanted === undefined) return;
    if (wanted > loaded && hasNextPage) {
      if (!isFetchingNextPage) void fetchNextPage();
      return;
    }
    const mark = scroller.current?.querySelector(`mark[data-match="${current}"]`);
    const sheet = scroller.current?.querySelector(`[data-page="${wanted}"]`);
    (mark ?? sheet)?.scrollIntoView({ block: 'center' });
  }, [wanted, current, loaded, hasNextPage, isFetchingNextPage, fetchNextPage]);

  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const target = end.current;
    if (!target || !hasNextPage || isFetchingNextPage) return;
    const watch = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) void fetchNextPage();
      },
      { root: scroller.current, rootMargin: '800px' },
    );
    watch.observe(target);
    return () => watch.disconnect();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const go = (step: number) => {
    if (matches.length > 0) setCurrent((current + step + matches.length) % matches.length);
  };

  return (
    <section className={classes.pane} aria-label={t('documents.source.title')}>
      <h2 className="visually-hidden">{t('documents.source.title')}</h2>
      <div className={classes.top}>
        <TextInput
          size="xs"
          type="search"
          className={classes.search}
          aria-label={t('documents.source.search')}
          placeholder={t('documents.source.search')}
          leftSection={search.isFetching ? <Loader size={12} /> : <IconSearch size={14} />}
          value={typed}
          disabled={!ready}
          onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') go(event.shiftKey ? -1 : 1);
            if (event.key === 'Escape') setTyped('');
          }}
        />
        {q && search.isError && (
          <Text fz="xs" c="red" role="status" className={classes.count}>
            {t('documents.source.searchFailed')}
          </Text>
        )}
        {q && search.isSuccess && (
          <Group gap={0} wrap="nowrap">
            <Text fz="xs" c="dimmed" role="status" className={classes.count}>
              {matches.length === 0
                ? t('documents.source.noMatch')
                : `${formatNumber(current + 1)} / ${formatNumber(matches.length)}${matches.length >= 200 ? '+' : ''}`}
            </Text>
            <ActionIcon
              size={26}
              aria-label={t('documents.source.previous')}
              disabled={matches.length === 0}
              onClick={() => go(-1)}
            >
              <IconArrowUp size={14} />
            </ActionIcon>
            <ActionIcon
              size={26}
              aria-label={t('documents.source.next')}
              disabled={matches.length === 0}
              onClick={() => go(1)}
            >
              <IconArrowDown size={14} />
            </ActionIcon>
          </Group>
        )}
        <Group gap={0} wrap="nowrap" ml="auto">
          <Tooltip label={t('documents.list.downloadOriginal')}>
            <ActionIcon aria-label={t('documents.list.downloadOriginal')} onClick={props.onDownload}>
              <IconDownload size={18} />
            </ActionIcon>
          </Tooltip>
          {props.onCollapse && (
            <Tooltip label={t('documents.source.collapse')}>
              <ActionIcon aria-label={t('documents.source.collapse')} onClick={props.onCollapse}>
                <IconLayoutSidebarLeftCollapse size={18} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </div>
      <ScrollRegion ref={scroller} className={classes.scroller} label={t('documents.source.text')}>
        <SourceState document={document} onRetry={props.onRetry} />
        {ready && pages.isPending && <TextSkeleton lines={8} />}
        {pages.isError && sheets.length === 0 && (
          <ErrorNotice error={pages.error} retry={() => void pages.refetch()} />
        )}
        {ready && pages.isSuccess && sheets.every((sheet) => sheet.blocks.length === 0) && (
          <Text c="dimmed" ta="center" py="xl">
            {t('documents.source.empty')}
          </Text>
        )}
        {sheets.map((page) => {
          const marked = byPage.get(page.index);
          const isCurrent = wanted === page.index;
          return (
            <SourceSheet
              key={page.index}
              page={page}
              matches={marked?.matches ?? NO_MATCHES}
              first={marked?.first ?? 0}
              current={isCurrent ? current : -1}
            />
          );
        })}
        <div ref={end} />
        {isFetchingNextPage && <Loader size="sm" mx="auto" my="md" display="block" />}
        {pages.isError && sheets.length > 0 && (
          <Button variant="default" size="xs" onClick={() => void fetchNextPage()}>
            {t('app.tryAgain')}
          </Button>
        )}
      </ScrollRegion>
    </section>
  );
}
