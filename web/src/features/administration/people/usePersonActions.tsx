import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { AdminPerson } from '../../../api/types';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure, notifyUndo } from '../../../app/notify';
import { useChangePerson, useSignPersonOut } from '../api';

/** What can be done to a person at once, without editing them. */
export function usePersonActions({ id, name }: Pick<AdminPerson, 'id' | 'name'>) {
  const change = useChangePerson();
  const out = useSignPersonOut();

  const put = (disabled: boolean) => change.mutateAsync({ id, body: { disabled } });

  /** Switches the account off or on, and offers to take it back. */
  const setDisabled = (disabled: boolean) => {
    put(disabled).then(
      () =>
        notifyUndo(
          t(disabled ? 'administration.people.disabledDone' : 'administration.people.enabledDone', { name }),
          async () => {
            await put(!disabled);
          },
        ),
      notifyFailure,
    );
  };

  const signOut = () =>
    modals.openConfirmModal({
      title: t('administration.people.signOutTitle', { name }),
      children: <Text>{t('administration.people.signOutText')}</Text>,
      labels: { confirm: t('administration.people.signOut'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        out.mutate(id, {
          onSuccess: () => notifyDone(t('administration.people.signedOut', { name })),
          onError: notifyFailure,
        }),
    });

  return { setDisabled, signOut, busy: change.isPending || out.isPending };
}
