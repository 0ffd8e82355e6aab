import { afterEach, expect, it, vi } from 'vitest';
import { ApiError, api, apiUrl, onSessionExpired, send } from './client';

function answer(body: unknown, init: ResponseInit = {}): Response {
  return new Response(body === null ? null : JSON.stringify(body), init);
}

afterEach(() => vi.unstubAllGlobals());

it('leaves empty parameters out of the address', () => {
  expect(apiUrl('/documents', { q: '', cursor: null, limit: 50, trash: false })).toBe(
    '/api/v1/documents?limit=50&trash=false',
  );
});

it('reads the version of an answer and whether it was repeated', async () => {
  const headers = { etag: '"7"', 'idempotency-replayed': 'true' };
  vi.stubGlobal('fetch', vi.fn().mockResolvedValue(answer({ words: 3 }, { headers })));
  expect(await send('GET', '/x')).toEqual({ data: { words: 3 }, status: 200, version: 7, replayed: true });
});

it('turns a problem into an error with its code, request id and waiting time', async () => {
  const problem = { code: 'too_many_attempts', detail: 'wait', requestId: 'r1', title: 'Too many' };
  vi.stubGlobal(
    'fetch',
    vi.fn().mockResolvedValue(answer(problem, { status: 429, headers: { 'retry-after': '30' } })),
  );
  const error = await api.post('/auth/login', { body: {} }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ code: 'too_many_attempts', status: 429, retryAfter: 30 });
});

it('has words for a proxy that answers with a page instead of a problem', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn().mockResolvedValue(new Response('<html>Bad Gateway</html>', { status: 502 })),
  );
  await expect(api.get('/x')).rejects.toMatchObject({ code: 'server_unavailable', status: 502 });
});

it('says that nobody answered when the network is gone', async () => {
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('Failed to fetch')));
  await expect(api.get('/x')).rejects.toMatchObject({ code: 'network_unreachable', status: 0 });
});

it('lets an abort of the caller through as it is', async () => {
  const abort = new AbortController();
  abort.abort();
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(abort.signal.reason));
  await expect(api.get('/x', { signal: abort.signal })).rejects.toMatchObject({ name: 'AbortError' });
});

it('announces a session that ended, but not a refused sign-in', async () => {
  vi.stubGlobal(
    'fetch',
    vi.fn().mockImplementation(async () => answer({ code: 'unauthenticated' }, { status: 401 })),
  );
  const ended = vi.fn();
  const stop = onSessionExpired(ended);
  await api.post('/auth/login', { anonymous: true }).catch(() => undefined);
  expect(ended).not.toHaveBeenCalled();
  await api.get('/documents').catch(() => undefined);
  expect(ended).toHaveBeenCalledTimes(1);
  stop();
});
