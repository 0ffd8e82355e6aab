import type { WordChange } from '../../../api/types';

export type DiffPiece = { op: WordChange['op']; text: string } | { op: 'fold'; words: number; text: string };

function countWords(text: string): number {
  return text.trim() === '' ? 0 : text.trim().split(/\s+/).length;
}

/** The first `words` words of a text with their spaces, or the last ones when negative. */
function edge(text: string, words: number): string {
  const parts = text.match(/\s*\S+(?:\s+$)?/g) ?? [];
  return words < 0 ? parts.slice(words).join('') : parts.slice(0, words).join('');
}

/**
 * Changes with the long unchanged stretches folded to `around` words on each side of a change: a
 * reader of a comparison wants what differs, and where.
 */
export function foldUnchanged(changes: readonly WordChange[], around = 24): DiffPiece[] {
  return changes.flatMap((change, index): DiffPiece[] => {
    if (change.op !== 'equal') return [change];
    const first = index === 0;
    const last = index === changes.length - 1;
    const words = countWords(change.text);
    const kept = (first ? 0 : around) + (last ? 0 : around);
    if (words <= kept + around) return [change];
    const head = first ? '' : edge(change.text, around);
    const tail = last ? '' : edge(change.text, -around);
    const middle = change.text.slice(head.length, change.text.length - tail.length);
    const pieces: DiffPiece[] = [
      { op: 'equal', text: head },
      { op: 'fold', words: countWords(middle), text: middle },
      { op: 'equal', text: tail },
    ];
    return pieces.filter((piece) => piece.text !== '');
  });
}
