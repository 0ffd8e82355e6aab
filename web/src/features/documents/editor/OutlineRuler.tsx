import { UnstyledButton } from '@mantine/core';
import { type Editor, useEditorState } from '@tiptap/react';
import { type RefObject, useEffect, useState } from 'react';
import { t } from '../../../app/i18n';
import classes from './editor.module.css';
import { type OutlineHeading, outline } from './outline';

function headingElement(editor: Editor, heading: OutlineHeading): HTMLElement | null {
  const found = editor.view.nodeDOM(heading.at);
  return found instanceof HTMLElement ? found : null;
}

/** A ruler of headings at the edge of the sheet: short strokes, names when pointed at, one click to go there. */
export function OutlineRuler(props: { editor: Editor; scroller: RefObject<HTMLDivElement | null> }) {
  const { editor, scroller } = props;
  const headings = useEditorState({
    editor,
    selector: ({ editor: open }) => (open.isDestroyed ? [] : outline(open.state.doc)),
  });
  const [current, setCurrent] = useState(-1);

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      if (editor.isDestroyed) return;
      const line = box.getBoundingClientRect().top + 96;
      setCurrent(
        headings.findLastIndex((heading) => {
          const top = headingElement(editor, heading)?.getBoundingClientRect().top;
          return top !== undefined && top <= line;
        }),
      );
    };
    const onScroll = () => {
      if (frame === 0) frame = requestAnimationFrame(look);
    };
    look();
    box.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      cancelAnimationFrame(frame);
      box.removeEventListener('scroll', onScroll);
    };
  }, [editor, headings, scroller]);

  if (headings.length < 2) return null;
  const top = Math.min(...headings.map(({ level }) => level));
  return (
    <nav className={classes.ruler} aria-label={t('documents.draft.outline')}>
      <ol>
        {headings.map((heading, index) => (
          <li key={heading.at}>
            <UnstyledButton
              className={classes.stroke}
              aria-label={heading.text}
              data-depth={Math.min(3, heading.level - top)}
              data-current={index === Math.max(0, current) || undefined}
              aria-current={index === Math.max(0, current) ? 'location' : undefined}
              onClick={() => {
                headingElement(editor, heading)?.scrollIntoView({ block: 'start' });
                editor
                  .chain()
                  .setTextSelection(heading.at + 1)
                  .focus(undefined, { scrollIntoView: false })
                  .run();
              }}
            >
              <span>{heading.text}</span>
            </UnstyledButton>
          </li>
        ))}
      </ol>
    </nav>
  );
}
