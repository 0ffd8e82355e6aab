import type { Named } from '../../../api/types';

/** Options of a choice: all there are, or, until they are known, those that are chosen. */
export function choicesOf(
  all: readonly Named[] | undefined,
  chosen: readonly Named[],
): { value: string; label: string }[] {
  const known = new Map<string, string>();
  for (const { id, name } of [...chosen, ...(all ?? [])]) known.set(id, name);
  return [...known].map(([value, label]) => ({ value, label }));
}

/** Whether two lists hold the same ids, in whatever order. */
export function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
