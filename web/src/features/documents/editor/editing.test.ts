import { Editor, type JSONContent } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { DocumentTree, Hunk } from '../../../api/types';
import { draftExtensions } from './extensions';
import { outline } from './outline';
import { pictureOf } from './pictures';
import { FROM_SERVER, showTree } from './replace';
import { openHunks, placeHunks } from './suggestions';
import { documentTree, isSameTree } from './tree';

const p = (text: string) => ({ type: 'paragraph', content: [{ type: 'text', text }] });
const tree = (...content: unknown[]): DocumentTree => ({ type: 'doc', content });

const everything = tree(
  { type: 'heading', attrs: { level: 1 }, content: [{ type: 'text', text: 'Report' }] },
  {
    type: 'paragraph',
    attrs: { textAlign: 'center' },
    content: [
      { type: 'text', text: 'bold', marks: [{ type: 'bold' }] },
      { type: 'hardBreak' },
      { type: 'text', text: 'link', marks: [{ type: 'link', attrs: { href: 'https://example.org/' } }] },
      { type: 'text', text: 'all', marks: [{ type: 'italic' }, { type: 'strike' }, { type: 'underline' }] },
      { type: 'text', text: 'code', marks: [{ type: 'code' }] },
    ],
  },
  { type: 'orderedList', attrs: { start: 3 }, content: [{ type: 'listItem', content: [p('three')] }] },
  { type: 'bulletList', content: [{ type: 'listItem', content: [p('dot')] }] },
  { type: 'blockquote', content: [p('quoted')] },
  { type: 'codeBlock', attrs: { language: 'rust' }, content: [{ type: 'text', text: 'fn main() {}' }] },
  {
    type: 'table',
    content: [
      {
        type: 'tableRow',
        content: [
          { type: 'tableHeader', attrs: { colspan: 2, rowspan: 1 }, content: [p('Head')] },
          { type: 'tableCell', attrs: { colspan: 1, rowspan: 1, colwidth: [120] }, content: [p('Cell')] },
        ],
      },
    ],
  },
  { type: 'image', attrs: { src: 'carrel:images/7', alt: 'A lamp' } },
  { type: 'horizontalRule' },
  { type: 'pageBreak' },
  p('End.'),
);

let editor: Editor | undefined;
afterEach(() => editor?.destroy());

function open(content: DocumentTree): Editor {
  editor = new Editor({
    extensions: draftExtensions({ placeholder: '' }),
    content: content as JSONContent,
    injectCSS: false,
  });
  return editor;
}

describe('the editor', () => {
  it('gives back every node, mark and attribute of the tree unchanged', () => {
    const opened = open(everything);
    expect(isSameTree(documentTree(opened.getJSON()), everything)).toBe(true);
  });

  it('shows pictures from our own images route and names them by id', () => {
    const opened = open(everything);
    expect(opened.view.dom.querySelector('img')?.getAttribute('src')).toBe('/api/v1/images/7');
  });

  it('does not take pictures of other servers from pasted pages', () => {
    const opened = open(tree(p('a')));
    opened.commands.insertContent('<p>b</p><img src="https://tracker.example/p.png">');
    expect(JSON.stringify(opened.getJSON())).not.toContain('tracker');
  });

  it('knows the bytes of a pasted picture, and refuses what is none', async () => {
    const picture = pictureOf('data:image/png;base64,aGk=');
    expect(picture?.type).toBe('image/png');
    expect(picture?.size).toBe(2);
    expect(pictureOf('data:image/svg+xml;base64,aGk=')).toBeNull();
    expect(pictureOf('data:image/png;base64,%')).toBeNull();
  });

  it('begins a new page with its command', () => {
    const opened = open(tree(p('a')));
    opened.commands.focus('end');
    opened.commands.setPageBreak();
    expect(opened.getJSON().content?.map((node) => node.type)).toEqual([
      'paragraph',
      'pageBreak',
      'paragraph',
    ]);
  });
});

describe('showTree', () => {
  it('changes only what differs and keeps the caret', () => {
    const opened = open(tree(p('one'), p('two'), p('three')));
    opened.commands.setTextSelection(13);
    let typed = 0;
    opened.on('update', ({ transaction }) => {
      if (!transaction.getMeta(FROM_SERVER)) typed += 1;
    });
    showTree(opened, tree(p('one'), p('two and a half'), p('three')));
    expect(opened.state.doc.textContent).toBe('onetwo and a halfthree');
    expect(opened.state.selection.from).toBe(13 + ' and a half'.length);
    expect(typed).toBe(0);
  });

  it('brings any tree, also when letters repeat at the edges of the change', () => {
    for (const [before, after] of [
      ['aaa', 'aaaa'],
      ['aaaa', 'aa'],
      ['abab', 'ababab'],
      ['', 'x'],
    ] as const) {
      const opened = open(tree(...(before ? [p(before)] : [{ type: 'paragraph' }])));
      showTree(opened, tree(p(after)));
      expect(opened.state.doc.textContent).toBe(after);
      opened.destroy();
    }
  });

  it('can be undone', () => {
    const opened = open(tree(p('mine')));
    showTree(opened, tree(p('from the model')));
    opened.commands.undo();
    expect(opened.state.doc.textContent).toBe('mine');
  });
});

describe('suggestions', () => {
  const hunk = (id: number, state: Hunk['state'], oldStart: number, oldEnd: number, added: number): Hunk => ({
    id,
    state,
    oldStart,
    oldEnd,
    oldBlocks: [],
    newBlocks: Array.from({ length: added }, () => p('new')),
    words: [],
  });

  it('stay at their blocks after an earlier one was accepted', () => {
    const open = openHunks([
      hunk(1, 'accepted', 0, 1, 3),
      hunk(2, 'rejected', 2, 3, 9),
      hunk(3, 'open', 4, 5, 1),
    ]);
    expect(open).toMatchObject([{ id: 3, oldStart: 6, oldEnd: 7 }]);
  });

  it('are placed only where the words are still the same', () => {
    const opened = open(tree(p('one'), p('two')));
    const words = (text: string): Hunk['words'] => [{ op: 'delete', text }];
    const placed = placeHunks(opened.state.doc, [
      { ...hunk(1, 'open', 0, 1, 0), words: words('one') },
      { ...hunk(2, 'open', 1, 2, 0), words: words('deux') },
    ]);
    expect(placed.map(({ id }) => id)).toEqual([1]);
  });
});

describe('outline', () => {
  it('lists the headings that have words', () => {
    const { doc } = open(
      tree(
        p('Before'),
        { type: 'heading', attrs: { level: 1 }, content: [{ type: 'text', text: 'One' }] },
        p('Words'),
        { type: 'heading', attrs: { level: 2 } },
        { type: 'heading', attrs: { level: 2 }, content: [{ type: 'text', text: 'Two' }] },
      ),
    ).state;
    const headings = outline(doc);
    expect(headings.map(({ level, text }) => [level, text])).toEqual([
      [1, 'One'],
      [2, 'Two'],
    ]);
  });
});
