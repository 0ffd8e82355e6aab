import { Alert, Text } from '@mantine/core';
import { IconAlertTriangle, IconShieldCheck } from '@tabler/icons-react';
import type { Verification } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { sentence } from '../../../app/explain';
import { formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { Delayed } from '../../../app/Skeletons';
import classes from '../administration.module.css';

interface VerificationNoticeProps {
  verify: { data: Verification | undefined; error: Error | null; isPending: boolean; mutate: () => void };
}

/** What a check of the trail found, in words. */
export function VerificationNotice({ verify }: VerificationNoticeProps) {
  const { data, error, isPending } = verify;
  return (
    <div aria-live="polite">
      {isPending && (
        <Delayed after={2000}>
          <Text c="dimmed" mb="md">
            {t('administration.audit.verifying')}
          </Text>
        </Delayed>
      )}
      {error && (
        <div className={classes.notice}>
          <ErrorNotice error={error} retry={() => verify.mutate()} />
        </div>
      )}
      {data && (
        <Alert
          mb="md"
          color={data.ok ? 'green' : 'red'}
          icon={data.ok ? <IconShieldCheck /> : <IconAlertTriangle />}
          title={t(data.ok ? 'administration.audit.whole' : 'administration.audit.broken')}
        >
          {data.ok
            ? t('administration.audit.wholeText', {
                rows: formatNumber(data.checked),
                heads: formatNumber(data.heads),
              })
            : t('administration.audit.brokenText', {
                row: data.firstBad === null ? '?' : formatNumber(data.firstBad),
                reason: sentence(data.reason ?? ''),
              })}
          <Text fz="xs" c="dimmed" mt={4}>
            {t('administration.audit.signedWith')} <span className={classes.code}>{data.publicKey}</span>
          </Text>
        </Alert>
      )}
    </div>
  );
}
