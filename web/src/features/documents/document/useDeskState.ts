import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Editor } from '@tiptap/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { newIdempotencyKey } from '../../../api/client';
import type { Document, Draft, Generation, Id, Refinement } from '../../../api/types';
import { t } from '../../../app/i18n';
import { notifyFailure, notifyNote } from '../../../app/notify';
import { useMe } from '../../../app/session';
import type { StreamedRun } from '../ai/stream';
import { useRun } from '../ai/useRun';
import {
  cancelGeneration,
  decideHunks,
  draftQuery,
  generate,
  getGeneration,
  keys,
  loadDraft,
  refine,
  refinementList,
  saveDraft,
} from '../api';
import { showTree } from '../editor/replace';
import { mayWrite } from '../sharing/roles';
import type { Desk, EndedRun } from './desk';
import { useDraftSaving } from './useDraftSaving';

interface Started {
  id: Id;
  feature: Generation['feature'];
  retry: () => void;
  prompt: string | null;
}

function waitsForDecision({ status, hunks }: Refinement): boolean {
  return (
    (status === 'proposed' || status === 'partly_accepted') && hunks.some((hunk) => hunk.state === 'open')
  );
}

/** The state behind the document page. */
export function useDeskState(
  document: Document,
): Desk & { draftError: unknown; isDraftPending: boolean; reloadDraft(): void } {
  const { id } = document;
  const me = useMe();
  const queries = useQueryClient();
  const draft = useQuery(draftQuery(id, document.draftVersion !== null));
  const saving = useDraftSaving(id, me.id, draft.data);
  const [editor, setEditor] = useState<Editor | null>(null);
  const [started, setStarted] = useState<Started | null>(null);
  const [over, setOver] = useState<Id | null>(null);
  const [ended, setEnded] = useState<EndedRun | null>(null);
  const [hunk, setHunk] = useState<number | null>(null);

  const candidate = started?.id ?? document.activeGenerationId;
  const activeId = candidate !== null && candidate !== over ? candidate : null;
  const known = useQuery({
    queryKey: ['generations', activeId],
    queryFn: () => getGeneration(activeId ?? ''),
    enabled: activeId !== null && started === null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const feature = started?.feature ?? known.data?.feature ?? null;

  const refinements = useQuery(refinementList(id));
  const waits = refinements.data?.items.find(waitsForDecision) ?? null;
  // Suggestions are for those who decide about them.
  const refinement = mayWrite(document) ? waits : null;

  const adopt = useCallback(
    (next: Draft) => {
      queries.setQueryData(keys.draft(id), next);
      void queries.invalidateQueries({ queryKey: keys.revisions(id) });
      if (saving && !saving.autosave.adopt(next)) return false;
      if (editor && !editor.isDestroyed) showTree(editor, next.tree);
      return true;
    },
    [queries, id, editor, saving],
  );

  const refresh = useCallback(
    () =>
      Promise.all(
        [keys.one(id), keys.lists, keys.runs(id), keys.refinements(id), ['generations'], ['usage']].map(
          (queryKey) => queries.invalidateQueries({ queryKey }),
        ),
      ),
    [queries, id],
  );

  const onEnd = (generationId: Id, run: StreamedRun) => {
    const view = { id: generationId, feature: feature ?? 'draft', run, connected: true };
    const finish = () => {
      setOver(generationId);
      setStarted(null);
      setEnded(
        run.status === 'done'
          ? null
          : { ...view, retry: started?.retry ?? null, prompt: started?.prompt ?? null },
      );
    };
    if (run.status === 'done' && view.feature === 'draft') {
      // The sheet changes from the streamed text to the editor only when the editor has the result.
      loadDraft(id)
        .then(adopt)
        .catch(() => queries.invalidateQueries({ queryKey: keys.draft(id) }))
        .finally(() => {
          finish();
          void refresh();
        });
    } else {
      void refresh().finally(() => {
        finish();
        const page = queries.getQueryData(refinementList(id).queryKey);
        const result = page?.items.find((item) => item.generationId === generationId);
        if (run.status === 'done' && result?.hunks.length === 0) {
          notifyNote(t('documents.refine.noChanges'));
        }
      });
    }
  };
  const view = useRun(activeId, onEnd);

  // Another window or program wrote the draft; when nothing here is unsaved there is nothing to ask.
  useEffect(() => {
    if (!saving || activeId !== null || document.draftVersion === null) return;
    if (document.draftVersion <= saving.autosave.savedVersion || !saving.autosave.isSaved) return;
    let stale = false;
    loadDraft(id)
      .then((next) => {
        if (!stale && saving.autosave.isSaved && next.version > saving.autosave.savedVersion) adopt(next);
      })
      .catch(() => undefined);
    return () => {
      stale = true;
    };
  }, [document.draftVersion, saving, activeId, id, adopt]);

  const flush = async () => {
    if (!saving || (await saving.autosave.flush())) return true;
    notifyNote(t('documents.save.notYet'), 'amber');
    return false;
  };

  const startBlank = async () => {
    const blank = await saveDraft(id, { type: 'doc', content: [{ type: 'paragraph' }] }, 0);
    queries.setQueryData(keys.draft(id), blank);
    await refresh();
  };

  const startDraft: Desk['startDraft'] = async (request) => {
    if (!(await flush())) return;
    const generation = await generate({ documentId: id, ...request }, newIdempotencyKey());
    setEnded(null);
    setStarted({
      id: generation.id,
      feature: 'draft',
      retry: () => void startDraft(request).catch(notifyFailure),
      prompt: null,
    });
    void refresh();
  };

  const startRefine: Desk['startRefine'] = async (wish) => {
    if (!(await flush())) return;
    const { onlySelection, ...request } = wish;
    const range = editor?.state.selection;
    const answer = await refine(
      {
        documentId: id,
        ...request,
        ...(onlySelection &&
          range &&
          !range.empty &&
          saving && {
            selection: { from: range.from, to: range.to, draftVersion: saving.autosave.savedVersion },
          }),
      },
      newIdempotencyKey(),
    );
    setEnded(null);
    if (answer.status === 'running') {
      setStarted({
        id: answer.generationId,
        feature: 'refine',
        retry: () => void startRefine(wish).catch(notifyFailure),
        prompt: wish.prompt,
      });
    }
    await refresh();
  };

  const stop = async () => {
    if (activeId) await cancelGeneration(activeId).catch(notifyFailure);
  };

  const decide: Desk['decide'] = async (decision, hunks) => {
    if (!refinement || !(await flush())) return;
    const result = await decideHunks(refinement.id, decision, hunks);
    setHunk(null);
    adopt(result.draft);
    queries.setQueryData(
      refinementList(id).queryKey,
      (page) =>
        page && {
          ...page,
          items: page.items.map((item) => (item.id === result.refinement.id ? result.refinement : item)),
        },
    );
    void refresh();
  };

  return {
    document,
    draft: draft.data ?? null,
    draftError: draft.isError ? draft.error : null,
    isDraftPending: draft.isPending && draft.fetchStatus !== 'idle',
    reloadDraft: () => void draft.refetch(),
    saving,
    editor,
    setEditor: useCallback((next: Editor | null) => setEditor(next), []),
    adopt,
    flush,
    active: useMemo(
      () => (activeId && view && feature ? { ...view, id: activeId, feature } : null),
      [activeId, view, feature],
    ),
    ended,
    forgetEnded: () => setEnded(null),
    startBlank,
    startDraft,
    startRefine,
    stop,
    refinement,
    hunk,
    setHunk,
    decide,
  };
}
