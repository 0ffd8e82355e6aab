import { Schema } from '@tiptap/pm/model';
import { describe, expect, it } from 'vitest';
import type { Hunk, WordChange } from '../../../api/types';
import { placeHunk } from './placement';

const schema = new Schema({
  nodes: {
    doc: { content: 'paragraph+' },
    paragraph: { content: 'text*' },
    text: {},
  },
  marks: { bold: {} },
});

const bold = [schema.mark('bold')];
const doc = schema.node('doc', null, [
  schema.node('paragraph', null, [schema.text('Before.')]),
  schema.node('paragraph', null, [
    schema.text('The '),
    schema.text('old', bold),
    schema.text(' lamp is on.'),
  ]),
  schema.node('paragraph', null, [schema.text('After.')]),
]);

const hunk = (words: WordChange[], oldStart = 1, oldEnd = 2): Hunk => ({
  id: 7,
  state: 'open',
  oldStart,
  oldEnd,
  oldBlocks: [],
  newBlocks: [],
  words,
});

describe('placeHunk', () => {
  it('finds a replaced word also across a change of style', () => {
    const placed = placeHunk(
      doc,
      hunk([
        { op: 'equal', text: 'The ' },
        { op: 'delete', text: 'old lamp' },
        { op: 'insert', text: 'new lantern' },
        { op: 'equal', text: ' is on.' },
      ]),
    );
    const deletion = placed?.deletions[0];
    expect(deletion && doc.textBetween(deletion.from, deletion.to)).toBe('old lamp');
    expect(placed?.insertions).toEqual([{ at: deletion?.to, text: 'new lantern' }]);
  });

  it('sets words in after the space that was kept before them', () => {
    const placed = placeHunk(
      doc,
      hunk([
        { op: 'equal', text: 'The ' },
        { op: 'insert', text: 'very ' },
        { op: 'equal', text: 'old lamp is on.' },
      ]),
    );
    const at = placed?.insertions[0]?.at ?? 0;
    expect(doc.textBetween(placed?.from ?? 0, at)).toBe('The ');
  });

  it('keeps words that come last inside their block', () => {
    const placed = placeHunk(
      doc,
      hunk([
        { op: 'equal', text: 'The old lamp is on. ' },
        { op: 'insert', text: 'Still.' },
      ]),
    );
    expect(placed?.insertions).toEqual([{ at: (placed?.to ?? 0) - 1, text: 'Still.' }]);
  });

  it('puts words that come first before the first letter', () => {
    const placed = placeHunk(
      doc,
      hunk([
        { op: 'insert', text: 'Today ' },
        { op: 'equal', text: 'The old lamp is on.' },
      ]),
    );
    expect(placed?.insertions).toEqual([{ at: 10, text: 'Today ' }]);
  });

  it('follows a deletion over a paragraph break', () => {
    const placed = placeHunk(doc, hunk([{ op: 'delete', text: 'Before.\n\nThe old lamp is on.' }], 0, 2));
    expect(placed?.deletions).toHaveLength(1);
    expect(placed).toMatchObject({ from: 0, to: doc.child(0).nodeSize + doc.child(1).nodeSize });
  });

  it('places added blocks at the end of the document', () => {
    const placed = placeHunk(doc, hunk([{ op: 'insert', text: 'A last word.' }], 3, 3));
    expect(placed).toMatchObject({ from: doc.content.size, to: doc.content.size, formattingOnly: false });
  });

  it('says when only the formatting changes', () => {
    expect(placeHunk(doc, hunk([{ op: 'equal', text: 'The old lamp is on.' }]))?.formattingOnly).toBe(true);
  });

  it('places nothing when the document has gone on', () => {
    expect(placeHunk(doc, hunk([{ op: 'equal', text: 'The old lamp was on.' }]))).toBeNull();
    expect(placeHunk(doc, hunk([{ op: 'insert', text: 'x' }], 3, 9))).toBeNull();
  });
});
