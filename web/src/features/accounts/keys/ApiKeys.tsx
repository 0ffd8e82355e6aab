import '../../administration/messages';
import { Button, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiKey } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { ListSkeleton } from '../../../app/Skeletons';
import { Time } from '../../../app/Time';
import { confirmRevocation } from '../../administration/keys/confirmRevocation';
import { KeyExpiry } from '../../administration/keys/KeyExpiry';
import { keyState } from '../../administration/keys/keyState';
import { Pills } from '../../administration/Pills';
import { permissionPills } from '../../administration/permissions';
import { keysQuery, useRevokeKey } from '../api';
import classes from './keys.module.css';
import { NewKeyDialog } from './NewKeyDialog';

/** Keys older than these are shown when asked for. */
const SHOWN = 20;

/** The person's own API keys. */
export function ApiKeys() {
  const keys = useQuery(keysQuery);
  const [making, setMaking] = useState(false);
  const [all, setAll] = useState(false);
  if (keys.isPending) return <ListSkeleton rows={2} />;
  if (keys.isError) return <ErrorNotice error={keys.error} retry={() => void keys.refetch()} />;
  // What can be used comes first, each part newest first as the server gives it.
  const ordered = [...keys.data].sort((a, b) => rank(a) - rank(b));
  const shown = all ? ordered : ordered.slice(0, SHOWN);
  const limit = keys.data[0]?.limitPerMinute;
  return (
    <>
      {shown.length > 0 ? (
        <ul className={classes.list}>
          {shown.map((key) => (
            <KeyRow key={key.id} apiKey={key} />
          ))}
        </ul>
      ) : (
        <Text c="dimmed">{t('administration.keys.noneOwn')}</Text>
      )}
      {shown.length < ordered.length && (
        <Button variant="subtle" size="xs" mt="xs" onClick={() => setAll(true)}>
          {t('administration.keys.showAll', { count: ordered.length })}
        </Button>
      )}
      <Button mt="md" variant="default" leftSection={<IconPlus size={18} />} onClick={() => setMaking(true)}>
        {t('administration.keys.new')}
      </Button>
      {limit !== undefined && (
        <Text c="dimmed" fz="xs" mt="xs">
          {t('administration.keys.limit', { number: formatNumber(limit) })}
        </Text>
      )}
      <NewKeyDialog opened={making} onClose={() => setMaking(false)} />
    </>
  );
}

function rank(key: ApiKey): number {
  return keyState(key) === 'live' ? 0 : 1;
}

function KeyRow({ apiKey }: { apiKey: ApiKey }) {
  const revoke = useRevokeKey();
  const live = keyState(apiKey) === 'live';
  return (
    <li className={classes.row} data-dead={!live || undefined}>
      <IconKey size={20} />
      <div className={classes.text}>
        <Text fw={500} className={classes.name}>
          {apiKey.name} <span className={classes.prefix}>{apiKey.prefix}…</span>
        </Text>
        <div className={classes.scopes}>
          <Pills of={permissionPills(apiKey.scopes)} />
        </div>
        <Text component="div" c="dimmed" fz="xs" className={classes.times}>
          <span>
            {apiKey.lastUsedAt ? (
              <>
                {t('administration.keys.lastUsed')} <Time at={apiKey.lastUsedAt} />
              </>
            ) : (
              t('administration.keys.neverUsed')
            )}
          </span>
          <span>
            {live && `${t('administration.keys.expires')} `}
            <KeyExpiry apiKey={apiKey} />
          </span>
        </Text>
      </div>
      {live && (
        <Button
          variant="default"
          size="xs"
          loading={revoke.isPending}
          aria-label={t('administration.keys.revokeOf', { name: apiKey.name })}
          onClick={() =>
            confirmRevocation(apiKey, () =>
              revoke.mutate(apiKey.id, {
                onSuccess: () => notifyDone(t('administration.keys.revokedDone', { name: apiKey.name })),
                onError: notifyFailure,
              }),
            )
          }
        >
          {t('administration.keys.revoke')}
        </Button>
      )}
    </li>
  );
}
