// One writer for one draft. It knows the version the server has, sends one save at a time, and holds
// the words in the browser until the server says they are committed. It never overwrites a draft that
// changed elsewhere: then it stops and lets the person choose.
import type { DocumentTree, Draft } from '../../../api/types';
import type { KeptDraft } from './keptText';
import { isSameTree } from './tree';

/** Why a save did not reach the server. */
export type SaveTrouble = 'network' | 'server' | 'signedOut' | 'refused' | 'conflict';

export type SaveState =
  | { kind: 'saved'; at: string | null }
  /** Typed, and about to be sent. */
  | { kind: 'waiting' }
  | { kind: 'saving' }
  /** Kept in this browser; another try is planned. */
  | { kind: 'offline'; trouble: 'network' | 'server' | 'signedOut' }
  /** Somebody else, or another window, saved first. */
  | { kind: 'changedElsewhere'; theirs: Draft }
  /** The server will not take this text as it is. */
  | { kind: 'refused'; error: unknown };

export interface AutosaveDoor {
  save(tree: DocumentTree, version: number): Promise<Draft>;
  load(): Promise<Draft>;
  /** Names the server's current draft, so that it stays in the history when it is replaced. */
  keepTheirs(): Promise<void>;
  trouble(error: unknown): SaveTrouble;
}

export interface AutosaveTiming {
  /** Milliseconds of quiet before a save is sent. */
  quiet: number;
  /** Milliseconds until the words are kept in the browser. */
  keep: number;
  /** Milliseconds before the n-th further try. */
  backoff(attempt: number): number;
}

export const TIMING: AutosaveTiming = {
  quiet: 800,
  keep: 250,
  backoff: (attempt) => Math.min(30_000, 1_000 * 2 ** attempt),
};

export class Autosave {
  private state: SaveState;
  private readonly listeners = new Set<() => void>();
  private read: (() => DocumentTree) | null = null;
  private sending: Promise<boolean> | null = null;
  private saveTimer: ReturnType<typeof setTimeout> | undefined;
  private keepTimer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private closed = false;

  constructor(
    private version: number,
    savedAt: string | null,
    private readonly door: AutosaveDoor,
    private readonly kept: KeptDraft,
    private readonly timing: AutosaveTiming = TIMING,
  ) {
    this.state = { kind: 'saved', at: savedAt };
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): SaveState => this.state;

  /** The version of the draft that the server last confirmed to this window. */
  get savedVersion(): number {
    return this.version;
  }

  /** Whether the server has every word. */
  get isSaved(): boolean {
    return this.state.kind === 'saved';
  }

  /** Something was typed. `read` gives the whole tree when it is needed. */
  typed(read: () => DocumentTree): void {
    this.read = read;
    this.keepTimer ??= setTimeout(() => this.keep(), this.timing.keep);
    if (this.state.kind === 'changedElsewhere') return;
    if (this.state.kind === 'offline') return;
    if (this.state.kind !== 'saving') this.enter({ kind: 'waiting' });
    this.plan(this.timing.quiet);
  }

  /** Sends what is unsaved now. True when the server has every word afterwards. */
  async flush(): Promise<boolean> {
    clearTimeout(this.saveTimer);
    while (this.read && this.state.kind !== 'changedElsewhere') {
      if (!(await this.send())) return false;
    }
    if (this.sending) await this.sending;
    return this.isSaved;
  }

  /** Writes unsaved words to the browser at once, for a page that is going away. */
  keep(): void {
    clearTimeout(this.keepTimer);
    this.keepTimer = undefined;
    if (this.read) {
      this.kept.put({
        tree: this.read(),
        version: this.version,
        at: new Date().toISOString(),
      });
    }
  }

  /**
   * The server wrote the draft itself (a drafting, an accepted suggestion, a restored revision). False when
   * words were typed meanwhile that it does not hold: they stay, and the person chooses.
   */
  adopt(draft: Draft): boolean {
    // The answer to a save that is under way tells how the two went together.
    if (this.sending) return false;
    if (this.read) {
      this.conflict(draft, this.read);
      return false;
    }
    this.settle(draft);
    return true;
  }

