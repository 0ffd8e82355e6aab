/**
 * Unsaved work, kept in this browser until the server has it: what somebody typed survives a reload, a closed tab
 * and an expired session. Each person has their own shelf, so nobody finds another's words on a shared machine.
 */
const PREFIX = 'carrel.kept';

/** A kept piece of work: the version it was begun from (null for something new) and when it was last typed. */
export interface Kept<T> {
  value: T;
  version: number | null;
  at: string;
}

function shelf(person: string, key: string): string {
  return `${PREFIX}.${person}.${key}`;
}

/** Keeps work; a full or forbidden storage keeps nothing and says so with `false`. */
export function keep<T>(person: string, key: string, kept: Kept<T>): boolean {
  try {
    localStorage.setItem(shelf(person, key), JSON.stringify(kept));
    return true;
  } catch {
    return false;
  }
}

/** The kept work, when there is any and `isValue` recognises it (an older app may have kept another shape). */
export function recall<T>(
  person: string,
  key: string,
  isValue: (value: unknown) => value is T,
): Kept<T> | null {
  try {
    const text = localStorage.getItem(shelf(person, key));
    if (text === null) return null;
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== 'object' || kept === null || !('value' in kept)) return null;
    const { value, version, at } = kept as Partial<Kept<unknown>>;
    if (!isValue(value)) return null;
    return {
      value,
      version: typeof version === 'number' ? version : null,
      at: typeof at === 'string' ? at : new Date().toISOString(),
    };
  } catch {
    return null;
  }
}

export function forget(person: string, key: string): void {
  try {
    localStorage.removeItem(shelf(person, key));
  } catch {
    // Nothing was kept where nothing can be stored.
  }
}
