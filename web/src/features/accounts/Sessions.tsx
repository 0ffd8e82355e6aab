import { Badge, Button, Text } from '@mantine/core';
import { IconDeviceDesktop, IconKey } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Session } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { notifyFailure } from '../../app/notify';
import { ListSkeleton } from '../../app/Skeletons';
import { Time } from '../../app/Time';
import { sessionsQuery, useEndSession } from './api';
import { browserName } from './browserName';
import classes from './sessions.module.css';

/** Where the person is signed in, each with a way to end it. */
export function Sessions() {
  const sessions = useQuery(sessionsQuery);
  if (sessions.isPending) return <ListSkeleton rows={2} />;
  if (sessions.isError) return <ErrorNotice error={sessions.error} retry={() => void sessions.refetch()} />;
  const ordered = [...sessions.data].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt.localeCompare(a.lastSeenAt),
  );
  return (
    <ul className={classes.list}>
      {ordered.map((session) => (
        <SessionRow key={session.id} session={session} />
      ))}
    </ul>
  );
}

/** Where a session was used from, as far as this server's API says it. */
interface Whereabouts {
  address?: string | null;
  place?: string | null;
}

function SessionRow({ session }: { session: Session }) {
  const end = useEndSession();
  const device =
    session.kind === 'token'
      ? t('accounts.sessionProgram')
      : (browserName(session.userAgent) ?? t('accounts.sessionBrowser'));
  const { address, place } = session as Session & Whereabouts;
  return (
    <li className={classes.row}>
      {session.kind === 'token' ? <IconKey size={20} /> : <IconDeviceDesktop size={20} />}
      <div className={classes.text}>
        <Text fw={500}>
          {device} {session.current && <Badge ms={4}>{t('accounts.sessionThis')}</Badge>}
        </Text>
        <Text c="dimmed" fz="xs">
          {t('accounts.sessionSeen')} <Time at={session.lastSeenAt} />
          {address && ` · ${address}`}
          {place && ` · ${place}`}
        </Text>
      </div>
      {!session.current && (
        <Button
          variant="default"
          size="xs"
          loading={end.isPending}
          aria-label={t('accounts.endSessionOf', { device })}
          onClick={() => end.mutate(session.id, { onError: notifyFailure })}
        >
          {t('accounts.endSession')}
        </Button>
      )}
    </li>
  );
}