  /** The draft on the server is newer than the one the unsaved words stand on. */
  conflict(theirs: Draft, mine: () => DocumentTree): void {
    this.read = mine;
    clearTimeout(this.saveTimer);
    this.keep();
    this.enter({ kind: 'changedElsewhere', theirs });
  }

  /** Gives up this window's words for the other draft, which is returned. */
  takeTheirs(): Draft | null {
    if (this.state.kind !== 'changedElsewhere') return null;
    const { theirs } = this.state;
    this.settle(theirs);
    return theirs;
  }

  /** Saves this window's words as the newest revision; the other draft stays in the history under a name. */
  async saveMine(): Promise<boolean> {
    if (this.state.kind !== 'changedElsewhere' || !this.read) return this.isSaved;
    const { theirs } = this.state;
    this.enter({ kind: 'saving' });
    try {
      await this.door.keepTheirs();
    } catch {
      this.enter({ kind: 'changedElsewhere', theirs });
      return false;
    }
    this.version = theirs.version;
    return this.flush();
  }

  /** Tries again at once, for instance because the network came back. */
  retry(): void {
    if (!this.read || this.state.kind === 'changedElsewhere') return;
    this.attempt = 0;
    this.plan(0);
  }

  /** Ends all timers. Unsaved words stay in the browser. */
  close(): void {
    this.keep();
    this.closed = true;
    clearTimeout(this.saveTimer);
    this.listeners.clear();
  }

  private enter(state: SaveState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }

  private plan(delay: number): void {
    clearTimeout(this.saveTimer);
    if (!this.closed) this.saveTimer = setTimeout(() => void this.send(), delay);
  }

  private settle(draft: Pick<Draft, 'version' | 'updatedAt'>): void {
    this.version = draft.version;
    this.read = null;
    this.attempt = 0;
    clearTimeout(this.saveTimer);
    clearTimeout(this.keepTimer);
    this.keepTimer = undefined;
    this.kept.clear();
    this.enter({ kind: 'saved', at: draft.updatedAt });
  }

  private send(): Promise<boolean> {
    // One save at a time: a second one would carry a version that is out of date.
    this.sending ??= this.sendOnce().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  private async sendOnce(): Promise<boolean> {
    const { read } = this;
    if (!read) return true;
    this.keep();
    const tree = read();
    this.read = null;
    // A further try after a failure is news only when it succeeds.
    if (this.state.kind !== 'offline') this.enter({ kind: 'saving' });
    try {
      this.accept(await this.door.save(tree, this.version));
      return true;
    } catch (error) {
      // Words typed during the save are newer than the ones that failed.
      this.read ??= read;
      return this.meet(error, tree);
    }
  }

  private accept(draft: Draft): void {
    if (!this.read) {
      this.settle(draft);
      return;
    }
    this.version = draft.version;
    this.attempt = 0;
    this.keep();
    this.enter({ kind: 'waiting' });
    this.plan(this.timing.quiet);
  }

  private async meet(error: unknown, sent: DocumentTree): Promise<boolean> {
    this.keep();
    const trouble = this.door.trouble(error);
    if (trouble === 'refused') {
      this.enter({ kind: 'refused', error });
      return false;
    }
    if (trouble === 'conflict') {
      try {
        const theirs = await this.door.load();
        // The answer to an earlier save may have been lost after the server had committed it.
        if (isSameTree(theirs.tree, sent)) {
          if (this.read && isSameTree(this.read(), sent)) this.read = null;
          this.accept(theirs);
          return true;
        }
        this.enter({ kind: 'changedElsewhere', theirs });
        return false;
      } catch (loadError) {
        return this.wait(this.door.trouble(loadError));
      }
    }
    return this.wait(trouble);
  }

  private wait(trouble: SaveTrouble): false {
    const known = trouble === 'network' || trouble === 'signedOut' ? trouble : 'server';
    this.enter({ kind: 'offline', trouble: known });
    this.plan(this.timing.backoff(this.attempt));
    this.attempt += 1;
    return false;
  }
}
