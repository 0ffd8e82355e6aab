import type { FieldError, Problem } from './types';

/** Every failed request ends here: the server's problem, or one made for a network that did not answer. */
export class ApiError extends Error {
  readonly problem: Problem;
  /** Seconds the server asked us to wait, when it did. */
  readonly retryAfter: number | null;

  constructor(problem: Problem, retryAfter: number | null = null) {
    super(problem.detail || problem.title);
    this.name = 'ApiError';
    this.problem = problem;
    this.retryAfter = retryAfter;
  }

  get code(): string {
    return this.problem.code;
  }

  /** HTTP status, 0 when no answer came. */
  get status(): number {
    return this.problem.status;
  }

  get fieldErrors(): FieldError[] {
    return this.problem.errors ?? [];
  }
}

/** True when `error` is an API problem with this code. */
export function hasCode(error: unknown, code: string): error is ApiError {
  return error instanceof ApiError && error.code === code;
}

export type QueryValue = string | number | boolean | null | undefined;

export interface RequestOptions {
  /** Left out of the address when null, undefined or empty. */
  query?: Record<string, QueryValue>;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is (a file or an image), instead of `body`. */
  bytes?: Blob | ArrayBuffer;
  contentType?: string;
  /** The version this edit is based on: `If-Match: "<version>"`. */
  ifMatch?: number;
  /** Makes a POST safe to send again; see `newIdempotencyKey`. */
  idempotencyKey?: string;
  /** Further headers; they win over the usual ones. */
  headers?: Record<string, string>;
  signal?: AbortSignal;
  /** Lets a last save finish while the page closes (bodies under 64 KB). */
  keepalive?: boolean;
  /** A 401 here is an ordinary answer (signing in, asking who I am), not a session that ended. */
  anonymous?: boolean;
}

export interface Answer<T> {
  data: T;
  status: number;
  /** The version in the ETag header. */
  version: number | null;
  /** The server repeated an earlier answer to the same idempotency key. */
  replayed: boolean;
}

const BASE = '/api/v1';

const expiryListeners = new Set<() => void>();

/** Calls `listener` whenever a request finds that the session has ended. Returns the way to stop. */
export function onSessionExpired(listener: () => void): () => void {
  expiryListeners.add(listener);
  return () => expiryListeners.delete(listener);
}

/** Tells the app that the session has ended; what people typed stays on the page. */
export function announceSessionExpired() {
  for (const listener of expiryListeners) listener();
}

/** The address of an API path with its query. */
export function apiUrl(path: string, query?: Record<string, QueryValue>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `${BASE}${path}?${text}` : `${BASE}${path}`;
}

/** A fresh key for one intent of a person: keep it across retries of the same click. */
export function newIdempotencyKey(): string {
  // randomUUID exists only in secure contexts; a workspace on plain http in a local network has none.
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

/** Reads the problem out of a failed answer, also when a proxy answered with something else. */
export async function problemOf(response: Response): Promise<ApiError> {
  const retry = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const retryAfter = Number.isFinite(retry) ? retry : null;
  const requestId = response.headers.get('x-request-id') ?? '';
  try {
    const problem = (await response.clone().json()) as Partial<Problem>;
    if (typeof problem.code === 'string') {
      return new ApiError(
        {
          ...problem,
          type: problem.type ?? 'about:blank',
          title: problem.title ?? '',
          status: response.status,
          detail: problem.detail ?? '',
          code: problem.code,
          requestId: problem.requestId ?? requestId,
        },
        retryAfter,
      );
    }
  } catch {
    // Not JSON: described below by its status alone.
  }
  return new ApiError(
    {
      type: 'about:blank',
      title: response.statusText,
      status: response.status,
      detail: '',
      code: response.status >= 500 ? 'server_unavailable' : `http_${response.status}`,
      requestId,
    },
    retryAfter,
  );
}

function unreachable(): ApiError {
  return new ApiError({
    type: 'about:blank',
    title: '',
    status: 0,
    detail: '',
    code: 'network_unreachable',
    requestId: '',
  });
}

/** `fetch` to our own server with the session cookie; throws `ApiError`, or the abort of `signal`. */
export async function fetchApi(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  let body: BodyInit | undefined;
  if (options.bytes !== undefined) {
    body = options.bytes;
    headers.set('content-type', options.contentType ?? 'application/octet-stream');
  } else if (options.body !== undefined) {
    body = JSON.stringify(options.body);
    headers.set('content-type', 'application/json');
  }
  if (options.ifMatch !== undefined) headers.set('if-match', `"${options.ifMatch}"`);
  if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey);
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
  let response: Response;
  try {
    response = await fetch(apiUrl(path, options.query), {
      method,
      headers,
      body,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: options.signal,
      keepalive: options.keepalive,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) {
    const error = await problemOf(response);
    if (error.status === 401 && !options.anonymous) announceSessionExpired();
    throw error;
  }
  return response;
}

/** Sends a request and keeps the headers an editor needs (version, replay). */
export async function send<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const response = await fetchApi(method, path, options);
  const version = Number.parseInt((response.headers.get('etag') ?? '').replace(/^W\/|"/g, ''), 10);
  let text: string;
  try {
    text = response.status === 204 ? '' : await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    status: response.status,
    version: Number.isFinite(version) ? version : null,
    replayed: response.headers.get('idempotency-replayed') === 'true',
  };
}

/** The API by verb. Paths start after `/api/v1`. */
export const api = {
  get: async <T>(path: string, options?: RequestOptions) => (await send<T>('GET', path, options)).data,
  post: async <T>(path: string, options?: RequestOptions) => (await send<T>('POST', path, options)).data,
  put: async <T>(path: string, options?: RequestOptions) => (await send<T>('PUT', path, options)).data,
  patch: async <T>(path: string, options?: RequestOptions) => (await send<T>('PATCH', path, options)).data,
  delete: async (path: string, options?: RequestOptions) => {
    await send<void>('DELETE', path, options);
  },
};
