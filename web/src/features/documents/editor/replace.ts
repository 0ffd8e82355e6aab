import type { Editor } from '@tiptap/react';
import type { DocumentTree } from '../../../api/types';

/** Marks transactions that bring what the server already has: they are not typing. */
export const FROM_SERVER = 'carrel.fromServer';

/**
 * Makes the editor show this tree by changing only what differs, so that the caret, the place on the
 * page and the history of undo stay. `asTyping` leaves the change unsaved, to be sent like typed words.
 */
export function showTree(editor: Editor, tree: DocumentTree, asTyping = false): void {
  const next = editor.schema.nodeFromJSON(
    tree.content.length > 0 ? tree : { type: 'doc', content: [{ type: 'paragraph' }] },
  );
  next.check();
  const { doc } = editor.state;
  const start = doc.content.findDiffStart(next.content);
  if (start === null) return;
  const end = doc.content.findDiffEnd(next.content);
  if (!end) return;
  // Equal letters at both sides of a change may be counted twice.
  const overlap = Math.max(0, start - Math.min(end.a, end.b));
  const transaction = editor.state.tr.replace(start, end.a + overlap, next.slice(start, end.b + overlap));
  if (!asTyping) transaction.setMeta(FROM_SERVER, true);
  editor.view.dispatch(transaction);
}
