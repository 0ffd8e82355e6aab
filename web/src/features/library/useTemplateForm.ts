import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Template } from '../../api/types';
import { forget, type Kept, keep, recall } from './keptText';
import { blankForm, flawsOf, formOf, isTemplateForm, sameForm, type TemplateForm } from './templateForm';

/** How soon after the last keystroke unsaved work is put on the shelf, in milliseconds. */
const KEEP_AFTER = 300;

/** What the form is compared with and saved over. */
interface Base {
  form: TemplateForm;
  /** Null for a template that doesn't exist yet. */
  version: number | null;
}

function baseOf(template: Template | null): Base {
  return template
    ? { form: formOf(template), version: template.version }
    : { form: blankForm(), version: null };
}

/**
 * The form of one template. `template` is what the server has now, null when it doesn't exist yet. Unsaved work
 * stays in this browser and comes back on opening; when the server moves on meanwhile, `newer` is what it has.
 */
export function useTemplateForm(person: string, template: Template | null) {
  const shelf = `template.${template?.id ?? 'new'}`;
  const [start] = useState(() => begin(person, shelf, template));
  const [base, setBase] = useState(start.base);
  const [form, setForm] = useState(start.form);
  const [keptSince, setKeptSince] = useState(start.keptSince);
  const dirty = useMemo(() => !sameForm(form, base.form), [form, base]);
  const moved = template !== null && template.version !== base.version;

  // Nothing of one's own to lose: follow the server.
  useEffect(() => {
    if (!moved || dirty) return;
    const next = baseOf(template);
    setBase(next);
    setForm(next.form);
  }, [moved, dirty, template]);

  const toKeep = useRef<Kept<TemplateForm> | null>(null);
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
    flaws: useMemo(() => flawsOf(form), [form]),
    dirty,
    /** The version that saving replaces. */
    version: base.version,
    newer: moved && dirty ? template : null,
    /** When the unsaved work was typed that was found here on opening; null once it is saved or discarded. */
    keptSince: dirty ? keptSince : null,
    change: (part: Partial<TemplateForm>) => setForm((last) => ({ ...last, ...part })),
    /** The server took what was submitted; words typed since then stay. */
    accept: (saved: Template, submitted: TemplateForm) => {
      const next = baseOf(saved);
      setBase(next);
      setForm((last) => (sameForm(last, submitted) ? next.form : last));
      setKeptSince(null);
    },
    /** Goes on from what the server has, with `mine` instead of it when given. */
    rebase: (onto: Template | null, mine?: TemplateForm) => {
      const next = baseOf(onto);
      setBase(next);
      setForm(mine ?? next.form);
      setKeptSince(null);
    },
    /** The template that was new exists now: what was kept of it has done its duty. */
    settle: () => {
      toKeep.current = null;
      forget(person, shelf);
    },
  };
}

function begin(person: string, shelf: string, template: Template | null) {
  const base = baseOf(template);
  const kept = recall(person, shelf, isTemplateForm);
  if (!kept) return { base, form: base.form, keptSince: null };
  return {
    base: { ...base, version: kept.version ?? base.version },
    form: kept.value,
    keptSince: kept.at,
  };
}
