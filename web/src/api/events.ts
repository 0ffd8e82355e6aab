import { ApiError, fetchApi } from './client';
import { EventStreamParser, type ServerEvent } from './sse';
import type { Generation, GenerationFailure, GenerationProgress, Id } from './types';

/** No byte for this long (the server beats every 15 s) means the line is dead, in milliseconds. */
const SILENCE = 45_000;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

export interface EventStreamOptions {
  /** Events that end the stream; anything else that ends it is a lost line and is resumed. */
  terminal: readonly string[];
  onEvent: (event: ServerEvent) => void;
  /** False while the line is lost and we try again, true when it is back. */
  onConnected?: (connected: boolean) => void;
  lastEventId?: string;
  signal: AbortSignal;
}

/**
 * Follows an event stream until a terminal event, resuming with `Last-Event-ID` after a lost line.
 * Resolves after the terminal event or when `signal` aborts; rejects with `ApiError` when the server refuses.
 */
export async function followEvents(path: string, options: EventStreamOptions): Promise<void> {
  let lastEventId = options.lastEventId ?? null;
  let delay = FIRST_DELAY;
  let broken: { error: unknown } | null = null;
  while (!options.signal.aborted) {
    const line = new AbortController();
    const stop = () => line.abort();
    options.signal.addEventListener('abort', stop, { once: true });
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, SILENCE);
    };
    try {
      heard();
      const response = await fetchApi('GET', path, {
        signal: line.signal,
        headers: { accept: 'text/event-stream', ...(lastEventId ? { 'last-event-id': lastEventId } : {}) },
      });
      options.onConnected?.(true);
      const parser = new EventStreamParser();
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const part = await reader?.read();
        if (!part || part.done) break;
        heard();
        for (const event of parser.feed(part.value)) {
          if (event.id) lastEventId = event.id;
          delay = parser.retry ?? FIRST_DELAY;
          try {
            options.onEvent(event);
          } catch (error) {
            // A mistake of ours, not of the line: reconnecting would only repeat it.
            broken = { error };
            throw error;
          }
          if (options.terminal.includes(event.event)) return;
        }
      }
    } catch (error) {
      if (broken) throw broken.error;
      if (options.signal.aborted) return;
      const refused = error instanceof ApiError && error.status >= 400 && error.status < 500;
      if (refused && error.status !== 408 && error.status !== 429) throw error;
    } finally {
      line.abort();
      clearTimeout(silence);
      options.signal.removeEventListener('abort', stop);
    }
    options.onConnected?.(false);
    await pause(delay, options.signal);
    delay = Math.min(delay * 2, LONGEST_DELAY);
  }
}

/** Waits, or less when the network returns or `signal` aborts. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener('online', end);
    signal.addEventListener('abort', end);
  });
}

export interface GenerationListener {
  onProgress?: (progress: GenerationProgress) => void;
  /** A further piece of text, in order, each exactly once. */
  onText?: (text: string) => void;
  onUsage?: (usage: { inputTokens: number; outputTokens: number; costMicros: number }) => void;
  onConnected?: (connected: boolean) => void;
  /** The result is committed: read the draft now. */
  onDone?: (generation: Generation) => void;
  /** The model run failed, was stopped or interrupted. */
  onError?: (failure: GenerationFailure) => void;
}

/**
 * Follows a generation from its beginning (or from `lastEventId`) to its end. It goes on server-side when we leave.
 * Rejects with `ApiError` only when the stream is refused (unknown generation, session ended).
 */
export function followGeneration(
  generationId: Id,
  listener: GenerationListener,
  options: { signal: AbortSignal; lastEventId?: string },
): Promise<void> {
  return followEvents(`/generations/${generationId}/events`, {
    ...options,
    terminal: ['done', 'error'],
    onConnected: listener.onConnected,
    onEvent: ({ event, data }) => {
      const value = JSON.parse(data);
      if (event === 'progress') listener.onProgress?.(value);
      else if (event === 'text') listener.onText?.(value.text);
      else if (event === 'usage') listener.onUsage?.(value);
      else if (event === 'done') listener.onDone?.(value);
      else if (event === 'error') listener.onError?.(value);
    },
  });
}
