import { Badge, Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import type { AuditEvent } from '../../../api/types';
import { formatExact, formatNumber } from '../../../app/format';
import { messageOrNull, t } from '../../../app/i18n';
import { LinkButton } from '../../../app/links';
import { useMe } from '../../../app/session';
import classes from '../administration.module.css';
import { auditActionsQuery } from '../api';
import {
  actionTitle,
  actorName,
  credentialTitle,
  detailText,
  kindTitle,
  outcomeColor,
  outcomeTitle,
} from './auditWords';
import type { AuditSearch } from './filters';

interface EventDrawerProps {
  event: AuditEvent | null;
  onClose: () => void;
  /** Shows only the events that match. */
  onNarrow: (search: AuditSearch) => void;
}

/** Everything that was recorded about one event. */
export function EventDrawer({ event, onClose, onNarrow }: EventDrawerProps) {
  // While the drawer slides away it still shows what it showed.
  const last = useRef(event);
  if (event) last.current = event;
  const shown = last.current;
  return (
    <Drawer
      opened={event !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={shown ? t('administration.audit.event', { number: formatNumber(shown.seq) }) : ''}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {shown && <EventFacts event={shown} onNarrow={onNarrow} />}
    </Drawer>
  );
}

function EventFacts({ event, onNarrow }: { event: AuditEvent; onNarrow: (search: AuditSearch) => void }) {
  const actions = useQuery(auditActionsQuery);
  // The title says it in the person's language; what this version has no words for, the server explains.
  const meaning =
    actionTitle(event.action) === event.action
      ? actions.data?.find(({ name }) => name === event.action)?.meaning
      : undefined;
  const { actor, target } = event;
  return (
    <Stack>
      <div>
        <Text fw={600}>
          {actionTitle(event.action)}{' '}
          <Badge ms={4} color={outcomeColor(event.outcome)}>
            {outcomeTitle(event.outcome)}
          </Badge>
        </Text>
        {meaning && <Text c="dimmed">{meaning}</Text>}
      </div>
      <dl className={classes.facts}>
        <dt>{t('administration.audit.when')}</dt>
        <dd>{formatExact(event.at)}</dd>
        <dt>{t('administration.audit.who')}</dt>
        <dd>
          {actorName(event)}
          {actor && <span className={`${classes.sub} ${classes.code}`}>{actor.id}</span>}
        </dd>
        {target && (
          <>
            <dt>{t('administration.audit.target')}</dt>
            <dd>
              {kindTitle(target.kind)}
              <span className={`${classes.sub} ${classes.code}`}>{target.id}</span>
            </dd>
          </>
        )}
        {Object.entries(event.detail ?? {}).map(([name, value]) => (
          <DetailFact key={name} name={name} value={value} />
        ))}
        <Fact title={t('administration.audit.credentialTitle')}>
          {event.credential && credentialTitle(event.credential)}
        </Fact>
        <Fact title={t('administration.audit.address')}>{event.address}</Fact>
        <Fact title={t('app.errorRequest')}>{event.requestId}</Fact>
        <Fact title={t('administration.audit.hash')}>{event.hash}</Fact>
      </dl>
      <Group gap="xs">
        {target && <OpenTarget kind={target.kind} id={target.id} />}
        {actor && (
          <Button variant="default" size="xs" onClick={() => onNarrow({ actor: actor.id })}>
            {t('administration.audit.allByActor')}
          </Button>
        )}
        {target && (
          <Button
            variant="default"
            size="xs"
            onClick={() => onNarrow({ kind: target.kind, target: target.id })}
          >
            {t('administration.audit.allOnTarget')}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

function Fact({ title, children }: { title: string; children: string | null }) {
  if (!children) return null;
  return (
    <>
      <dt>{title}</dt>
      <dd className={classes.code}>{children}</dd>
    </>
  );
}

function DetailFact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{messageOrNull(`administration.audit.detail.${name}`) ?? name}</dt>
      <dd>{detailText(value)}</dd>
    </>
  );
}

/** Leads to the thing itself, for those who may see it. */
function OpenTarget({ kind, id }: { kind: string; id: string }) {
  const { permissions } = useMe();
  const label = t('administration.audit.openTarget', { kind: kindTitle(kind) });
  if (kind === 'person' && permissions.includes('people:manage')) {
    return (
      <LinkButton variant="default" size="xs" to="/admin/people" search={{ person: id }}>
        {label}
      </LinkButton>
    );
  }
  if (kind === 'group' && permissions.includes('people:manage')) {
    return (
      <LinkButton variant="default" size="xs" to="/admin/groups" search={{ group: id }}>
        {label}
      </LinkButton>
    );
  }
  if (kind === 'role' && permissions.includes('roles:manage')) {
    return (
      <LinkButton variant="default" size="xs" to="/admin/roles" search={{ role: id }}>
        {label}
      </LinkButton>
    );
  }
  return null;
}
