import type { Document, Failure, Generation, GenerationFailure, Id } from '../../api/types';

/** Something the server does right now. */
export interface Running {
  key: Id;
  documentId: Id;
  title: string | null;
  document: Document | null;
  run: Generation | null;
}

/** Something that ended without a result and waits for a look. */
export interface Failed {
  key: Id;
  documentId: Id;
  title: string | null;
  failure: Failure | GenerationFailure | null;
  at: string;
}

export interface Activity {
  running: Running[];
  failed: Failed[];
}

/** Older failures of runs have had their time; failed documents stay until somebody deals with them. */
const DAY = 24 * 3_600_000;

/**
 * What goes on and what went wrong, from the newest documents, the documents that failed and the newest runs
 * (newest first). A later run for the same document takes the place of a failed one.
 */
export function activityOf(
  recent: readonly Document[],
  lost: readonly Document[],
  runs: readonly Generation[],
  now: number,
): Activity {
  const documents = new Map([...lost, ...recent].map((document) => [document.id, document]));
  const running: Running[] = [];
  const failed: Failed[] = lost.map(({ id, title, failure, updatedAt }) => ({
    key: id,
    documentId: id,
    title,
    failure,
    at: failure?.at ?? updatedAt,
  }));

  const seen = new Set<Id>();
  for (const run of runs) {
    if (run.subjectId === null) continue;
    const document = documents.get(run.subjectId) ?? null;
    const newest = !seen.has(run.subjectId);
    seen.add(run.subjectId);
    const place = { key: run.id, documentId: run.subjectId, title: document?.title ?? null };
    if (run.status === 'running') {
      running.push({ ...place, document, run });
    } else if (
      newest &&
      (run.status === 'failed' || run.status === 'interrupted') &&
      now - Date.parse(run.createdAt) < DAY &&
      document?.status !== 'failed'
    ) {
      failed.push({ ...place, failure: run.failure, at: run.finishedAt ?? run.createdAt });
    }
  }

  const covered = new Set(running.map(({ documentId }) => documentId));
  for (const document of recent) {
    if (covered.has(document.id) || !(document.processing || document.activeGenerationId)) continue;
    running.push({ key: document.id, documentId: document.id, title: document.title, document, run: null });
  }
  failed.sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return { running, failed };
}
