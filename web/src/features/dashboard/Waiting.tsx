import { Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconEyeOff } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Document, Export } from '../../api/types';
import { t } from '../../app/i18n';
import { LinkAnchor } from '../../app/links';
import { Time } from '../../app/Time';
import { failureText } from '../documents/failure';
import classes from './dashboard.module.css';

/** What needs the person: failures first, then sources without text, then files ready to take. */
export function Waiting(props: { failed: Document[]; recent: Document[]; exports: Export[] }) {
  const unread = props.recent.filter((document) => document.ocr === 'needed' && document.status !== 'failed');
  // Newest first: one line for each document is enough.
  const ready = props.exports.filter(
    ({ status, documentId }, index, all) =>
      status === 'ready' && all.findIndex((made) => made.documentId === documentId) === index,
  );
  const lost = props.exports.filter(({ status }) => status === 'failed');
  if (props.failed.length + unread.length + ready.length + lost.length === 0) return null;
  return (
    <section aria-labelledby="waiting" className={classes.section}>
      <Title order={2} size="h3" id="waiting">
        {t('dashboard.waiting')}
      </Title>
      <ul className={classes.list}>
        {props.failed.map((document) => (
          <Row
            key={document.id}
            icon={<IconAlertTriangle size={20} className={classes.failed} />}
            title={document.title}
            text={document.failure ? failureText(document.failure) : t('dashboard.failed')}
            at={document.failure?.at ?? document.updatedAt}
            action={
              <LinkAnchor to="/documents/$documentId" params={{ documentId: document.id }}>
                {t('dashboard.look')}
              </LinkAnchor>
            }
          />
        ))}
        {lost.map((made) => (
          <Row
            key={made.id}
            icon={<IconAlertTriangle size={20} className={classes.failed} />}
            title={made.documentTitle}
            text={made.failure ? failureText(made.failure) : t('dashboard.exportFailed')}
            at={made.createdAt}
            action={
              <LinkAnchor to="/documents/$documentId" params={{ documentId: made.documentId }}>
                {t('dashboard.look')}
              </LinkAnchor>
            }
          />
        ))}
        {unread.map((document) => (
          <Row
            key={document.id}
            icon={<IconEyeOff size={20} className={classes.warned} />}
            title={document.title}
            text={t('dashboard.needsOcr')}
            at={document.updatedAt}
            action={
              <LinkAnchor to="/documents/$documentId" params={{ documentId: document.id }}>
                {t('dashboard.look')}
              </LinkAnchor>
            }
          />
        ))}
        {ready.map((made) => (
          <Row
            key={made.id}
            icon={<IconCircleCheck size={20} className={classes.ready} />}
            title={made.documentTitle}
            text={t('dashboard.exportReady', { file: made.fileName })}
            at={made.createdAt}
            action={<LinkAnchor to="/exports">{t('dashboard.toExports')}</LinkAnchor>}
          />
        ))}
      </ul>
    </section>
  );
}

function Row(props: { icon: ReactNode; title: string; text: string; at: string; action: ReactNode }) {
  return (
    <li className={classes.waiting}>
      {props.icon}
      <div className={classes.waitingText}>
        <Text fw={500}>{props.title}</Text>
        <Text c="dimmed" fz="xs">
          {props.text} · <Time at={props.at} />
        </Text>
      </div>
      {props.action}
    </li>
  );
}
