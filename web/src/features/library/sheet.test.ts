import { expect, it } from 'vitest';
import { type Block, marginFits, paginate } from './sheet';

function block(height: number, more: Partial<Block> = {}): Block {
  return { height, before: 0, breaks: false, keepsWithNext: false, ...more };
}

it('every block but the breaks lands on exactly one page, in order', () => {
  const blocks = Array.from({ length: 40 }, (_, n) =>
    block(7 + (n % 5), { before: 3, breaks: n % 11 === 10, keepsWithNext: n % 4 === 0 }),
  );
  const placed = paginate(blocks, 60).flat();
  expect(placed).toEqual(blocks.flatMap((b, index) => (b.breaks ? [] : [index])));
});

it('an empty document is one empty page', () => {
  expect(paginate([], 100)).toEqual([[]]);
});

it('a block that does not fit starts the next page, one taller than a page has it to itself', () => {
  expect(paginate([block(60), block(60), block(500), block(10)], 100)).toEqual([[0], [1], [2], [3]]);
});

it('a heading never stays alone at the foot of a page', () => {
  expect(paginate([block(80), block(10, { keepsWithNext: true }), block(50)], 100)).toEqual([[0], [1, 2]]);
});

it('a page break ends the page even when there is room', () => {
  expect(paginate([block(10), block(0, { breaks: true }), block(10)], 100)).toEqual([[0], [2]]);
});

it('margins are whole millimetres from 5 to 80', () => {
  expect([4, 5, 12.5, 80, 81, Number.NaN].map(marginFits)).toEqual([false, true, false, true, false, false]);
});
