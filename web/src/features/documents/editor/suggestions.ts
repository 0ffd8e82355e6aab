// Suggestions shown where they would happen: words that would go are struck out, words that would come
// are set in. They are decorations only: the draft does not change until one is accepted.
import { Extension } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import type { Hunk } from '../../../api/types';
import { type PlacedHunk, placeHunk } from './placement';

interface Shown {
  /** The hunk the person is looking at in the panel. */
  current: number | null;
  placed: PlacedHunk[];
}

interface ShownSet {
  shown: Shown;
  set: DecorationSet;
}

export const suggestionsKey = new PluginKey<ShownSet>('suggestions');

/** Where the blocks of each hunk are after those before it were accepted. */
export function openHunks(hunks: readonly Hunk[]): Hunk[] {
  let shift = 0;
  const open: Hunk[] = [];
  for (const hunk of [...hunks].sort((a, b) => a.oldStart - b.oldStart)) {
    if (hunk.state === 'open') {
      open.push({ ...hunk, oldStart: hunk.oldStart + shift, oldEnd: hunk.oldEnd + shift });
    }
    if (hunk.state === 'accepted') shift += hunk.newBlocks.length - (hunk.oldEnd - hunk.oldStart);
  }
  return open;
}

/** The open hunks that can be shown in this document. */
export function placeHunks(doc: Node, hunks: readonly Hunk[]): PlacedHunk[] {
  return openHunks(hunks)
    .map((hunk) => placeHunk(doc, hunk))
    .filter((placed) => placed !== null);
}

function insertion(text: string, hunk: number): HTMLElement {
  const element = document.createElement('ins');
  element.textContent = text;
  element.dataset.hunk = String(hunk);
  return element;
}

function decorations(doc: Node, { placed, current }: Shown): DecorationSet {
  const found: Decoration[] = [];
  for (const hunk of placed) {
    const chosen = hunk.id === current;
    doc.nodesBetween(hunk.from, hunk.to, (node, position, parent) => {
      if (parent === doc && position >= hunk.from) {
        found.push(
          Decoration.node(position, position + node.nodeSize, {
            class: `${chosen ? 'hunk hunk-current' : 'hunk'}${hunk.formattingOnly ? ' hunk-formatting' : ''}`,
            'data-hunk': String(hunk.id),
          }),
        );
      }
      return false;
    });
    for (const { from, to } of hunk.deletions) {
      found.push(Decoration.inline(from, to, { nodeName: 'del', 'data-hunk': String(hunk.id) }));
    }
    for (const [index, { at, text }] of hunk.insertions.entries()) {
      found.push(
        Decoration.widget(at, () => insertion(text, hunk.id), {
          side: 1,
          ignoreSelection: true,
          key: `ins-${hunk.id}-${index}-${text}`,
        }),
      );
    }
  }
  return DecorationSet.create(doc, found);
}

export const Suggestions = Extension.create({
  name: 'suggestions',

  addProseMirrorPlugins() {
    return [
      new Plugin<ShownSet>({
        key: suggestionsKey,
        state: {
          init: () => ({ shown: { current: null, placed: [] }, set: DecorationSet.empty }),
          apply(transaction, state) {
            const shown = transaction.getMeta(suggestionsKey) as Shown | undefined;
            if (shown) return { shown, set: decorations(transaction.doc, shown) };
            if (!transaction.docChanged) return state;
            return { ...state, set: state.set.map(transaction.mapping, transaction.doc) };
          },
        },
        props: {
          decorations(state) {
            return suggestionsKey.getState(state)?.set;
          },
        },
      }),
    ];
  },
});
