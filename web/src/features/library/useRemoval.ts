import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { explainInOneLine } from '../../app/explain';
import { t } from '../../app/i18n';
import { notifyUndo } from '../../app/notify';
import { isList, removeFrom, type Shelf } from './api';
import { removals } from './removals';

/** The ids of things that were deleted, or are about to be: lists leave them out. */
export function useHidden(): ReadonlySet<string> {
  return useSyncExternalStore(removals.subscribe, () => removals.hidden);
}

/** Deletes something and offers to take it back for a few seconds. */
export function useRemoval(shelf: Shelf) {
  const cache = useQueryClient();
  return (id: string, name: string) => {
    removals.begin(
      id,
      (keepalive) => removeFrom(shelf, id, keepalive),
      (outcome, error) => {
        if (outcome === 'removed') {
          cache.removeQueries({ queryKey: [shelf, 'one', id] });
        } else {
          notifications.show({
            color: 'red',
            role: 'alert',
            title: t('library.removal.failed', { name }),
            message: explainInOneLine(error),
          });
        }
        void cache.invalidateQueries({ queryKey: [shelf], predicate: isList });
      },
    );
    notifyUndo(t('library.removal.done', { name }), () => {
      if (!removals.undo(id)) {
        notifications.show({ color: 'red', role: 'alert', message: t('library.removal.late', { name }) });
      }
    });
  };
}
