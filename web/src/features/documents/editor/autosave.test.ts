import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DocumentTree, Draft } from '../../../api/types';
import { Autosave, type SaveTrouble } from './autosave';
import { KeptDraft, type Shelf } from './keptText';

const tree = (text: string): DocumentTree => ({
  type: 'doc',
  content: [{ type: 'paragraph', content: [{ type: 'text', text }] }],
});

const draft = (version: number, text: string): Draft => ({
  documentId: 'd',
  version,
  tree: tree(text),
  words: 1,
  updatedAt: `2026-01-01T00:00:0${version}Z`,
  updatedBy: null,
});

class Refusal extends Error {
  constructor(readonly trouble: SaveTrouble) {
    super(trouble);
  }
}

/** A server with one draft that checks versions as the real one does. */
class DraftShelf {
  current = draft(1, 'start');
  named: number[] = [];
  saves = 0;
  trouble: SaveTrouble | null = null;
  loseAnswer = false;

  save = async (mine: DocumentTree, version: number): Promise<Draft> => {
    this.saves += 1;
    if (this.trouble) throw new Refusal(this.trouble);
    if (version !== this.current.version) throw new Refusal('conflict');
    this.current = { ...draft(version + 1, ''), tree: mine };
    if (this.loseAnswer) {
      this.loseAnswer = false;
      throw new Refusal('network');
    }
    return this.current;
  };
  load = async () => this.current;
  keepTheirs = async () => {
    this.named.push(this.current.version);
  };
  trouble_ = (error: unknown) => (error as Refusal).trouble;
}

function memory(): Shelf & { size: () => number } {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
    size: () => items.size,
  };
}

