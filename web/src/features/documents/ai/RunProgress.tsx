import { Button, CloseButton, Group, Progress, Text } from '@mantine/core';
import { IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { formatCost } from '../../../app/format';
import { t } from '../../../app/i18n';
import { type ActiveRun, type EndedRun, useDesk } from '../document/desk';
import { failureText } from '../failure';
import { mayWrite } from '../sharing/roles';
import classes from './ai.module.css';
import { progressText } from './progressText';
import { fractionDone } from './stream';

/** Past this many milliseconds people are told that they may leave. */
const LONG = 10_000;

/** A run at work: what it does right now, how far it is, what it cost so far, and the way to stop it. */
export function RunProgress({ active }: { active: ActiveRun }) {
  const desk = useDesk();
  const { run, connected } = active;
  const fraction = fractionDone(run.progress);
  const [stopping, setStopping] = useState(false);
  const [isLong, setLong] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each run has its own clock
  useEffect(() => {
    setLong(false);
    setStopping(false);
    const timer = setTimeout(() => setLong(true), LONG);
    return () => clearTimeout(timer);
  }, [active.id]);
  const text = connected ? progressText(run.progress) : t('documents.run.reconnecting');
  return (
    <div className={classes.progress}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text fw={500} role="status">
          {text}
        </Text>
        <Group gap="xs" wrap="nowrap">
          {run.costMicros > 0 && (
            <Text fz="xs" c="dimmed">
              {formatCost(run.costMicros)}
            </Text>
          )}
          {mayWrite(desk.document) && (
            <Button
              size="compact-sm"
              variant="default"
              leftSection={<IconPlayerStop size={14} />}
              loading={stopping}
              onClick={() => {
                setStopping(true);
                void desk.stop().finally(() => setStopping(false));
              }}
            >
              {t('documents.run.stop')}
            </Button>
          )}
        </Group>
      </Group>
      <Progress
        size={4}
        value={fraction === null ? 100 : 100 * fraction}
        animated={fraction === null}
        striped={fraction === null}
        aria-label={text}
      />
      {isLong && (
        <Text fz="xs" c="dimmed">
          {t('documents.run.leave')}
        </Text>
      )}
    </div>
  );
}

/** A run that ended without its result: why, and the way to try again. Nothing of the draft was changed. */
export function RunEnded({ ended }: { ended: EndedRun }) {
  const desk = useDesk();
  const { run, feature, retry } = ended;
  const stopped = run.status === 'cancelled';
  return (
    <div
      className={classes.ended}
      data-tone={stopped ? undefined : 'danger'}
      role={stopped ? 'status' : 'alert'}
    >
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Text fw={600}>
            {stopped
              ? t('documents.run.stopped')
              : t(feature === 'draft' ? 'documents.run.draftFailed' : 'documents.run.refineFailed')}
          </Text>
          {!stopped && run.failure && <Text>{failureText(run.failure)}</Text>}
          {run.status === 'interrupted' && !run.failure && <Text>{t('documents.run.interrupted')}</Text>}
          <Text fz="xs" c="dimmed">
            {t('documents.run.untouched')}
          </Text>
        </div>
        <CloseButton size="sm" aria-label={t('app.close')} onClick={() => desk.forgetEnded()} />
      </Group>
      {retry && (stopped || run.failure?.retryable !== false) && (
        <Button
          size="xs"
          variant="default"
          className={classes.retry}
          leftSection={<IconRefresh size={14} />}
          onClick={retry}
        >
          {t('app.tryAgain')}
        </Button>
      )}
    </div>
  );
}
