import { useEffect, useRef, useState } from 'react';
import { followGeneration } from '../../../api/events';
import type { Id } from '../../../api/types';
import { getGeneration } from '../api';
import { fromGeneration, NEW_RUN, type RunEvent, type StreamedRun, withEvent } from './stream';

/** Text arrives faster than it can be drawn; this often, in milliseconds, is smooth enough. */
const DRAW = 50;

export interface RunView {
  run: StreamedRun;
  /** False while the line to the server is lost and we try again; the run goes on there. */
  connected: boolean;
}

/** Follows a generation while this component is shown; `onEnd` is called once, with how it ended. */
export function useRun(generationId: Id | null, onEnd: (id: Id, run: StreamedRun) => void): RunView | null {
  const [view, setView] = useState<(RunView & { id: Id }) | null>(null);
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });

  useEffect(() => {
    if (!generationId) return;
    const leave = new AbortController();
    let run = NEW_RUN;
    let connected = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      clearTimeout(timer);
      timer = undefined;
      if (!leave.signal.aborted) setView({ id: generationId, run, connected });
    };
    const take = (event: RunEvent) => {
      run = withEvent(run, event);
      timer ??= setTimeout(draw, DRAW);
    };
    const finish = () => {
      if (leave.signal.aborted) return;
      draw();
      end.current(generationId, run);
    };
    draw();
    followGeneration(
      generationId,
      {
        onProgress: (data) => take({ event: 'progress', data }),
        onText: (text) => take({ event: 'text', data: { text } }),
        onUsage: (data) => take({ event: 'usage', data }),
        onConnected: (now) => {
          connected = now;
          draw();
        },
        onDone: (data) => {
          take({ event: 'done', data });
          finish();
        },
        onError: (data) => {
          take({ event: 'error', data });
          // The stream says what went wrong; how it ended (stopped, interrupted, failed) and what was kept, the server.
          getGeneration(generationId)
            .then((generation) => {
              if (generation.status !== 'running')
                run = { ...fromGeneration(generation), text: generation.text || run.text };
              run = { ...run, failure: run.failure ?? data };
            })
            .catch(() => undefined)
            .finally(finish);
        },
      },
      { signal: leave.signal },
    ).catch((error: unknown) => {
      const detail = error instanceof Error ? error.message : String(error);
      take({ event: 'error', data: { code: 'stream_refused', detail, retryable: true } });
      finish();
    });
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [generationId]);

  return view && view.id === generationId ? view : null;
}
