/**
 * Deleting with a way back. The API has no undelete for templates, prompts and exports, so a deletion waits here for
 * a few seconds during which it can be taken back; when the page is closed meanwhile, it is carried out at once.
 */
export type Outcome = 'removed' | 'failed';

interface Waiting {
  timer: ReturnType<typeof setTimeout>;
  carryOut: (keepalive: boolean) => void;
}

export class Removals {
  readonly #waiting = new Map<string, Waiting>();
  readonly #listeners = new Set<() => void>();
  #hidden: ReadonlySet<string> = new Set();

  /** How long a deletion can be taken back, in milliseconds. */
  readonly grace: number;

  constructor(grace: number) {
    this.grace = grace;
  }

  /** The ids not to be shown: waiting to be deleted, or deleted. The same set until something changes. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hides `id` now and runs `remove` after the grace period. A failed removal shows the thing again. */
  begin(
    id: string,
    remove: (keepalive: boolean) => Promise<void>,
    done: (outcome: Outcome, error?: unknown) => void,
  ): void {
    if (this.#waiting.has(id)) return;
    const carryOut = (keepalive: boolean) => {
      const entry = this.#waiting.get(id);
      if (!entry) return;
      clearTimeout(entry.timer);
      this.#waiting.delete(id);
      remove(keepalive).then(
        () => done('removed'),
        (error: unknown) => {
          this.#show(id);
          done('failed', error);
        },
      );
    };
    this.#waiting.set(id, { timer: setTimeout(() => carryOut(false), this.grace), carryOut });
    this.#set(new Set([...this.#hidden, id]));
  }

  /** Takes a deletion back; false when it has already been carried out. */
  undo(id: string): boolean {
    const entry = this.#waiting.get(id);
    if (!entry) return false;
    clearTimeout(entry.timer);
    this.#waiting.delete(id);
    this.#show(id);
    return true;
  }

  /** Carries out everything that waits, with requests that outlive the page. */
  flush(): void {
    for (const entry of [...this.#waiting.values()]) entry.carryOut(true);
  }

  #show(id: string): void {
    this.#set(new Set([...this.#hidden].filter((hidden) => hidden !== id)));
  }

  #set(hidden: ReadonlySet<string>): void {
    this.#hidden = hidden;
    for (const listener of this.#listeners) listener();
  }
}

/** A little longer than the notice with the way back is shown, in milliseconds. */
const GRACE = 10_500;

/** The deletions of this window. */
export const removals = new Removals(GRACE);

if (typeof window !== 'undefined') {
  window.addEventListener('pagehide', () => removals.flush());
}
