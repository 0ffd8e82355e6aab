// The editor's schema: exactly the nodes and marks of Carrel's document tree.
import { type Extensions, mergeAttributes, Node } from '@tiptap/core';
import { Image } from '@tiptap/extension-image';
import { Placeholder } from '@tiptap/extension-placeholder';
import { TableKit } from '@tiptap/extension-table';
import { TextAlign } from '@tiptap/extension-text-align';
import StarterKit from '@tiptap/starter-kit';
import { Suggestions } from './suggestions';
import { imageSrc, imageUrl, isLinkAllowed } from './tree';

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    pageBreak: {
      /** Begins a new page here. */
      setPageBreak: () => ReturnType;
    };
  }
}

const PageBreak = Node.create({
  name: 'pageBreak',
  group: 'block',
  atom: true,
  selectable: true,
  // Above hard break, which also listens to this key.
  priority: 200,

  parseHTML() {
    return [
      { tag: 'div[data-page-break]' },
      {
        tag: 'p',
        priority: 60,
        // Word marks page breaks so when it is pasted from.
        getAttrs: (element) =>
          /page/.test(element.style.pageBreakBefore || element.style.breakBefore) &&
          !element.textContent?.trim()
            ? {}
            : false,
      },
    ];
  },

  renderHTML({ HTMLAttributes }) {
    return ['div', mergeAttributes(HTMLAttributes, { 'data-page-break': '' })];
  },

  addCommands() {
    return {
      setPageBreak:
        () =>
        ({ chain }) =>
          chain()
            .insertContent([{ type: this.name }, { type: 'paragraph' }])
            .run(),
    };
  },

  addKeyboardShortcuts() {
    return { 'Mod-Enter': () => this.editor.commands.setPageBreak() };
  },
});

/** Pictures are named in the tree by their id and shown from the images route; no other server is asked. */
const CarrelImage = Image.extend({
  addAttributes() {
    return {
      ...this.parent?.(),
      src: {
        default: null,
        parseHTML: (element) => imageSrc(element.getAttribute('src') ?? ''),
        renderHTML: ({ src }) => ({ src: imageUrl(String(src ?? '')) }),
      },
    };
  },

  parseHTML() {
    return [
      {
        tag: 'img[src]',
        getAttrs: (element) => (imageSrc(element.getAttribute('src') ?? '') === null ? false : null),
      },
    ];
  },
});

/** All that a draft may hold. */
export function draftExtensions(options: { placeholder: string }): Extensions {
  return [
    StarterKit.configure({
      link: { openOnClick: false, defaultProtocol: 'https', isAllowedUri: (url) => isLinkAllowed(url) },
      // An empty last paragraph of its own would make every opened draft a changed one.
      trailingNode: false,
      dropcursor: { color: 'var(--carrel-accent)', width: 2 },
    }),
    TextAlign.configure({ types: ['heading', 'paragraph'] }),
    TableKit.configure({ table: { resizable: true, lastColumnResizable: false } }),
    CarrelImage.configure({ allowBase64: true }),
    Placeholder.configure({ placeholder: options.placeholder }),
    PageBreak,
    Suggestions,
  ];
}
