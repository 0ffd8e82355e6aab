/** Reading the document tree of a preview: its JSON comes over the network, so every step checks what it holds. */

export interface TreeMark {
  type: string;
  href: string | null;
}

export interface TreeNode {
  type: string;
  text: string;
  attrs: Readonly<Record<string, unknown>>;
  marks: readonly TreeMark[];
  content: readonly TreeNode[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one node; something that is no node reads as an empty one, which is drawn as nothing. */
export function readNode(value: unknown): TreeNode {
  const node = isRecord(value) ? value : {};
  return {
    type: typeof node.type === 'string' ? node.type : '',
    text: typeof node.text === 'string' ? node.text : '',
    attrs: isRecord(node.attrs) ? node.attrs : {},
    marks: Array.isArray(node.marks) ? node.marks.map(readMark) : [],
    content: Array.isArray(node.content) ? node.content.map(readNode) : [],
  };
}

function readMark(value: unknown): TreeMark {
  const mark = isRecord(value) ? value : {};
  const attrs = isRecord(mark.attrs) ? mark.attrs : {};
  return {
    type: typeof mark.type === 'string' ? mark.type : '',
    href: typeof attrs.href === 'string' ? attrs.href : null,
  };
}

/** A whole number attribute within a range, e.g. a heading's level. */
export function wholeNumber(node: TreeNode, name: string, fallback: number, max: number): number {
  const value = node.attrs[name];
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 ? Math.min(value, max) : fallback;
}

const IMAGE_SCHEME = 'carrel:images/';

/** Where the browser finds an image of the tree or the letterhead; null for anything but Carrel's own images. */
export function imageUrl(src: unknown): string | null {
  if (typeof src !== 'string' || !src.startsWith(IMAGE_SCHEME)) return null;
  return `/api/v1/images/${encodeURIComponent(src.slice(IMAGE_SCHEME.length))}`;
}
