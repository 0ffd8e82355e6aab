import { describe, expect, it } from 'vitest';
import { documentTree, imageSrc, imageUrl, isSameTree, treeText } from './tree';

const paragraph = (text: string, attrs?: Record<string, unknown>) => ({
  type: 'paragraph',
  ...(attrs && { attrs }),
  content: [{ type: 'text', text }],
});

describe('documentTree', () => {
  it('sends no attribute the server does not know', () => {
    const tree = documentTree({
      type: 'doc',
      content: [
        {
          type: 'paragraph',
          attrs: { textAlign: null, dir: 'ltr' },
          content: [
            {
              type: 'text',
              text: 'here',
              marks: [
                {
                  type: 'link',
                  attrs: { href: 'https://example.org', target: '_blank', rel: 'noopener', class: null },
                },
              ],
            },
          ],
        },
        { type: 'heading', attrs: { level: 2, textAlign: 'center', id: 'x' } },
      ],
    });
    expect(tree.content).toEqual([
      {
        type: 'paragraph',
        content: [
          {
            type: 'text',
            text: 'here',
            marks: [{ type: 'link', attrs: { href: 'https://example.org' } }],
          },
        ],
      },
      { type: 'heading', attrs: { level: 2, textAlign: 'center' } },
    ]);
  });

  it('keeps the words of a link whose address is not allowed', () => {
    const tree = documentTree({
      type: 'doc',
      content: [
        {
          type: 'paragraph',
          content: [
            {
              type: 'text',
              text: 'words',
              marks: [{ type: 'link', attrs: { href: 'javascript:alert(1)' } }, { type: 'bold' }],
            },
          ],
        },
      ],
    });
    expect(tree.content).toEqual([
      { type: 'paragraph', content: [{ type: 'text', text: 'words', marks: [{ type: 'bold' }] }] },
    ]);
  });

  it('sends only pictures that are stored here', () => {
    const tree = documentTree({
      type: 'doc',
      content: [
        { type: 'image', attrs: { src: 'https://tracker.example/p.png' } },
        { type: 'image', attrs: { src: 'data:image/png;base64,AAAA' } },
        { type: 'image', attrs: { src: 'carrel:images/42', alt: 'A lamp' } },
      ],
    });
    expect(tree.content).toEqual([{ type: 'image', attrs: { src: 'carrel:images/42', alt: 'A lamp' } }]);
  });
});

describe('isSameTree', () => {
  it('does not see empty attributes or the order of keys', () => {
    expect(
      isSameTree(
        { type: 'doc', content: [paragraph('One', { textAlign: null })] },
        { content: [{ content: [{ text: 'One', type: 'text' }], type: 'paragraph' }], type: 'doc' },
      ),
    ).toBe(true);
  });

  it('sees a changed word', () => {
    expect(
      isSameTree({ type: 'doc', content: [paragraph('One')] }, { type: 'doc', content: [paragraph('Two')] }),
    ).toBe(false);
  });
});

describe('pictures', () => {
  it('are shown from the images route and named by the tree', () => {
    expect(imageUrl('carrel:images/7')).toBe('/api/v1/images/7');
    expect(imageSrc('https://here.example/api/v1/images/7')).toBe('carrel:images/7');
    expect(imageSrc('https://elsewhere.example/p.png')).toBeNull();
  });
});

describe('reading a tree', () => {
  it('parts blocks by blank lines, also inside lists', () => {
    expect(
      treeText({
        type: 'doc',
        content: [
          paragraph('First'),
          {
            type: 'bulletList',
            content: [
              { type: 'listItem', content: [paragraph('a')] },
              { type: 'listItem', content: [paragraph('b')] },
            ],
          },
        ],
      }),
    ).toBe('First\n\na\n\nb');
  });
});
