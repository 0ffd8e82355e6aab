import { afterEach, expect, it, vi } from 'vitest';
import { ApiError } from './client';
import { followEvents } from './events';

function stream(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

function headersOf(call: unknown[]): Headers {
  return new Headers((call[1] as RequestInit).headers);
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('resumes a lost stream after the last event it saw and gives each event once', async () => {
  vi.useFakeTimers();
  const fetched = vi
    .fn()
    .mockResolvedValueOnce(stream('id: 1\nevent: text\ndata: a\n\nid: 2\nevent: text\ndata: b\n\n'))
    .mockRejectedValueOnce(new TypeError('network'))
    .mockResolvedValueOnce(stream('id: 3\nevent: text\ndata: c\n\nid: 4\nevent: done\ndata: d\n\n'));
  vi.stubGlobal('fetch', fetched);
  const seen: string[] = [];
  const connected: boolean[] = [];
  const end = followEvents('/generations/g/events', {
    terminal: ['done'],
    onEvent: ({ data }) => seen.push(data),
    onConnected: (is) => connected.push(is),
    signal: new AbortController().signal,
  });
  await vi.runAllTimersAsync();
  await end;
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
  expect(fetched).toHaveBeenCalledTimes(3);
  expect(headersOf(fetched.mock.calls[0] ?? []).get('last-event-id')).toBeNull();
  expect(headersOf(fetched.mock.calls[2] ?? []).get('last-event-id')).toBe('2');
  expect(connected).toEqual([true, false, false, true]);
});

it('gives up when the server refuses', async () => {
  const body = JSON.stringify({ code: 'not_found', detail: 'no such generation' });
  vi.stubGlobal('fetch', vi.fn().mockResolvedValue(new Response(body, { status: 404 })));
  const end = followEvents('/generations/g/events', {
    terminal: ['done'],
    onEvent: () => undefined,
    signal: new AbortController().signal,
  });
  await expect(end).rejects.toBeInstanceOf(ApiError);
});

it('does not reconnect after a mistake of the listener', async () => {
  const fetched = vi.fn().mockResolvedValue(stream('event: text\ndata: a\n\n'));
  vi.stubGlobal('fetch', fetched);
  const end = followEvents('/x', {
    terminal: ['done'],
    onEvent: () => {
      throw new Error('mistake');
    },
    signal: new AbortController().signal,
  });
  await expect(end).rejects.toThrow('mistake');
  expect(fetched).toHaveBeenCalledTimes(1);
});
