import { describe, expect, it } from 'vitest';
import type { WordChange } from '../../../api/types';
import { foldUnchanged } from './wordChanges';

const words = (count: number, word: string) =>
  Array.from({ length: count }, (_, i) => `${word}${i}`).join(' ');

describe('foldUnchanged', () => {
  it('folds long unchanged stretches and keeps words around each change', () => {
    const changes: WordChange[] = [
      { op: 'equal', text: `${words(100, 'a')} ` },
      { op: 'delete', text: 'old' },
      { op: 'insert', text: 'new' },
      { op: 'equal', text: ` ${words(200, 'b')} ` },
      { op: 'insert', text: 'end' },
    ];
    const pieces = foldUnchanged(changes, 10);
    expect(pieces.map((piece) => piece.op)).toEqual([
      'fold',
      'equal',
      'delete',
      'insert',
      'equal',
      'fold',
      'equal',
      'insert',
    ]);
    expect(pieces.filter((piece) => piece.op === 'fold').map((piece) => piece.words)).toEqual([90, 180]);
  });

  it('loses no letter: unfolded it is the same text', () => {
    const changes: WordChange[] = [
      { op: 'equal', text: `Start\n\n${words(80, 'x')}\n\n` },
      { op: 'delete', text: 'gone' },
      { op: 'equal', text: `  ${words(90, 'y')}\n` },
    ];
    expect(
      foldUnchanged(changes, 5)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(changes.map((change) => change.text).join(''));
  });

  it('folds nothing in a short text', () => {
    const changes: WordChange[] = [{ op: 'equal', text: 'A short text.' }];
    expect(foldUnchanged(changes)).toEqual(changes);
  });
});
