import { Text, Tooltip } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { Generation } from '../../../api/types';
import { EmptyState } from '../../../app/EmptyState';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatCost, formatDuration, formatNumber } from '../../../app/format';
import { messageOrNull, t } from '../../../app/i18n';
import { modelOfRun } from '../../../app/modelName';
import { TextSkeleton } from '../../../app/Skeletons';
import { Time } from '../../../app/Time';
import { runList } from '../api';
import { useDesk } from '../document/desk';
import { failureText } from '../failure';
import classes from './ai.module.css';

function Row({ run }: { run: Generation }) {
  const tokens = t('documents.runs.tokens', {
    input: formatNumber(run.inputTokens),
    output: formatNumber(run.outputTokens),
  });
  return (
    <li className={classes.run}>
      <div className={classes.runTop}>
        <Text fw={500}>{messageOrNull(`documents.runs.${run.feature}`) ?? run.feature}</Text>
        <Text fz="xs" c={run.status === 'failed' ? 'red' : 'dimmed'}>
          {t(`documents.runs.status.${run.status}`)}
        </Text>
      </div>
      <Text fz="xs" c="dimmed" truncate>
        {modelOfRun(run.model)}
      </Text>
      {run.failure && run.status !== 'cancelled' && (
        <Text fz="xs" c="red">
          {failureText(run.failure)}
        </Text>
      )}
      <div className={classes.runTop}>
        <Text fz="xs" c="dimmed">
          <Time at={run.createdAt} />
          {run.durationMs !== null && ` · ${formatDuration(run.durationMs)}`}
        </Text>
        <Tooltip label={`${formatCost(run.costMicros, true)} · ${tokens}`}>
          <Text fz="xs" c="dimmed" className={classes.cost}>
            {run.costMicros > 0 ? formatCost(run.costMicros) : t('documents.runs.free')}
            <span className="visually-hidden">{tokens}</span>
          </Text>
        </Tooltip>
      </div>
    </li>
  );
}

/** What models did for this document, when, and what it cost. */
export function RunHistory() {
  const { document } = useDesk();
  const runs = useQuery(runList(document.id));
  if (runs.isPending) return <TextSkeleton lines={5} />;
  if (runs.isError) return <ErrorNotice error={runs.error} retry={() => void runs.refetch()} />;
  const all = runs.data.items;
  if (all.length === 0) {
    return (
      <EmptyState icon={<IconHistory />} title={t('documents.runs.empty')}>
        {t('documents.runs.emptyText')}
      </EmptyState>
    );
  }
  const sum = all.reduce((total, run) => total + run.costMicros, 0);
  return (
    <>
      {sum > 0 && (
        <Text fz="xs" c="dimmed" mb="xs">
          {t('documents.runs.sum', { amount: formatCost(sum), count: all.length })}
        </Text>
      )}
      <ul className={classes.runs}>
        {all.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </ul>
    </>
  );
}
