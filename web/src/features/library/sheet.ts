/**
 * The geometry of a printed page: paper sizes, margins, and which block of a document lands on which page.
 * All lengths are millimetres unless a name says otherwise.
 */
import type { Letterhead, Margins } from '../../api/types';

export const PAPER = {
  a4: { width: 210, height: 297 },
  letter: { width: 215.9, height: 279.4 },
} as const;

/** The narrowest and widest margin the server takes. */
export const MARGIN_RANGE = { min: 5, max: 80 } as const;

export const PLAIN_LETTERHEAD: Letterhead = {
  logo: null,
  header: '',
  footer: '',
  pageNumbers: true,
  paper: 'a4',
  margins: { top: 25, right: 25, bottom: 25, left: 25 },
};

export type MarginSide = keyof Margins;

/** Whether a margin is a number the server takes: whole millimetres within the range. */
export function marginFits(value: number): boolean {
  return Number.isInteger(value) && value >= MARGIN_RANGE.min && value <= MARGIN_RANGE.max;
}

/** A block to be placed on pages. `before` is the gap to the block above it, dropped at the top of a page. */
export interface Block {
  height: number;
  before: number;
  /** A page break: takes no room and starts the next page. */
  breaks: boolean;
  /** Keeps with the block that follows it, as headings do. */
  keepsWithNext: boolean;
}

/**
 * Places blocks on pages of `room` height and returns the block indexes of each page. A block taller than a page
 * has one for itself; a heading never stays alone at the foot. There is always at least one page.
 */
export function paginate(blocks: readonly Block[], room: number): number[][] {
  const pages: number[][] = [[]];
  let page: number[] = pages[0] ?? [];
  let used = 0;

  const turn = () => {
    page = [];
    pages.push(page);
    used = 0;
  };
  const fits = (height: number) => page.length === 0 || used + height <= room;

  for (let index = 0; index < blocks.length; index += 1) {
    const block = blocks[index];
    if (!block) continue;
    if (block.breaks) {
      turn();
      continue;
    }
    const follower = block.keepsWithNext ? blocks[index + 1] : undefined;
    const company = follower && !follower.breaks ? follower.before + Math.min(follower.height, room / 4) : 0;
    if (!fits(block.before + block.height + company)) turn();
    used += (page.length === 0 ? 0 : block.before) + block.height;
    page.push(index);
  }
  return pages;
}
