import { type Dispatch, type SetStateAction, useEffect, useState } from 'react';

/** State that survives a reload and a sign-out in this tab: what people type into forms. */
export function useKept<T>(key: string, initial: T): [T, Dispatch<SetStateAction<T>>] {
  const name = `carrel.form.${key}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const kept = sessionStorage.getItem(name);
      return kept === null ? initial : (JSON.parse(kept) as T);
    } catch {
      return initial;
    }
  });
  useEffect(() => {
    try {
      sessionStorage.setItem(name, JSON.stringify(value));
    } catch {
      // Storage may be forbidden; then only this page keeps what was typed.
    }
  }, [name, value]);
  return [value, setValue];
}
