import { useRouter } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { ADMINISTRATION, PLACES, placesFor, SETTINGS } from './navigation';
import { useMe } from './session';

/** After `g`, the second key must follow within this time, in milliseconds. */
const PAIR = 1_200;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null)
  );
}

interface Actions {
  toggleRail: () => void;
  togglePalette: () => void;
  showKeys: () => void;
}

/** Ctrl-K opens the palette, `?` shows the keys, `g` and a letter goes to a place, `[` folds the rail. */
export function useShortcuts(actions: Actions) {
  const router = useRouter();
  const me = useMe();
  const pairUntil = useRef(0);
  const press = useRef<(event: KeyboardEvent) => void>(() => undefined);
  press.current = (event) => {
    if (event.defaultPrevented) return;
    if (
      (event.ctrlKey || event.metaKey) &&
      !event.altKey &&
      !event.shiftKey &&
      event.key.toLowerCase() === 'k'
    ) {
      event.preventDefault();
      return actions.togglePalette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === '?') return actions.showKeys();
    if (event.key === '[') return actions.toggleRail();
    if (event.key === 'g') {
      pairUntil.current = event.timeStamp + PAIR;
      return;
    }
    const place =
      event.timeStamp < pairUntil.current
        ? placesFor(me.permissions, [...PLACES, ADMINISTRATION, SETTINGS]).find(
            ({ key }) => key === event.key,
          )
        : undefined;
    pairUntil.current = 0;
    if (place) void router.navigate({ to: place.to });
  };

  useEffect(() => {
    const listen = (event: KeyboardEvent) => press.current(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
