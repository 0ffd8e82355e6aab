// What the editor holds, said in the words of the document tree: the server refuses nodes, marks and
// attributes it does not know, so nothing the editor keeps for itself may leave with a save.
import type { JSONContent } from '@tiptap/core';
import type { DocumentTree } from '../../../api/types';

const NODE_ATTRIBUTES: Record<string, readonly string[]> = {
  paragraph: ['textAlign'],
  heading: ['level', 'textAlign'],
  orderedList: ['start'],
  codeBlock: ['language'],
  tableHeader: ['colspan', 'rowspan', 'colwidth'],
  tableCell: ['colspan', 'rowspan', 'colwidth'],
  image: ['src', 'alt', 'title', 'width'],
};

const MARK_ATTRIBUTES: Record<string, readonly string[]> = { link: ['href'] };

const IMAGE_SCHEME = 'carrel:images/';
const IMAGE_ROUTE = '/api/v1/images/';

/** Where the browser finds the picture that the tree calls `carrel:images/<id>`. */
export function imageUrl(src: string): string {
  return src.startsWith(IMAGE_SCHEME) ? IMAGE_ROUTE + src.slice(IMAGE_SCHEME.length) : src;
}

/** The tree's name for a picture shown from our own images route; null for any other address. */
export function imageSrc(url: string): string | null {
  if (url.startsWith(IMAGE_SCHEME) || url.startsWith('data:image/')) return url;
  const at = url.indexOf(IMAGE_ROUTE);
  return at === -1 ? null : IMAGE_SCHEME + url.slice(at + IMAGE_ROUTE.length);
}

/** Addresses a draft may link to: web, mail, and places in the draft itself. */
export function isLinkAllowed(href: unknown): href is string {
  return typeof href === 'string' && /^(https?:\/\/|mailto:|#)/i.test(href);
}

function keepAttributes(
  attributes: Record<string, unknown> | undefined,
  allowed: readonly string[] | undefined,
): Record<string, unknown> | undefined {
  if (!attributes || !allowed) return undefined;
  const kept = Object.fromEntries(
    allowed
      .filter((name) => attributes[name] !== null && attributes[name] !== undefined)
      .map((name) => [name, attributes[name]]),
  );
  return Object.keys(kept).length > 0 ? kept : undefined;
}

function treeNode(node: JSONContent): JSONContent | null {
  if (node.type === 'text') {
    if (!node.text) return null;
    const marks = (node.marks ?? [])
      .filter((mark) => mark.type !== 'link' || isLinkAllowed(mark.attrs?.href))
      .map((mark) => {
        const attrs = keepAttributes(mark.attrs, MARK_ATTRIBUTES[mark.type]);
        return attrs ? { type: mark.type, attrs } : { type: mark.type };
      });
    return marks.length > 0 ? { type: 'text', text: node.text, marks } : { type: 'text', text: node.text };
  }
  // A picture that is still being stored has no name yet.
  if (node.type === 'image' && !String(node.attrs?.src ?? '').startsWith(IMAGE_SCHEME)) return null;
  const attrs = keepAttributes(node.attrs, NODE_ATTRIBUTES[node.type ?? '']);
  const content = node.content?.map(treeNode).filter((child): child is JSONContent => child !== null);
  return {
    type: node.type,
    ...(attrs && { attrs }),
    ...(content && content.length > 0 && { content }),
  };
}

/** The editor's JSON as the server takes it. */
export function documentTree(json: JSONContent): DocumentTree {
  return { type: 'doc', content: treeNode({ ...json, attrs: undefined })?.content ?? [] };
}

function stable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, stable(inner)]),
  );
}

/** Whether two trees say the same, whatever the order of their keys and the empty attributes in them. */
export function isSameTree(a: DocumentTree, b: DocumentTree): boolean {
  const text = (tree: DocumentTree) => JSON.stringify(stable(documentTree(tree as JSONContent)));
  return text(a) === text(b);
}

/** The words of a tree, blocks parted by blank lines, for a look at a version that is not in the editor. */
export function treeText(tree: DocumentTree): string {
  const blocks: string[] = [];
  const walk = (node: JSONContent) => {
    const children = node.content ?? [];
    if (children.some((child) => child.type === 'text' || child.type === 'hardBreak')) {
      blocks.push(children.map((child) => child.text ?? '\n').join(''));
    } else {
      for (const child of children) walk(child);
    }
  };
  walk(tree as JSONContent);
  return blocks.join('\n\n');
}
