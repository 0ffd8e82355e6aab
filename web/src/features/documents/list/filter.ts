import type { DocumentStatus } from '../../../api/types';
import type { DocumentFilter, DocumentSort } from '../api';

export const STATUSES: readonly DocumentStatus[] = [
  'uploaded',
  'extracted',
  'draft_generated',
  'exported',
  'failed',
];
export const SORTS: readonly DocumentSort[] = ['updated', 'created', 'title'];

export const SHARED = ['mine', 'with-me'] as const;

function oneOf<T extends string>(values: readonly T[], value: unknown): T | undefined {
  return values.find((known) => known === value);
}

/** The filter in an address; whatever is not understood is left out. */
export function parseFilter(search: Record<string, unknown>): DocumentFilter {
  return {
    // The router reads a number out of ?q=2026.
    q: search.q === undefined || search.q === '' ? undefined : String(search.q).slice(0, 200),
    status: oneOf(STATUSES, search.status),
    sort: oneOf(SORTS, search.sort),
    shared: oneOf(SHARED, search.shared),
    trash: search.trash === true ? true : undefined,
  };
}

/** The ids between two rows of a list, both included, for a selection with Shift. */
export function idsBetween(ids: readonly string[], a: string, b: string): string[] {
  const [first, last] = [ids.indexOf(a), ids.indexOf(b)].sort((x, y) => x - y) as [number, number];
  return first === -1 ? [b] : ids.slice(first, last + 1);
}
