// Unsaved words stay in this browser until the server has them: a closed tab, a lost network and a
// sign-out must not cost anybody a sentence. One entry per person and document.
import type { DocumentTree } from '../../../api/types';

export interface KeptText {
  tree: DocumentTree;
  /** The draft version the words were typed on. */
  version: number;
  /** RFC 3339. */
  at: string;
}

const PREFIX = 'carrel.unsaved';

export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class KeptDraft {
  private readonly key: string;

  constructor(
    private readonly shelf: Shelf,
    person: string,
    document: string,
  ) {
    this.key = `${PREFIX}.${person}.${document}`;
  }

  /** Whether the words are now kept here; false when the browser has no room or forbids it. */
  put(kept: KeptText): boolean {
    try {
      this.shelf.setItem(this.key, JSON.stringify(kept));
      return true;
    } catch {
      return false;
    }
  }

  get(): KeptText | null {
    try {
      const kept: unknown = JSON.parse(this.shelf.getItem(this.key) ?? 'null');
      if (typeof kept !== 'object' || kept === null) return null;
      const { tree, version, at } = kept as Partial<KeptText>;
      if (tree?.type !== 'doc' || !Array.isArray(tree.content)) return null;
      if (typeof version !== 'number' || typeof at !== 'string') return null;
      return { tree, version, at };
    } catch {
      return null;
    }
  }

  clear(): void {
    try {
      this.shelf.removeItem(this.key);
    } catch {
      // A browser that forbids storage has kept nothing either.
    }
  }
}
