import { type InfiniteData, useQueryClient } from '@tanstack/react-query';
import type { Document, Id, Page } from '../../../api/types';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailureOf, notifyUndo } from '../../../app/notify';
import { keys, trashDocument, undeleteDocument } from '../api';

/** Moving documents to the Trash and back: at once on screen, undone with one click, honest when it fails. */
export function useTrash() {
  const queries = useQueryClient();

  const hide = async (ids: readonly Id[]) => {
    await queries.cancelQueries({ queryKey: keys.lists });
    const without = (items: Document[]) => items.filter((item) => !ids.includes(item.id));
    // The dashboard and the rail keep their short lists, plain ones, under the same key.
    queries.setQueriesData<InfiniteData<Page<Document>> | Document[]>({ queryKey: keys.lists }, (data) => {
      if (!data) return data;
      if (Array.isArray(data)) return without(data);
      return { ...data, pages: data.pages.map((page) => ({ ...page, items: without(page.items) })) };
    });
  };

  const each = async (ids: readonly Id[], act: (id: Id) => Promise<unknown>): Promise<Id[]> => {
    await hide(ids);
    const results = await Promise.allSettled(ids.map(act));
    const refused = results.filter((result) => result.status === 'rejected');
    if (refused[0]) {
      notifyFailureOf(t('documents.trash.failed', { count: refused.length }), refused[0].reason);
    }
    for (const id of ids) void queries.invalidateQueries({ queryKey: keys.one(id) });
    await queries.invalidateQueries({ queryKey: keys.lists });
    return ids.filter((_, index) => results[index]?.status === 'fulfilled');
  };

  const restore = async (ids: readonly Id[]) => {
    const restored = await each(ids, undeleteDocument);
    if (restored.length > 0) {
      notifyDone(t('documents.trash.restored', { count: restored.length }));
    }
  };

  const trash = async (documents: readonly Pick<Document, 'id' | 'title'>[]) => {
    const removed = await each(
      documents.map(({ id }) => id),
      trashDocument,
    );
    if (removed.length === 0) return;
    const only = removed.length === 1 ? documents.find(({ id }) => id === removed[0]) : undefined;
    notifyUndo(
      only
        ? t('documents.trash.movedOne', { title: only.title })
        : t('documents.trash.moved', { count: removed.length }),
      () => restore(removed),
    );
  };

  return { trash, restore };
}
