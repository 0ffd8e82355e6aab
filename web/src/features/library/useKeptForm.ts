import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import { forget, type Kept, keep, recall } from './keptText';

/** How soon after the last keystroke unsaved work is put on the shelf, in milliseconds. */
const KEEP_AFTER = 300;

/** What a form is for: something with versions on the server, and how it is typed here. */
export interface FormKind<Thing, Form> {
  /** Names its shelf in this browser, before the id of the thing. */
  name: string;
  blank: () => Form;
  formOf: (thing: Thing) => Form;
  /** Whether two forms would be saved as the same thing. */
  same: (a: Form, b: Form) => boolean;
  /** Recognises a form that was kept in this browser. */
  isForm: (value: unknown) => value is Form;
}

interface Versioned {
  id: string;
  version: number;
}

/** What the form is compared with and saved over. */
interface Base<Form> {
  form: Form;
  /** Null for a thing that doesn't exist yet. */
  version: number | null;
}

/**
 * The form of one thing. `thing` is what the server has now, null when it doesn't exist yet. Unsaved work stays in
 * this browser and comes back on opening; when the server moves on meanwhile, `newer` is what it has.
 */
export function useKeptForm<Thing extends Versioned, Form extends object>(
  person: string,
  kind: FormKind<Thing, Form>,
  thing: Thing | null,
) {
  const shelf = `${kind.name}.${thing?.id ?? 'new'}`;
  const [start] = useState(() => begin(person, shelf, kind, thing));
  const [base, setBase] = useState(start.base);
  const [form, setForm] = useState(start.form);
  const [keptSince, setKeptSince] = useState(start.keptSince);
  const dirty = useMemo(() => !kind.same(form, base.form), [kind, form, base]);
  const moved = thing !== null && thing.version !== base.version;

  // Nothing of one's own to lose: follow the server.
  useEffect(() => {
    if (!moved || dirty) return;
    const next = baseOf(kind, thing);
    setBase(next);
    setForm(next.form);
  }, [kind, moved, dirty, thing]);

  const toKeep = useRef<Kept<Form> | null>(null);
  const putAway = useRef(() => {});
  putAway.current = () => {
    const waiting = toKeep.current;
    toKeep.current = null;
    if (waiting) keep(person, shelf, waiting);
  };
  const putAwayLater = useDebouncedCallback(() => putAway.current(), {
    delay: KEEP_AFTER,
    flushOnUnmount: true,
  });

  useEffect(() => {
    if (dirty) {
      toKeep.current = { value: form, version: base.version, at: new Date().toISOString() };
      putAwayLater();
    } else {
      toKeep.current = null;
      forget(person, shelf);
    }
  }, [dirty, form, base, person, shelf, putAwayLater]);

  useEffect(() => {
    const onHide = () => putAway.current();
    window.addEventListener('pagehide', onHide);
    return () => window.removeEventListener('pagehide', onHide);
  }, []);

  return {
    form,
    dirty,
    /** The version that saving replaces. */
    version: base.version,
    newer: moved && dirty ? thing : null,
    /** When the unsaved work was typed that was found here on opening; null once it is saved or discarded. */
    keptSince: dirty ? keptSince : null,
    change: (part: Partial<Form>) => setForm((last) => ({ ...last, ...part })),
    /** The server took what was submitted; words typed since then stay. */
    accept: (saved: Thing, submitted: Form) => {
      const next = baseOf(kind, saved);
      setBase(next);
      setForm((last) => (kind.same(last, submitted) ? next.form : last));
      setKeptSince(null);
    },
    /** Goes on from what the server has, with `mine` instead of it when given. */
    rebase: (onto: Thing | null, mine?: Form) => {
      const next = baseOf(kind, onto);
      setBase(next);
      setForm(mine ?? next.form);
      setKeptSince(null);
    },
    /** What was new exists now: what was kept of it has done its duty. */
    settle: () => {
      toKeep.current = null;
      forget(person, shelf);
    },
  };
}

function baseOf<Thing extends Versioned, Form>(kind: FormKind<Thing, Form>, thing: Thing | null): Base<Form> {
  return thing ? { form: kind.formOf(thing), version: thing.version } : { form: kind.blank(), version: null };
}

function begin<Thing extends Versioned, Form>(
  person: string,
  shelf: string,
  kind: FormKind<Thing, Form>,
  thing: Thing | null,
) {
  const base = baseOf(kind, thing);
  const kept = recall(person, shelf, kind.isForm);
  if (!kept) return { base, form: base.form, keptSince: null };
  return {
    base: { ...base, version: kept.version ?? base.version },
    form: kept.value,
    keptSince: kept.at,
  };
}
