import { Button, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import { useTitle } from '../../app/useTitle';
import { useConfirmEmail } from './api';
import classes from './door.module.css';
import { linkToken } from './linkToken';

/**
 * Confirms an address with a link from a mail: that of a new account, or the new one of an old account. By a button,
 * so that a program that looks at links before they are opened uses none up.
 */
function ConfirmPage({ what }: { what: 'verify' | 'change' }) {
  const words =
    what === 'verify'
      ? ({
          title: t('accounts.verify'),
          text: t('accounts.verifyText'),
          done: t('accounts.verifyDone'),
        } as const)
      : ({
          title: t('accounts.confirm'),
          text: t('accounts.confirmText'),
          done: t('accounts.confirmDone'),
        } as const);
  useTitle(words.title);
  const confirmEmail = useConfirmEmail(what);
  const confirm = useMutation({ mutationFn: () => confirmEmail(linkToken(window.location.hash)) });
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {words.title}
      </Title>
      <Text c="dimmed" mb="lg" role={confirm.isSuccess ? 'status' : undefined}>
        {confirm.isSuccess ? words.done : words.text}
      </Text>
      {confirm.isSuccess ? (
        <LinkButton to="/" fullWidth>
          {t('accounts.goOn')}
        </LinkButton>
      ) : (
        <Stack>
          {confirm.error && <ErrorNotice error={confirm.error} compact />}
          <Button onClick={() => confirm.mutate()} loading={confirm.isPending} fullWidth>
            {t('accounts.confirmSubmit')}
          </Button>
        </Stack>
      )}
    </>
  );
}

export const VerifyEmailPage = () => <ConfirmPage what="verify" />;

export const ConfirmEmailPage = () => <ConfirmPage what="change" />;
