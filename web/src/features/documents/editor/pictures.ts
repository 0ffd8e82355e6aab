import type { Editor } from '@tiptap/react';
import { uploadImage } from '../api';

const PICTURES = /^image\/(png|jpeg|gif|webp)$/;

/** The picture files of a paste or a drop. */
export function pictureFiles(transfer: DataTransfer | null): File[] {
  return Array.from(transfer?.files ?? []).filter((file) => PICTURES.test(file.type));
}

/** Stores pictures and sets them at the caret, or at a position. */
export async function insertPictures(editor: Editor, files: readonly File[], at?: number): Promise<void> {
  for (const file of files) {
    const image = await uploadImage(file);
    if (editor.isDestroyed) return;
    // The paragraph takes the caret: words typed next must not replace the picture.
    const content = [{ type: 'image', attrs: { src: image.src, alt: '' } }, { type: 'paragraph' }];
    if (at === undefined) editor.chain().focus().insertContent(content).run();
    else editor.chain().focus().insertContentAt(at, content).run();
  }
}

/** The bytes in a `data:` address; null when it holds no picture we can store. */
export function pictureOf(address: string): Blob | null {
  const found = /^data:(image\/[a-z]+);base64,(.+)$/s.exec(address);
  if (!found?.[1] || !found[2] || !PICTURES.test(found[1])) return null;
  try {
    const bytes = Uint8Array.from(atob(found[2]), (letter) => letter.charCodeAt(0));
    return new Blob([bytes], { type: found[1] });
  } catch {
    return null;
  }
}

/**
 * Stores the pictures that came inside pasted text, and names them by id. Until then they are shown but
 * not part of what is saved.
 */
export async function storePastedPictures(editor: Editor, storing: Set<string>): Promise<void> {
  const found = new Set<string>();
  editor.state.doc.descendants((node) => {
    const src: unknown = node.type.name === 'image' ? node.attrs.src : null;
    if (typeof src === 'string' && src.startsWith('data:') && !storing.has(src)) found.add(src);
  });
  for (const address of found) {
    storing.add(address);
    const picture = pictureOf(address);
    const stored = picture ? await uploadImage(picture) : null;
    if (editor.isDestroyed) return;
    const transaction = editor.state.tr;
    editor.state.doc.descendants((node, position) => {
      if (node.attrs.src !== address) return;
      if (stored) transaction.setNodeAttribute(position, 'src', stored.src);
      else
        transaction.delete(
          transaction.mapping.map(position),
          transaction.mapping.map(position + node.nodeSize),
        );
    });
    if (transaction.docChanged) editor.view.dispatch(transaction);
  }
}
