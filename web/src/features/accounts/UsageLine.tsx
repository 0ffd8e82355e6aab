import { Skeleton, Text, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../app/ErrorNotice';
import { formatCost, formatNumber } from '../../app/format';
import { t } from '../../app/i18n';
import { usageQuery } from './api';

/** What the person's model calls of the last 30 days came to. */
export function UsageLine() {
  const usage = useQuery(usageQuery);
  if (usage.isPending) return <Skeleton height={14} width={280} />;
  if (usage.isError) return <ErrorNotice error={usage.error} retry={() => void usage.refetch()} compact />;
  const { calls, inputTokens, outputTokens, costMicros } = usage.data;
  if (calls === 0) return <Text c="dimmed">{t('accounts.usageNone')}</Text>;
  return (
    <Text>
      {t('accounts.usageCalls', { count: calls })},{' '}
      {t('accounts.usageTokens', { read: formatNumber(inputTokens), written: formatNumber(outputTokens) })},{' '}
      <Tooltip label={formatCost(costMicros, true)}>
        <span>{formatCost(costMicros)}</span>
      </Tooltip>
    </Text>
  );
}
