import { Button, CopyButton, Group, Text, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../api/client';
import { explain } from './explain';
import { t } from './i18n';
import classes from './page.module.css';

/**
 * A failure in words: what happened, what to do; code and request id behind "details", with copy.
 * `retry` offers to try the same thing again.
 */
export function ErrorNotice(props: {
  error: unknown;
  retry?: () => void;
  compact?: boolean;
  title?: string;
}) {
  const [open, setOpen] = useState(false);
  const { happened, todo } = explain(props.error);
  const problem = props.error instanceof ApiError ? props.error.problem : null;
  const copied = problem
    ? [
        `code: ${problem.code}`,
        `status: ${problem.status}`,
        `request: ${problem.requestId}`,
        problem.detail,
      ].join('\n')
    : String(props.error instanceof Error ? (props.error.stack ?? props.error.message) : props.error);
  return (
    <div role="alert" className={`${classes.notice} ${props.compact ? classes.noticeCompact : ''}`}>
      <div className={classes.noticeText}>
        {props.title && <Text fw={600}>{props.title}</Text>}
        <Text fw={props.title ? 400 : 600}>{happened}</Text>
        {todo && <Text c="dimmed">{todo}</Text>}
      </div>
      <Group gap="sm" mt="xs">
        {props.retry && (
          <Button size="xs" variant="default" onClick={props.retry}>
            {t('app.tryAgain')}
          </Button>
        )}
        <UnstyledButton onClick={() => setOpen(!open)} aria-expanded={open} fz="xs" c="dimmed" td="underline">
          {open ? t('app.hideDetails') : t('app.details')}
        </UnstyledButton>
      </Group>
      {open && (
        <div className={classes.details}>
          <dl>
            {problem ? (
              <>
                <dt>{t('app.errorCode')}</dt>
                <dd>{problem.code}</dd>
                <dt>{t('app.errorRequest')}</dt>
                <dd>{problem.requestId || t('app.errorNoAnswer')}</dd>
              </>
            ) : (
              <>
                <dt>{t('app.errorMessage')}</dt>
                <dd>{props.error instanceof Error ? props.error.message : String(props.error)}</dd>
              </>
            )}
          </dl>
          <CopyButton value={copied}>
            {({ copied: done, copy }) => (
              <Button size="xs" variant="default" onClick={copy} mt={4}>
                {done ? t('app.copied') : t('app.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      )}
    </div>
  );
}
