import { Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { formatCost, formatNumber } from '../../app/format';
import classes from '../../app/frame.module.css';
import { t } from '../../app/i18n';
import { LinkBlock } from '../../app/links';
import { usageQuery } from './api';

const RADIUS = 7;
const ROUND = 2 * Math.PI * RADIUS;

/** What model calls of the last 30 days came to; the ring shows how many of the tokens were written. */
export function UsageRing({ collapsed, onNavigate }: { collapsed: boolean; onNavigate?: () => void }) {
  const usage = useQuery(usageQuery);
  const tokens = usage.data ? usage.data.inputTokens + usage.data.outputTokens : 0;
  // Before the first call of a model there is nothing to show.
  if (!usage.data || tokens === 0) return null;
  const { calls, inputTokens, outputTokens, costMicros } = usage.data;
  const label = t('app.usageRing', {
    calls: t('accounts.usageCalls', { count: calls }),
    read: formatNumber(inputTokens),
    written: formatNumber(outputTokens),
    cost: formatCost(costMicros),
  });
  return (
    <li>
      <Tooltip label={label} position="right" multiline maw={280}>
        <LinkBlock
          to="/settings/$tab"
          params={{ tab: 'profile' }}
          hash="usage"
          activeOptions={{ includeHash: true }}
          className={classes.item}
          aria-label={collapsed ? label : undefined}
          onClick={onNavigate}
        >
          <svg className={classes.ring} viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r={RADIUS} />
            <circle
              cx="10"
              cy="10"
              r={RADIUS}
              strokeDasharray={`${(ROUND * outputTokens) / tokens} ${ROUND}`}
            />
          </svg>
          {!collapsed && (
            <>
              <span className={classes.label}>{t('app.usage')}</span>
              <span className={classes.amount}>{formatCost(costMicros)}</span>
            </>
          )}
        </LinkBlock>
      </Tooltip>
    </li>
  );
}
