import { Alert, Badge, Button, Loader, Table, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { EncryptionState, FieldKey } from '../../../api/types';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { Time } from '../../../app/Time';
import classes from '../administration.module.css';
import { encryptionQuery, useRotateKeys } from '../api';
import { Intro } from '../Intro';
import { Loaded } from '../Loaded';

const KMS = 'kms:';

/** How personal data and secrets are sealed, with which keys, and how these are replaced. */
export function EncryptionPage() {
  const state = useQuery(encryptionQuery);
  const rotate = useRotateKeys();
  const confirm = () =>
    modals.openConfirmModal({
      title: t('administration.encryption.rotateTitle'),
      children: <Text>{t('administration.encryption.rotateText')}</Text>,
      labels: { confirm: t('administration.encryption.rotate'), cancel: t('app.cancel') },
      onConfirm: () =>
        rotate.mutate(undefined, {
          onSuccess: () => notifyDone(t('administration.encryption.rotating')),
          onError: notifyFailure,
        }),
    });
  return (
    <>
      <Intro
        title={t('administration.encryption.title')}
        text={t('administration.encryption.text')}
        actions={
          state.data && (
            <Button
              leftSection={<IconRefresh size={18} />}
              loading={rotate.isPending}
              disabled={state.data.rotation.running}
              onClick={confirm}
            >
              {t('administration.encryption.rotate')}
            </Button>
          )
        }
      />
      <Loaded query={state} skeleton={<TextSkeleton lines={5} />}>
        {(found) => <Encryption state={found} />}
      </Loaded>
    </>
  );
}

function Encryption({ state }: { state: EncryptionState }) {
  const { provider, rotation, keys } = state;
  const left = keys.reduce((sum, { sealedLeft }) => sum + (sealedLeft ?? 0), 0);
  return (
    <>
      {rotation.running && (
        <Alert
          mb="md"
          color="gray"
          role="status"
          icon={<Loader size={18} />}
          title={t('administration.encryption.running')}
        >
          {t('administration.encryption.runningText', { count: left })}
        </Alert>
      )}
      <div className={classes.card}>
        <dl className={classes.facts}>
          <dt>{t('administration.encryption.provider')}</dt>
          <dd>
            {provider.startsWith(KMS)
              ? t('administration.encryption.providerKms', { name: provider.slice(KMS.length) })
              : t('administration.encryption.providerLocal')}
          </dd>
          <dt>{t('administration.encryption.last')}</dt>
          <dd>
            {rotation.lastAt ? <Time at={rotation.lastAt} /> : t('administration.encryption.neverRotated')}
          </dd>
          <dt>{t('administration.encryption.schedule')}</dt>
          <dd>
            {rotation.everyDays > 0
              ? t('administration.encryption.everyDays', { count: rotation.everyDays })
              : t('administration.encryption.noSchedule')}
          </dd>
        </dl>
      </div>
      <div className={`${classes.tableFrame} ${classes.below}`}>
        <Table className={classes.table} aria-label={t('administration.encryption.keys')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{t('administration.encryption.key')}</Table.Th>
              <Table.Th scope="col">{t('administration.encryption.state')}</Table.Th>
              <Table.Th scope="col">{t('administration.encryption.made')}</Table.Th>
              <Table.Th scope="col" ta="end">
                {t('administration.encryption.left')}
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {keys.map((key) => (
              <KeyRow key={key.id} fieldKey={key} />
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </>
  );
}

type State = 'active' | 'replacing' | 'retired' | 'destroyed';
const COLORS: Record<State, string> = {
  active: 'green',
  replacing: 'amber',
  retired: 'gray',
  destroyed: 'gray',
};

function stateOf(key: FieldKey): State {
  if (key.active) return 'active';
  if (key.destroyedAt !== null) return 'destroyed';
  return key.retiredAt === null ? 'replacing' : 'retired';
}

function KeyRow({ fieldKey }: { fieldKey: FieldKey }) {
  const state = stateOf(fieldKey);
  const since = fieldKey.destroyedAt ?? fieldKey.retiredAt;
  return (
    <Table.Tr>
      <Table.Td>
        <span className={classes.code}>{fieldKey.id}</span>
      </Table.Td>
      <Table.Td data-label={t('administration.encryption.state')}>
        <span>
          <Badge color={COLORS[state]}>{t(`administration.encryption.states.${state}`)}</Badge>{' '}
          {since && (
            <span className={classes.quiet}>
              <Time at={since} />
            </span>
          )}
        </span>
      </Table.Td>
      <Table.Td data-label={t('administration.encryption.made')} className={classes.quiet}>
        <span>
          <Time at={fieldKey.createdAt} />
        </span>
      </Table.Td>
      <Table.Td
        data-label={t('administration.encryption.left')}
        data-empty={fieldKey.sealedLeft === null || undefined}
        className={`${classes.quiet} ${classes.number}`}
      >
        {fieldKey.sealedLeft === null ? '–' : formatNumber(fieldKey.sealedLeft)}
      </Table.Td>
    </Table.Tr>
  );
}
