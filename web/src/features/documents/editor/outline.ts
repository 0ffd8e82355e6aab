import type { Node } from '@tiptap/pm/model';

export interface OutlineHeading {
  level: number;
  text: string;
  /** Position of the heading in the document. */
  at: number;
}

/** The headings of a draft in order. */
export function outline(doc: Node): OutlineHeading[] {
  const found: OutlineHeading[] = [];
  doc.descendants((node, at) => {
    if (node.type.name === 'heading' && node.textContent.trim() !== '') {
      found.push({ level: Number(node.attrs.level), text: node.textContent, at });
    }
    return !node.isTextblock;
  });
  return found;
}
