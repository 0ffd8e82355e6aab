import { ActionIcon, Loader, Popover, Progress, Text, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconBell } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Processing } from '../../api/types';
import { t } from '../../app/i18n';
import { LinkBlock } from '../../app/links';
import { usePermission } from '../../app/session';
import { Time } from '../../app/Time';
import { progressText } from '../documents/ai/progressText';
import { fractionDone } from '../documents/ai/stream';
import { documentQuery } from '../documents/api';
import { failureText } from '../documents/failure';
import { processingText } from '../documents/StatusPill';
import type { Failed, Running } from './activity';
import classes from './activity.module.css';
import { useActivity } from './useActivity';

/** The bell: what the server does for the person right now, and what failed. */
export function ActivityBell({ onGo }: { onGo?: () => void }) {
  const enabled = usePermission('documents:use');
  const { running, failed } = useActivity(enabled);
  const [opened, { toggle, close }] = useDisclosure(false);
  if (!enabled) return null;
  const label = [
    t('app.activity'),
    running.length > 0 && t('app.activityRunning', { count: running.length }),
    failed.length > 0 && t('app.activityFailed', { count: failed.length }),
  ]
    .filter(Boolean)
    .join(', ');
  const go = () => {
    close();
    onGo?.();
  };
  return (
    <Popover
      opened={opened}
      onDismiss={close}
      position="bottom-start"
      width={340}
      trapFocus
      returnFocus
      // What it half covers must not be hit by mistake (WCAG 2.5.8).
      withOverlay
      overlayProps={{ backgroundOpacity: 0 }}
      keepMounted={false}
    >
      <Popover.Target>
        <Tooltip label={label} disabled={opened}>
          <ActionIcon onClick={toggle} aria-label={label} className={classes.bell}>
            <span className={classes.icon}>
              <IconBell size={20} />
              {failed.length > 0 && <span className={classes.dot} aria-hidden="true" />}
            </span>
            {running.length > 0 && <Loader size={30} className={classes.turning} aria-hidden="true" />}
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={t('app.activity')} className={classes.panel}>
        <Text fw={600} className={classes.head} tabIndex={-1} data-autofocus>
          {t('app.activity')}
        </Text>
        {running.length + failed.length === 0 && (
          <Text c="dimmed" className={classes.none}>
            {t('app.activityNone')}
          </Text>
        )}
        <ul className={classes.list}>
          {running.map((item) => (
            <RunningRow key={item.key} item={item} onGo={go} />
          ))}
          {failed.map((item) => (
            <FailedRow key={item.key} item={item} onGo={go} />
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The title of a document that is not among the newest. */
function DocumentTitle({ documentId, title }: { documentId: string; title: string | null }) {
  const found = useQuery({ ...documentQuery(documentId), enabled: title === null });
  return <span className={classes.title}>{title ?? found.data?.title ?? t('app.untitled')}</span>;
}

function partOf(processing: Processing | null): number | null {
  return processing?.total ? processing.done / processing.total : null;
}

function RunningRow({ item, onGo }: { item: Running; onGo: () => void }) {
  const { document, run } = item;
  const processing = document?.processing ?? null;
  const text = run
    ? progressText(run.progress)
    : processing
      ? processingText(processing)
      : t('documents.processing.drafting');
  const fraction = run ? fractionDone(run.progress) : partOf(processing);
  return (
    <li>
      <LinkBlock
        to="/documents/$documentId"
        params={{ documentId: item.documentId }}
        className={classes.row}
        onClick={onGo}
      >
        <Loader size={16} aria-hidden="true" />
        <span className={classes.words}>
          <DocumentTitle documentId={item.documentId} title={item.title} />
          <span className={classes.note}>{text}</span>
          {fraction !== null && <Progress size={3} mt={4} value={100 * fraction} aria-hidden="true" />}
        </span>
      </LinkBlock>
    </li>
  );
}

function FailedRow({ item, onGo }: { item: Failed; onGo: () => void }) {
  return (
    <li>
      <LinkBlock
        to="/documents/$documentId"
        params={{ documentId: item.documentId }}
        className={classes.row}
        onClick={onGo}
      >
        <IconAlertTriangle size={18} className={classes.failed} aria-hidden="true" />
        <span className={classes.words}>
          <DocumentTitle documentId={item.documentId} title={item.title} />
          <span className={classes.note}>
            {item.failure ? failureText(item.failure) : t('app.activityInterrupted')} · <Time at={item.at} />
          </span>
        </span>
      </LinkBlock>
    </li>
  );
}
