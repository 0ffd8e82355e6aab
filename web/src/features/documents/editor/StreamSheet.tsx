import { memo, useEffect, useMemo, useRef, useState } from 'react';
import Markdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { t } from '../../../app/i18n';
import { RunProgress } from '../ai/RunProgress';
import { markdownBlocks, wholeSentences } from '../ai/stream';
import type { ActiveRun } from '../document/desk';
import { ScrollRegion } from '../ScrollRegion';
import classes from './editor.module.css';
import prose from './prose.module.css';
import { imageUrl, isLinkAllowed } from './tree';

const PLUGINS = [remarkGfm];

function safeUrl(url: string): string {
  if (url.startsWith('carrel:images/')) return imageUrl(url);
  return isLinkAllowed(url) ? url : '';
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <Markdown remarkPlugins={PLUGINS} urlTransform={safeUrl}>
      {text}
    </Markdown>
  );
});

/** Markdown as it arrives, drawn on the sheet; only its last block is drawn again. */
export function StreamedText({ text, cursor }: { text: string; cursor: boolean }) {
  const blocks = useMemo(() => markdownBlocks(text), [text]);
  return (
    <div className={`${prose.prose} ${cursor ? prose.streaming : ''}`}>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: text only grows, so a block keeps its place
        <Block key={index} text={block} />
      ))}
      {blocks.length === 0 && <p />}
    </div>
  );
}

/** Says whole sentences to screen readers, at most once in a while, so that they can follow. */
function Spoken({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  const until = useRef(0);
  const newest = useRef(text);
  newest.current = text;
  useEffect(() => {
    const timer = setInterval(() => {
      const next = wholeSentences(newest.current, until.current);
      until.current = next.until;
      if (next.said) setSaid(next.said);
    }, 2_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className="visually-hidden" aria-live="polite">
      {said}
    </div>
  );
}

/** The sheet while a model writes the draft on it. */
export function StreamSheet({ active }: { active: ActiveRun }) {
  const scroller = useRef<HTMLElement>(null);
  const follows = useRef(true);
  const { text } = active.run;
  // biome-ignore lint/correctness/useExhaustiveDependencies: follow the end as text arrives, unless scrolled away
  useEffect(() => {
    const box = scroller.current;
    if (box && follows.current) box.scrollTop = box.scrollHeight;
  }, [text]);
  return (
    <section className={classes.pane} aria-label={t('documents.draft.title')}>
      <div className={classes.streamTop}>
        <RunProgress active={active} />
      </div>
      <ScrollRegion
        ref={scroller}
        className={classes.scroller}
        label={t('documents.draft.beingWritten')}
        onScroll={({ currentTarget: box }) => {
          follows.current = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
        }}
      >
        <div className={classes.sheet}>
          <StreamedText text={text} cursor />
        </div>
      </ScrollRegion>
      <Spoken text={text} />
    </section>
  );
}
