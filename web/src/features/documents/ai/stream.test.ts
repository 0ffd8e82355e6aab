import { describe, expect, it } from 'vitest';
import type { Generation } from '../../../api/types';
import { fractionDone, markdownBlocks, NEW_RUN, type RunEvent, wholeSentences, withEvent } from './stream';

const finished: Generation = {
  id: 'g',
  feature: 'draft',
  subjectId: 'd',
  model: 'local/small',
  status: 'done',
  progress: null,
  text: '',
  failure: null,
  inputTokens: 10,
  outputTokens: 20,
  costMicros: 300,
  durationMs: 1200,
  createdAt: '2026-01-01T00:00:00Z',
  finishedAt: '2026-01-01T00:00:01Z',
};

describe('a streamed run', () => {
  it('gathers text, progress and cost, and ends done with all its text', () => {
    const events: RunEvent[] = [
      { event: 'progress', data: { step: 'chunk', done: 3, total: 9 } },
      { event: 'text', data: { text: '# Ti' } },
      { event: 'text', data: { text: 'tle' } },
      { event: 'usage', data: { inputTokens: 10, outputTokens: 20, costMicros: 300 } },
    ];
    const running = events.reduce(withEvent, NEW_RUN);
    expect(running).toMatchObject({ status: 'running', text: '# Title', costMicros: 300 });
    expect(fractionDone(running.progress)).toBeCloseTo(1 / 3);
    expect(withEvent(running, { event: 'done', data: finished })).toMatchObject({
      status: 'done',
      text: '# Title',
    });
  });

  it('does not pretend to know how far the writing is', () => {
    expect(fractionDone({ step: 'writing', done: 5, total: 5 })).toBeNull();
    expect(fractionDone({ step: 'chunk', done: 0, total: 0 })).toBeNull();
  });

  it('keeps the text so far when it fails', () => {
    const run = withEvent(
      { ...NEW_RUN, text: 'half a sen' },
      { event: 'error', data: { code: 'upstream', detail: 'gone', retryable: true } },
    );
    expect(run).toMatchObject({ status: 'failed', text: 'half a sen' });
    expect(run.failure?.retryable).toBe(true);
  });
});

describe('wholeSentences', () => {
  it('says a sentence once it is whole, and only once', () => {
    const first = wholeSentences('The lamp is on. The desk', 0);
    expect(first).toEqual({ said: 'The lamp is on.', until: 16 });
    expect(wholeSentences('The lamp is on. The desk', first.until).said).toBe('');
    expect(wholeSentences('The lamp is on. The desk is small.\n', first.until).said).toBe(
      'The desk is small.',
    );
  });

  it('does not read Markdown signs aloud', () => {
    expect(wholeSentences('## Findings\n', 0).said).toBe('Findings');
  });
});

describe('markdownBlocks', () => {
  it('cuts at blank lines', () => {
    expect(markdownBlocks('# One\n\nTwo\nthree\n\n\nFour')).toEqual(['# One\n', 'Two\nthree\n\n', 'Four']);
  });

  it('keeps fences and loose lists whole', () => {
    expect(markdownBlocks('```\na\n\nb\n```\n\nc')).toEqual(['```\na\n\nb\n```\n', 'c']);
    expect(markdownBlocks('1. a\n\n2. b\n\nc')).toEqual(['1. a\n\n2. b\n', 'c']);
  });

  it('loses no word, wherever the text ends', () => {
    const text = '# A\n\n- b\n\n- c\n\n```js\nlet d;\n\n```\n\n| e | f |\n| - | - |\n\ng';
    for (let end = 0; end <= text.length; end += 1) {
      const cut = text.slice(0, end);
      expect(markdownBlocks(cut).join('').replace(/\s/g, '')).toBe(cut.replace(/\s/g, ''));
    }
  });
});
