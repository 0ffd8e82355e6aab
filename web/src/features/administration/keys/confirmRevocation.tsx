import { Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import type { ApiKey } from '../../../api/types';
import { t } from '../../../app/i18n';

/** Asks before a key is revoked: it can't be undone. */
export function confirmRevocation({ name }: ApiKey, revoke: () => void) {
  modals.openConfirmModal({
    title: t('administration.keys.revokeTitle', { name }),
    children: <Text>{t('administration.keys.revokeText')}</Text>,
    labels: { confirm: t('administration.keys.revoke'), cancel: t('app.cancel') },
    confirmProps: { color: 'red' },
    onConfirm: revoke,
  });
}
