import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useState } from 'react';

/**
 * A search field whose words live in the address: shown at once, written to the address when typing pauses, and
 * following the address when it changes by itself (back, a link).
 */
export function useTypedSearch(
  current: string | undefined,
  write: (q: string | undefined) => void,
): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(current ?? '');
  const later = useDebouncedCallback((value: string) => write(value.trim() || undefined), 250);

  useEffect(() => {
    setTyped((last) => (last.trim() === (current ?? '') ? last : (current ?? '')));
  }, [current]);

  return [
    typed,
    (value) => {
      setTyped(value);
      later(value);
    },
  ];
}
