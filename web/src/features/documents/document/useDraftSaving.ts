import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Draft, Id } from '../../../api/types';
import { formatMoment } from '../../../app/format';
import { t } from '../../../app/i18n';
import { keys, loadDraft, nameDraft, saveDraft, saveTrouble } from '../api';
import { Autosave, type SaveState } from '../editor/autosave';
import { KeptDraft } from '../editor/keptText';

export interface DraftSaving {
  autosave: Autosave;
  kept: KeptDraft;
}

/** The writer of an open draft: saves while people type, and sees that nothing is lost when they leave. */
export function useDraftSaving(
  documentId: Id,
  person: Id,
  draft: Draft | null | undefined,
): DraftSaving | null {
  const queries = useQueryClient();
  const [saving, setSaving] = useState<DraftSaving | null>(null);
  const exists = Boolean(draft);

  // biome-ignore lint/correctness/useExhaustiveDependencies: later drafts are adopted by name, not by a new writer
  useEffect(() => {
    if (!draft) return;
    const kept = new KeptDraft(window.localStorage, person, documentId);
    const autosave = new Autosave(
      draft.version,
      draft.updatedAt,
      {
        async save(tree, version) {
          const saved = await saveDraft(documentId, tree, version);
          queries.setQueryData(keys.draft(documentId), saved);
          void queries.invalidateQueries({ queryKey: keys.lists, refetchType: 'none' });
          void queries.invalidateQueries({ queryKey: keys.revisions(documentId) });
          return saved;
        },
        load: () => loadDraft(documentId),
        async keepTheirs() {
          await nameDraft(
            documentId,
            t('documents.conflict.keptName', { when: formatMoment(new Date().toISOString()) }),
          );
        },
        trouble: saveTrouble,
      },
      kept,
    );
    const retry = () => autosave.retry();
    const keep = () => autosave.keep();
    const hide = () => {
      // Phones end hidden pages without another word.
      if (window.document.visibilityState === 'hidden') void autosave.flush();
    };
    const warn = (event: BeforeUnloadEvent) => {
      if (!autosave.isSaved) event.preventDefault();
    };
    window.addEventListener('online', retry);
    window.addEventListener('focus', retry);
    window.addEventListener('pagehide', keep);
    window.addEventListener('beforeunload', warn);
    window.document.addEventListener('visibilitychange', hide);
    setSaving({ autosave, kept });
    return () => {
      window.removeEventListener('online', retry);
      window.removeEventListener('focus', retry);
      window.removeEventListener('pagehide', keep);
      window.removeEventListener('beforeunload', warn);
      window.document.removeEventListener('visibilitychange', hide);
      void autosave.flush();
      autosave.close();
      setSaving(null);
    };
  }, [documentId, person, exists]);

  return saving;
}

const never = () => () => {};
const SAVED: SaveState = { kind: 'saved', at: null };
const savedState = () => SAVED;

/** What the person should know about their words. */
export function useSaveState(autosave: Autosave | null): SaveState {
  return useSyncExternalStore(autosave?.subscribe ?? never, autosave?.snapshot ?? savedState);
}
