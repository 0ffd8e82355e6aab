// What a running generation looks like while its events arrive.
import type { Generation, GenerationFailure, GenerationProgress } from '../../../api/types';

export interface StreamedRun {
  status: Generation['status'];
  progress: GenerationProgress | null;
  text: string;
  costMicros: number;
  outputTokens: number;
  failure: GenerationFailure | null;
}

export type RunEvent =
  | { event: 'progress'; data: GenerationProgress }
  | { event: 'text'; data: { text: string } }
  | { event: 'usage'; data: { inputTokens: number; outputTokens: number; costMicros: number } }
  | { event: 'done'; data: Generation }
  | { event: 'error'; data: GenerationFailure };

export const NEW_RUN: StreamedRun = {
  status: 'running',
  progress: null,
  text: '',
  costMicros: 0,
  outputTokens: 0,
  failure: null,
};

/** The run as the server keeps it, to start from or to end with. */
export function fromGeneration(generation: Generation): StreamedRun {
  return {
    status: generation.status,
    progress: generation.progress,
    text: generation.text,
    costMicros: generation.costMicros,
    outputTokens: generation.outputTokens,
    failure: generation.failure,
  };
}

/** The run after one more event. */
export function withEvent(run: StreamedRun, { event, data }: RunEvent): StreamedRun {
  switch (event) {
    case 'progress':
      return { ...run, progress: data };
    case 'text':
      return { ...run, text: run.text + data.text };
    case 'usage':
      return { ...run, costMicros: data.costMicros, outputTokens: data.outputTokens };
    case 'done':
      // The final answer may leave out the text that was already streamed.
      return { ...fromGeneration(data), text: data.text || run.text };
    case 'error':
      return { ...run, status: 'failed', failure: data };
  }
}

/** How much of the work is behind us, 0 to 1; null while nobody can know. */
export function fractionDone(progress: GenerationProgress | null): number | null {
  // How long a model will write nobody can tell.
  if (!progress || progress.total <= 0 || progress.step === 'writing') return null;
  return Math.min(1, Math.max(0, progress.done / progress.total));
}

/**
 * The whole sentences of a text from `from` on, and where they end. A screen reader is told sentences,
 * not tokens.
 */
export function wholeSentences(text: string, from: number): { said: string; until: number } {
  const rest = text.slice(from);
  let end = 0;
  for (const match of rest.matchAll(/[.!?…]["'”’)\]]*\s|\n/g)) end = match.index + match[0].length;
  return {
    said: rest
      .slice(0, end)
      .replace(/[#*_>`|]+/g, '')
      .trim(),
    until: from + end,
  };
}

/**
 * Markdown cut into blocks, so that while a long text streams in only its last block is drawn again.
 * A fenced block stays whole however many blank lines it holds, and so does a list.
 */
export function markdownBlocks(text: string): string[] {
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence: string | null = null;
  let blank = false;
  const close = () => {
    if (lines.some((line) => line.trim() !== '')) blocks.push(lines.join('\n'));
    lines = [];
  };
  for (const line of text.split('\n')) {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence) {
      if (mark?.startsWith(fence)) fence = null;
    } else {
      const goesOn = /^\s+\S|^\s*([-*+]|\d+[.)])\s/.test(line);
      const inList = /^\s*([-*+]|\d+[.)])\s/.test(lines[0] ?? '');
      if (blank && line.trim() !== '' && !(inList && goesOn)) close();
      if (mark) fence = mark;
    }
    blank = !fence && line.trim() === '';
    lines.push(line);
  }
  close();
  return blocks;
}
