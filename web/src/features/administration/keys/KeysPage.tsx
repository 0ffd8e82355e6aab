import { Button, Table } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { OwnedApiKey } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { t } from '../../../app/i18n';
import { LinkAnchor } from '../../../app/links';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { usePermission } from '../../../app/session';
import { Time } from '../../../app/Time';
import { More } from '../../library/More';
import classes from '../administration.module.css';
import { allKeysQuery, useRevokeAnyKey } from '../api';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';
import { Pills } from '../Pills';
import { permissionPills } from '../permissions';
import { confirmRevocation } from './confirmRevocation';
import { KeyExpiry } from './KeyExpiry';
import { keyState } from './keyState';

/** The API keys of everyone. */
export function KeysPage() {
  const keys = useInfiniteQuery(allKeysQuery());
  return (
    <>
      <Intro title={t('administration.keys.title')} text={t('administration.keys.text')} />
      <Loaded query={keys}>
        {(found) =>
          found.length === 0 ? (
            <EmptyState icon={<IconKey />} title={t('administration.keys.empty')}>
              {t('administration.keys.emptyText')}
            </EmptyState>
          ) : (
            <>
              <div className={classes.tableFrame}>
                <Table className={classes.table} aria-label={t('administration.keys.title')}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th scope="col">{t('administration.keys.name')}</Table.Th>
                      <Table.Th scope="col">{t('administration.keys.owner')}</Table.Th>
                      <Table.Th scope="col">{t('administration.keys.scopes')}</Table.Th>
                      <Table.Th scope="col">{t('administration.keys.lastUsed')}</Table.Th>
                      <Table.Th scope="col">{t('administration.keys.expires')}</Table.Th>
                      <Table.Th scope="col">
                        <span className="visually-hidden">{t('administration.actions')}</span>
                      </Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {found.map((key) => (
                      <KeyRow key={key.id} apiKey={key} />
                    ))}
                  </Table.Tbody>
                </Table>
              </div>
              <More list={keys} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function KeyRow({ apiKey }: { apiKey: OwnedApiKey }) {
  const seesPeople = usePermission('people:manage');
  const revoke = useRevokeAnyKey();
  const { owner } = apiKey;
  return (
    <Table.Tr>
      <Table.Td>
        <strong className={classes.name}>{apiKey.name}</strong>
        <span className={`${classes.sub} ${classes.code}`}>{apiKey.prefix}…</span>
      </Table.Td>
      <Table.Td data-label={t('administration.keys.owner')}>
        <span>
          {seesPeople ? (
            <LinkAnchor to="/admin/people" search={{ person: owner.id }}>
              {owner.name || t('administration.someone')}
            </LinkAnchor>
          ) : (
            owner.name || t('administration.someone')
          )}
        </span>
      </Table.Td>
      <Table.Td data-label={t('administration.keys.scopes')}>
        <Pills of={permissionPills(apiKey.scopes)} most={2} />
      </Table.Td>
      <Table.Td
        data-label={t('administration.keys.lastUsed')}
        className={`${classes.quiet} ${classes.nowrap}`}
      >
        <span>
          {apiKey.lastUsedAt ? <Time at={apiKey.lastUsedAt} /> : t('administration.keys.neverUsed')}
        </span>
      </Table.Td>
      <Table.Td
        data-label={t('administration.keys.expires')}
        className={`${classes.quiet} ${classes.nowrap}`}
      >
        <KeyExpiry apiKey={apiKey} />
      </Table.Td>
      <Table.Td data-cell="button">
        {keyState(apiKey) === 'live' && (
          <div className={classes.rowActions}>
            <Button
              size="xs"
              variant="default"
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
          </div>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