function open() {
  const server = new DraftShelf();
  const shelf = memory();
  const kept = new KeptDraft(shelf, 'person', 'd');
  const autosave = new Autosave(
    1,
    null,
    {
      save: server.save,
      load: server.load,
      keepTheirs: server.keepTheirs,
      trouble: server.trouble_,
    },
    kept,
  );
  return { server, shelf, kept, autosave };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('autosave', () => {
  it('sends one save after a pause in the typing, not one for each key', async () => {
    const { server, autosave } = open();
    for (const text of ['a', 'ab', 'abc']) {
      autosave.typed(() => tree(text));
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(server.saves).toBe(0);
    expect(autosave.snapshot().kind).toBe('waiting');
    await vi.advanceTimersByTimeAsync(800);
    expect(server.saves).toBe(1);
    expect(server.current.tree).toEqual(tree('abc'));
    expect(autosave.snapshot()).toEqual({ kind: 'saved', at: server.current.updatedAt });
  });

  it('keeps unsaved words in the browser until the server has them', async () => {
    const { kept, autosave } = open();
    autosave.typed(() => tree('mine'));
    await vi.advanceTimersByTimeAsync(250);
    expect(kept.get()).toMatchObject({ tree: tree('mine'), version: 1 });
    await vi.advanceTimersByTimeAsync(800);
    expect(kept.get()).toBeNull();
  });

  it('tries again after the network failed, and saves the newest words', async () => {
    const { server, kept, autosave } = open();
    server.trouble = 'network';
    autosave.typed(() => tree('one'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.snapshot()).toEqual({ kind: 'offline', trouble: 'network' });
    autosave.typed(() => tree('one two'));
    await vi.advanceTimersByTimeAsync(250);
    expect(kept.get()?.tree).toEqual(tree('one two'));
    server.trouble = null;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(server.current.tree).toEqual(tree('one two'));
    expect(autosave.isSaved).toBe(true);
  });

  it('stops and shows both when another window saved first, and overwrites nothing', async () => {
    const { server, kept, autosave } = open();
    server.current = draft(2, 'theirs');
    autosave.typed(() => tree('mine'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.snapshot()).toEqual({ kind: 'changedElsewhere', theirs: draft(2, 'theirs') });
    autosave.typed(() => tree('mine and more'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.current).toEqual(draft(2, 'theirs'));
    expect(kept.get()?.tree).toEqual(tree('mine and more'));
  });

  it('names the other draft before it saves mine as the newest revision', async () => {
    const { server, autosave } = open();
    server.current = draft(2, 'theirs');
    autosave.typed(() => tree('mine'));
    await vi.advanceTimersByTimeAsync(800);
    expect(await autosave.saveMine()).toBe(true);
    expect(server.named).toEqual([2]);
    expect(server.current).toMatchObject({ version: 3, tree: tree('mine') });
    expect(autosave.isSaved).toBe(true);
  });

  it('gives the other draft back when it is chosen, and goes on from its version', async () => {
    const { server, kept, autosave } = open();
    server.current = draft(2, 'theirs');
    autosave.typed(() => tree('mine'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.takeTheirs()?.tree).toEqual(tree('theirs'));
    expect(kept.get()).toBeNull();
    autosave.typed(() => tree('theirs, edited'));
    await vi.advanceTimersByTimeAsync(800);
    expect(server.current).toMatchObject({ version: 3, tree: tree('theirs, edited') });
  });

  it('goes on from a draft that the server wrote itself', async () => {
    const { server, kept, autosave } = open();
    expect(autosave.adopt(draft(2, 'accepted'))).toBe(true);
    server.current = draft(2, 'accepted');
    autosave.typed(() => tree('accepted, and more'));
    expect(await autosave.flush()).toBe(true);
    expect(kept.get()).toBeNull();
  });

  it('keeps words that were typed while the server wrote the draft, and shows both', async () => {
    const { server, kept, autosave } = open();
    autosave.typed(() => tree('typed meanwhile'));
    expect(autosave.adopt(draft(2, 'accepted'))).toBe(false);
    expect(autosave.snapshot()).toMatchObject({ kind: 'changedElsewhere', theirs: { version: 2 } });
    expect(kept.get()?.tree).toEqual(tree('typed meanwhile'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(server.saves).toBe(0);
  });

  it('lets a save that is under way tell whether it went together with what the server wrote', async () => {
    const { server, autosave } = open();
    autosave.typed(() => tree('mine'));
    const saving = autosave.flush();
    expect(autosave.adopt(draft(3, 'accepted'))).toBe(false);
    await saving;
    expect(server.current.tree).toEqual(tree('mine'));
    expect(autosave.savedVersion).toBe(2);
    expect(autosave.isSaved).toBe(true);
  });

  it('does not call it a conflict when only the answer to its own save was lost', async () => {
    const { server, autosave } = open();
    server.loseAnswer = true;
    autosave.typed(() => tree('mine'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.snapshot()).toEqual({ kind: 'offline', trouble: 'network' });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(autosave.isSaved).toBe(true);
    expect(autosave.savedVersion).toBe(2);
  });

  it('says so when the server refuses the text, and tries again once it changes', async () => {
    const { server, autosave } = open();
    server.trouble = 'refused';
    autosave.typed(() => tree('bad'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.snapshot().kind).toBe('refused');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toBe(1);
    server.trouble = null;
    autosave.typed(() => tree('good'));
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.isSaved).toBe(true);
  });

  it('flushes everything that was typed, also during a running save', async () => {
    const { server, autosave } = open();
    autosave.typed(() => tree('one'));
    const flushed = autosave.flush();
    autosave.typed(() => tree('one two'));
    expect(await flushed).toBe(true);
    expect(server.current.tree).toEqual(tree('one two'));
    expect(server.current.version).toBe(3);
  });

  it('keeps what could not be sent when the page closes', async () => {
    const { server, kept, autosave } = open();
    server.trouble = 'network';
    autosave.typed(() => tree('last words'));
    autosave.close();
    expect(kept.get()?.tree).toEqual(tree('last words'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.saves).toBe(0);
  });
});

describe('kept words', () => {
  it('of one person are not shown to the next', () => {
    const shelf = memory();
    new KeptDraft(shelf, 'ada', 'd').put({ tree: tree('secret'), version: 1, at: 'now' });
    expect(new KeptDraft(shelf, 'ben', 'd').get()).toBeNull();
  });

  it('that are damaged are as good as none', () => {
    const shelf = memory();
    shelf.setItem('carrel.unsaved.ada.d', '{"tree":{"type":"doc"}');
    expect(new KeptDraft(shelf, 'ada', 'd').get()).toBeNull();
    shelf.setItem('carrel.unsaved.ada.d', '{"tree":{"type":"doc"},"version":1,"at":"x"}');
    expect(new KeptDraft(shelf, 'ada', 'd').get()).toBeNull();
  });
});
