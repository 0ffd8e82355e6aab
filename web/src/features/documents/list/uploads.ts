// Files on their way in: asked for an address, sent, registered. The list lives outside React, so that
// leaving the page stops nothing and several pages can show the same tray.
import type { Document, IngestRequest, UploadUrl, UploadUrlRequest } from '../../../api/types';

export type UploadStep = 'waiting' | 'asking' | 'sending' | 'checking' | 'done' | 'failed' | 'stopped';

export interface Upload {
  id: number;
  name: string;
  /** Bytes. */
  size: number;
  /** Bytes that have left this computer. */
  sent: number;
  step: UploadStep;
  /** What went wrong, when `step` is `failed`. */
  error: unknown;
  /** Whether sending it once more can help. */
  retryable: boolean;
  document: Document | null;
}

export interface UploadDoor {
  ask(request: UploadUrlRequest, signal: AbortSignal): Promise<UploadUrl>;
  put(to: UploadUrl, file: File, sent: (bytes: number) => void, signal: AbortSignal): Promise<void>;
  register(request: IngestRequest, signal: AbortSignal): Promise<Document>;
  /** Whether the same step may work when it is tried again. */
  isPassing(error: unknown): boolean;
  /** Whether the address itself is of no more use and a new one must be asked for. */
  isAddressSpent(error: unknown): boolean;
}

interface Job {
  file: File;
  address: UploadUrl | null;
  delivered: boolean;
  abort: AbortController;
}

/** Files sent at the same time; more would only share the same line. */
const LANES = 3;
/** Tries of one step without asking the person. */
const TRIES = 3;
/** An address this close to its end is not worth starting with, in milliseconds. */
const LAST_MINUTE = 60_000;

const TYPES: Record<string, string> = {
  csv: 'text/csv',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  eml: 'message/rfc822',
  epub: 'application/epub+zip',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  md: 'text/markdown',
  odp: 'application/vnd.oasis.opendocument.presentation',
  ods: 'application/vnd.oasis.opendocument.spreadsheet',
  odt: 'application/vnd.oasis.opendocument.text',
  pdf: 'application/pdf',
  png: 'image/png',
  ppt: 'application/vnd.ms-powerpoint',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  rtf: 'application/rtf',
  txt: 'text/plain',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

/** The endings a file dialog offers. The server decides by content. */
export const ACCEPTED_FILES = Object.keys(TYPES)
  .map((ending) => `.${ending}`)
  .join(',');

/** The media type to announce: the browser's, or the ending's where browsers commonly know none. */
export function mediaTypeOf(file: { name: string; type: string }): string {
  const ending = file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase();
  return TYPES[ending] ?? (file.type || 'application/octet-stream');
}

export class Uploads {
  private items: readonly Upload[] = [];
  private readonly jobs = new Map<number, Job>();
  private readonly listeners = new Set<() => void>();
  private readonly arrivals = new Set<(document: Document, id: number) => void>();
  private nextId = 1;
  private running = 0;

  constructor(
    private readonly door: UploadDoor,
    private readonly pause: (milliseconds: number) => Promise<void> = (milliseconds) =>
      new Promise((resolve) => setTimeout(resolve, milliseconds)),
  ) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): readonly Upload[] => this.items;

  /** Calls `listener` with each document that an upload became, and the upload's id. Returns the way to stop. */
  readonly onArrival = (listener: (document: Document, id: number) => void): (() => void) => {
    this.arrivals.add(listener);
    return () => this.arrivals.delete(listener);
  };

  /** Whether closing the page now would lose a file. */
  get isBusy(): boolean {
    return this.items.some((item) => ['waiting', 'asking', 'sending', 'checking'].includes(item.step));
  }

  /** Takes files in; gives the ids of their uploads. */
  add(files: readonly File[]): number[] {
    const added = files.map((file): Upload => {
      const id = this.nextId++;
      this.jobs.set(id, { file, address: null, delivered: false, abort: new AbortController() });
      return {
        id,
        name: file.name,
        size: file.size,
        sent: 0,
        step: 'waiting',
        error: null,
        retryable: false,
        document: null,
      };
    });
    this.show([...this.items, ...added]);
    this.fillLanes();
    return added.map(({ id }) => id);
  }

  /** Goes on where it failed: a file that was delivered is only registered again. */
  retry(id: number): void {
    const item = this.items.find((upload) => upload.id === id);
    const job = this.jobs.get(id);
    if (!job || (item?.step !== 'failed' && item?.step !== 'stopped')) return;
    job.abort = new AbortController();
    this.change(id, { step: 'waiting', error: null, sent: job.delivered ? job.file.size : 0 });
    this.fillLanes();
  }

  stop(id: number): void {
    this.jobs.get(id)?.abort.abort();
    this.change(id, { step: 'stopped', error: null, retryable: true });
  }

  /** Takes a finished, failed or stopped file off the tray. */
  dismiss(id: number): void {
    this.jobs.get(id)?.abort.abort();
    this.jobs.delete(id);
    this.show(this.items.filter((item) => item.id !== id));
  }

  dismissFinished(): void {
    for (const item of this.items) if (item.step === 'done') this.jobs.delete(item.id);
    this.show(this.items.filter((item) => item.step !== 'done'));
  }

  private show(items: readonly Upload[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }

  private change(id: number, change: Partial<Upload>): void {
    this.show(this.items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  private fillLanes(): void {
    for (const item of this.items) {
      if (this.running >= LANES) return;
      const job = this.jobs.get(item.id);
      if (item.step !== 'waiting' || !job) continue;
      this.running += 1;
      this.change(item.id, { step: 'asking' });
      void this.bring(item.id, job).finally(() => {
        this.running -= 1;
        this.fillLanes();
      });
    }
  }

  private async bring(id: number, job: Job): Promise<void> {
    const { signal } = job.abort;
    const { name: originalName, size } = job.file;
    const mime = mediaTypeOf(job.file);
    try {
      if (!job.delivered) await this.deliver(id, job, { contentType: mime, size, originalName }, signal);
      const key = job.address?.key ?? '';
      this.change(id, { step: 'checking', sent: size });
      const document = await this.persist(
        () => this.door.register({ key, originalName, mime, size }, signal),
        signal,
      );
      this.jobs.delete(id);
      this.change(id, { step: 'done', document });
      for (const arrived of this.arrivals) arrived(document, id);
    } catch (error) {
      if (signal.aborted) return;
      this.change(id, { step: 'failed', error, retryable: this.door.isPassing(error) });
    }
  }

  private async deliver(id: number, job: Job, request: UploadUrlRequest, signal: AbortSignal): Promise<void> {
    await this.persist(async () => {
      const left = job.address ? Date.parse(job.address.expiresAt) - Date.now() : 0;
      if (!job.address || left < LAST_MINUTE) {
        this.change(id, { step: 'asking', sent: 0 });
        job.address = await this.door.ask(request, signal);
      }
      this.change(id, { step: 'sending', sent: 0 });
      try {
        await this.door.put(job.address, job.file, (sent) => this.change(id, { sent }), signal);
      } catch (error) {
        if (this.door.isAddressSpent(error)) job.address = null;
        throw error;
      }
    }, signal);
    job.delivered = true;
  }

  private async persist<T>(step: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await step();
      } catch (error) {
        if (signal.aborted || attempt >= TRIES || !this.door.isPassing(error)) throw error;
        await this.pause(500 * 2 ** attempt);
        if (signal.aborted) throw error;
      }
    }
  }
}
