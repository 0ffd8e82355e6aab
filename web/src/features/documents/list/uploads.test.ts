import { describe, expect, it, vi } from 'vitest';
import type { Document, UploadUrl } from '../../../api/types';
import { mediaTypeOf, type UploadDoor, Uploads } from './uploads';

class Trouble extends Error {
  constructor(
    readonly passing: boolean,
    readonly spent = false,
  ) {
    super('trouble');
  }
}

const address = (key: string): UploadUrl => ({
  url: `/objects/${key}`,
  method: 'PUT',
  headers: {},
  key,
  expiresAt: new Date(Date.now() + 15 * 60_000).toISOString(),
});

function door(overrides: Partial<UploadDoor> = {}) {
  let asked = 0;
  const base: UploadDoor = {
    ask: async () => address(`k${++asked}`),
    put: async (_to, file, sent) => sent(file.size),
    register: async ({ key }) => ({ id: `doc-${key}` }) as Document,
    isPassing: (error) => (error as Trouble).passing,
    isAddressSpent: (error) => (error as Trouble).spent,
  };
  const used = { ...base, ...overrides };
  return {
    used,
    ask: vi.spyOn(used, 'ask'),
    put: vi.spyOn(used, 'put'),
    register: vi.spyOn(used, 'register'),
  };
}

const file = (name: string) => new File(['words'], name);
const uploads = (used: UploadDoor) => new Uploads(used, async () => {});
const steps = (store: Uploads) => store.snapshot().map((item) => item.step);

describe('uploads', () => {
  it('bring each file in and announce the document it became', async () => {
    const { used } = door();
    const store = uploads(used);
    const arrived: string[] = [];
    store.onArrival((document) => arrived.push(document.id));
    store.add([file('a.md'), file('b.md')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['done', 'done']));
    expect(arrived).toEqual(['doc-k1', 'doc-k2']);
    expect(store.isBusy).toBe(false);
  });

  it('send at most three files at once', async () => {
    let open = 0;
    let most = 0;
    const { used } = door({
      put: async () => {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setTimeout(resolve, 5));
        open -= 1;
      },
    });
    const store = uploads(used);
    store.add(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => file(`${name}.md`)));
    await vi.waitFor(() => expect(steps(store).every((step) => step === 'done')).toBe(true));
    expect(most).toBe(3);
  });

  it('repeat a broken transfer to the same address without asking anybody', async () => {
    let puts = 0;
    const { used, ask } = door({
      put: async () => {
        puts += 1;
        if (puts < 3) throw new Trouble(true);
      },
    });
    const store = uploads(used);
    store.add([file('a.md')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['done']));
    expect(puts).toBe(3);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('ask for a new address when the old one has run out', async () => {
    let puts = 0;
    const { used, ask } = door({
      put: async () => {
        puts += 1;
        if (puts === 1) throw new Trouble(true, true);
      },
    });
    const store = uploads(used);
    store.add([file('a.md')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['done']));
    expect(ask).toHaveBeenCalledTimes(2);
    expect(used.register).toHaveBeenCalledWith(expect.objectContaining({ key: 'k2' }), expect.anything());
  });

  it('do not send a delivered file again when only its registration failed', async () => {
    let registrations = 0;
    const { used, put } = door({
      register: async () => {
        registrations += 1;
        if (registrations <= 3) throw new Trouble(true);
        return { id: 'doc' } as Document;
      },
    });
    const store = uploads(used);
    store.add([file('a.md')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['failed']));
    expect(store.snapshot()[0]?.retryable).toBe(true);
    store.retry(1);
    await vi.waitFor(() => expect(steps(store)).toEqual(['done']));
    expect(put).toHaveBeenCalledTimes(1);
  });

  it('do not repeat what the server refused', async () => {
    const { used, ask } = door({ ask: () => Promise.reject(new Trouble(false)) });
    const store = uploads(used);
    store.add([file('a.exe')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['failed']));
    expect(ask).toHaveBeenCalledTimes(1);
    expect(store.snapshot()[0]?.retryable).toBe(false);
  });

  it('that are stopped abort the transfer and can be taken up again', async () => {
    let puts = 0;
    const { used } = door({
      put: (_to, _file, _sent, signal) => {
        puts += 1;
        if (puts > 1) return Promise.resolve();
        return new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Trouble(true)));
        });
      },
    });
    const store = uploads(used);
    store.add([file('a.md')]);
    await vi.waitFor(() => expect(steps(store)).toEqual(['sending']));
    store.stop(1);
    expect(steps(store)).toEqual(['stopped']);
    store.retry(1);
    await vi.waitFor(() => expect(steps(store)).toEqual(['done']));
    expect(puts).toBe(2);
  });
});

describe('mediaTypeOf', () => {
  it('knows endings that browsers leave without a type', () => {
    expect(mediaTypeOf({ name: 'Notes.MD', type: '' })).toBe('text/markdown');
    expect(mediaTypeOf({ name: 'mail.eml', type: '' })).toBe('message/rfc822');
    expect(mediaTypeOf({ name: 'no ending', type: '' })).toBe('application/octet-stream');
  });
});
