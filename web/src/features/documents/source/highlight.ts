// Where the source is marked. The server counts in Unicode scalar values, JavaScript in UTF-16 units;
// an emoji before a match would shift every mark if the two were mixed.
import type { SourceBlock, SourceMatch } from '../../../api/types';

export interface Segment {
  text: string;
  /** Index of the match this piece belongs to, null for plain text. */
  match: number | null;
}

/** UTF-16 offset of the `count`-th scalar value of `text`. */
function unitOffset(text: string, count: number): number {
  let unit = 0;
  for (let seen = 0; seen < count && unit < text.length; seen += 1) {
    unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  }
  return unit;
}

/** The text of a block cut where matches begin and end. Joined, the pieces are the text again. */
export function segments(block: SourceBlock, matches: readonly SourceMatch[]): Segment[] {
  const pieces: Segment[] = [];
  let at = 0;
  for (const [index, match] of matches.entries()) {
    if (match.end <= block.start || match.start >= block.end) continue;
    const from = Math.max(at, unitOffset(block.text, match.start - block.start));
    const to = unitOffset(block.text, match.end - block.start);
    if (to <= from) continue;
    if (from > at) pieces.push({ text: block.text.slice(at, from), match: null });
    pieces.push({ text: block.text.slice(from, to), match: index });
    at = to;
  }
  if (at < block.text.length || pieces.length === 0) {
    pieces.push({ text: block.text.slice(at), match: null });
  }
  return pieces;
}

/** A run of blocks that are drawn as one element: the items of one list, or a single block. */
export type SourceRun =
  | { kind: 'list'; ordered: boolean; items: SourceBlock[] }
  | { kind: 'block'; block: SourceBlock };

/** Neighbouring list items gathered into lists, so that they are lists to a screen reader too. */
export function runs(blocks: readonly SourceBlock[]): SourceRun[] {
  const found: SourceRun[] = [];
  for (const block of blocks) {
    const last = found.at(-1);
    if (block.kind.type !== 'listItem') {
      found.push({ kind: 'block', block });
    } else if (last?.kind === 'list' && (last.ordered === block.kind.ordered || block.kind.depth > 0)) {
      last.items.push(block);
    } else {
      found.push({ kind: 'list', ordered: block.kind.ordered, items: [block] });
    }
  }
  return found;
}
