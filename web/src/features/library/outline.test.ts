import { expect, it } from 'vitest';
import { outline } from './outline';

it('headings and sentences come without their Markdown marks', () => {
  const body =
    '# **Letter** to {{client}}\n\n- first *point*\n> quoted\n1. [see](https://example.org)\n---\n## Close ##';
  expect(outline(body, 10)).toEqual([
    { kind: 'heading', level: 1, text: 'Letter to {{client}}' },
    { kind: 'text', level: 0, text: 'first point' },
    { kind: 'text', level: 0, text: 'quoted' },
    { kind: 'text', level: 0, text: 'see' },
    { kind: 'heading', level: 2, text: 'Close' },
  ]);
});

it('names with underscores keep them', () => {
  expect(outline('by {{due_date}} and {{a_b_c}}', 1)[0]?.text).toBe('by {{due_date}} and {{a_b_c}}');
});

it('code between fences is left out, and no more lines than asked come back', () => {
  expect(outline('a\n```\n# code\n```\nb\nc', 2).map((line) => line.text)).toEqual(['a', 'b']);
});

it('a table is its cells, without the line under its head', () => {
  const lines = outline('| Step | By |\n| --- | :-: |\n| Return | {{date}} |', 9);
  expect(lines.map((line) => line.text)).toEqual(['Step · By', 'Return · {{date}}']);
});
