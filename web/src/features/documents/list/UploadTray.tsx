import { ActionIcon, Button, Group, Progress, Text, Tooltip } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconRefresh, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { explain } from '../../../app/explain';
import { formatBytes } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkAnchor } from '../../../app/links';
import { keys } from '../api';
import classes from './list.module.css';
import { tray, useUploads } from './tray';
import type { Upload } from './uploads';

/** How long a tray without trouble stays, in milliseconds. */
const GOOD_NEWS = 5_000;

function stepText(upload: Upload): string {
  switch (upload.step) {
    case 'waiting':
      return t('documents.upload.waiting');
    case 'asking':
      return t('documents.upload.asking');
    case 'sending':
      return t('documents.upload.sending', {
        sent: formatBytes(upload.sent),
        size: formatBytes(upload.size),
      });
    case 'checking':
      return t('documents.upload.checking');
    case 'done':
      return t('documents.upload.done');
    case 'stopped':
      return t('documents.upload.stopped');
    case 'failed':
      return explain(upload.error).happened;
  }
}

function UploadRow({ upload }: { upload: Upload }) {
  const { id, name, step } = upload;
  const busy = ['waiting', 'asking', 'sending', 'checking'].includes(step);
  const percent = upload.size > 0 ? (100 * upload.sent) / upload.size : 100;
  const todo = step === 'failed' ? explain(upload.error).todo : null;
  return (
    <li className={classes.upload}>
      <Group gap="xs" wrap="nowrap" justify="space-between">
        <div className={classes.uploadName}>
          {upload.document ? (
            <LinkAnchor to="/documents/$documentId" params={{ documentId: upload.document.id }}>
              {name}
            </LinkAnchor>
          ) : (
            name
          )}
        </div>
        <Group gap={0} wrap="nowrap">
          {(step === 'stopped' || (step === 'failed' && upload.retryable)) && (
            <Tooltip label={t('app.tryAgain')}>
              <ActionIcon
                size="md"
                aria-label={t('documents.upload.retry', { name })}
                onClick={() => tray.retry(id)}
              >
                <IconRefresh size={16} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={busy ? t('documents.upload.stop') : t('documents.upload.dismiss')}>
            <ActionIcon
              size="md"
              aria-label={t(busy ? 'documents.upload.stopNamed' : 'documents.upload.dismissNamed', { name })}
              onClick={() => (busy ? tray.stop(id) : tray.dismiss(id))}
            >
              <IconX size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {busy && (
        <Progress
          value={step === 'waiting' || step === 'asking' ? 0 : percent}
          size={4}
          animated={step === 'checking'}
          aria-label={t('documents.upload.progress', { name })}
        />
      )}
      <Text fz="xs" c={step === 'failed' ? 'red' : 'dimmed'} className={classes.uploadStep}>
        {stepText(upload)} {todo}
      </Text>
    </li>
  );
}

/** Files on their way in, floating over whatever page is open. */
export function UploadTray() {
  const uploads = useUploads();
  const queries = useQueryClient();
  const [open, setOpen] = useState(true);

  useEffect(() => tray.onArrival(() => void queries.invalidateQueries({ queryKey: keys.lists })), [queries]);

  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (tray.isBusy) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, []);

  const over = uploads.every((upload) => ['done', 'failed', 'stopped'].includes(upload.step));
  const arrived = over && uploads.some((upload) => upload.step === 'done');
  useEffect(() => {
    if (!arrived) return;
    // Good news needs no keeping; whatever failed or stopped stays.
    const timer = setTimeout(() => tray.dismissFinished(), GOOD_NEWS);
    return () => clearTimeout(timer);
  }, [arrived]);

  if (uploads.length === 0) return null;
  const done = uploads.filter((upload) => upload.step === 'done').length;
  const failed = uploads.filter((upload) => upload.step === 'failed').length;
  const summary =
    failed > 0
      ? t('documents.upload.summaryFailed', { done, total: uploads.length, count: failed })
      : t('documents.upload.summary', { done, count: uploads.length });
  return (
    <section className={classes.tray} aria-label={t('documents.upload.tray')}>
      <Group justify="space-between" wrap="nowrap" className={classes.trayTop}>
        <Text fw={600} role="status">
          {summary}
        </Text>
        <Group gap={0} wrap="nowrap">
          {done > 0 && (
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => tray.dismissFinished()}>
              {t('documents.upload.clear')}
            </Button>
          )}
          <ActionIcon
            size="md"
            aria-expanded={open}
            aria-label={t(open ? 'documents.upload.fold' : 'documents.upload.unfold')}
            onClick={() => setOpen(!open)}
          >
            {open ? <IconChevronDown size={16} /> : <IconChevronUp size={16} />}
          </ActionIcon>
        </Group>
      </Group>
      {open && (
        <ul className={classes.uploads}>
          {uploads.map((upload) => (
            <UploadRow key={upload.id} upload={upload} />
          ))}
        </ul>
      )}
    </section>
  );
}
