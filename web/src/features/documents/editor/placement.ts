// Where the word changes of a suggestion stand in the document that is open in the editor.
import type { Node } from '@tiptap/pm/model';
import type { Hunk, WordChange } from '../../../api/types';

export interface PlacedHunk {
  id: number;
  /** Positions of the blocks it touches; equal when it only adds blocks. */
  from: number;
  to: number;
  deletions: { from: number; to: number }[];
  insertions: { at: number; text: string }[];
  /** The words stay as they are; only headings, lists, emphasis and the like change. */
  formattingOnly: boolean;
}

interface Letter {
  char: string;
  at: number;
}

function letters(doc: Node, from: number, to: number): Letter[] {
  const found: Letter[] = [];
  doc.nodesBetween(from, to, (node, position) => {
    if (!node.isText || !node.text) return;
    for (let unit = 0; unit < node.text.length; unit += 1) {
      const char = node.text[unit] ?? '';
      if (char.trim() !== '') found.push({ char, at: position + unit });
    }
  });
  return found;
}

/** Null when the document does not hold the words the suggestion was made for. */
function placeWords(
  doc: Node,
  old: readonly Letter[],
  words: readonly WordChange[],
  from: number,
): Pick<PlacedHunk, 'deletions' | 'insertions'> | null {
  const deletions: PlacedHunk['deletions'] = [];
  const insertions: PlacedHunk['insertions'] = [];
  let next = 0;
  // The white space that ends the words so far.
  let gap = '';
  for (const { op, text } of words) {
    if (op === 'insert') {
      const before = old[next - 1];
      const ahead = old[next]?.at;
      const after = before && before.at + 1;
      const isNextBlock = gap.includes('\n') && ahead !== undefined;
      // Past the spaces that were kept before it, but never out of its block.
      const spaced = after && Math.min(after + gap.length, doc.resolve(after).end());
      insertions.push({ at: (isNextBlock ? ahead : spaced) ?? ahead ?? from, text });
      continue;
    }
    gap = /\S/.test(text) ? (/\s*$/.exec(text)?.[0] ?? '') : gap + text;
    const first = next;
    for (const char of text.split('')) {
      if (char.trim() === '') continue;
      if (old[next]?.char !== char) return null;
      next += 1;
    }
    const start = old[first];
    const end = old[next - 1];
    if (op === 'delete' && start && end && next > first) {
      deletions.push({ from: start.at, to: end.at + 1 });
    }
  }
  return next === old.length ? { deletions, insertions } : null;
}

/** Position before the top-level block with this index; the end of the document past the last one. */
export function blockPosition(doc: Node, index: number): number {
  let position = 0;
  for (let block = 0; block < Math.min(index, doc.childCount); block += 1) {
    position += doc.child(block).nodeSize;
  }
  return position;
}

/** A suggestion's place in the document, null when the document has gone on since it was made. */
export function placeHunk(doc: Node, hunk: Hunk): PlacedHunk | null {
  if (hunk.oldEnd > doc.childCount) return null;
  const from = blockPosition(doc, hunk.oldStart);
  const to = blockPosition(doc, hunk.oldEnd);
  const placed = placeWords(doc, letters(doc, from, to), hunk.words, from);
  if (!placed) return null;
  return {
    id: hunk.id,
    from,
    to,
    ...placed,
    formattingOnly: hunk.words.every(({ op, text }) => op === 'equal' || text.trim() === ''),
  };
}
