import { describe, expect, it } from 'vitest';
import type { SourceBlock, SourceMatch } from '../../../api/types';
import { runs, segments } from './highlight';

const block = (text: string, start = 0, kind: SourceBlock['kind'] = { type: 'paragraph' }): SourceBlock => ({
  kind,
  page: 1,
  start,
  end: start + [...text].length,
  text,
});
const match = (start: number, end: number): SourceMatch => ({
  pageIndex: 0,
  page: 1,
  start,
  end,
  snippet: '',
});

describe('segments', () => {
  it('marks a match that stands behind an emoji at the right letters', () => {
    expect(segments(block('📚 the lamp', 100), [match(106, 110)])).toEqual([
      { text: '📚 the ', match: null },
      { text: 'lamp', match: 0 },
    ]);
  });

  it('marks only the part of a match that lies in this block', () => {
    expect(segments(block('one two', 10), [match(4, 13), match(14, 40)])).toEqual([
      { text: 'one', match: 0 },
      { text: ' ', match: null },
      { text: 'two', match: 1 },
    ]);
  });

  it('loses no letter, however matches overlap', () => {
    const text = 'überall 🪔 lamps';
    const pieces = segments(block(text), [match(0, 4), match(2, 9), match(8, 99)]);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  });
});

describe('runs', () => {
  it('gathers neighbouring items into one list and begins a new one after a paragraph', () => {
    const item = (text: string) => block(text, 0, { type: 'listItem', depth: 0, ordered: false });
    expect(runs([item('a'), item('b'), block('c'), item('d')]).map((run) => run.kind)).toEqual([
      'list',
      'block',
      'list',
    ]);
  });
});
