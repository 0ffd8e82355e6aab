import { Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkAnchor, LinkButton } from '../../app/links';
import { useForm } from '../../app/useForm';
import { useTitle } from '../../app/useTitle';
import { useResetPassword } from './api';
import classes from './door.module.css';
import { linkToken } from './linkToken';
import { newPasswordRule, PASSWORD_LENGTH } from './rules';

export function ResetPasswordPage() {
  useTitle(t('accounts.reset'));
  const resetPassword = useResetPassword();
  const [done, setDone] = useState(false);
  const form = useForm({
    initial: { newPassword: '' },
    rules: { newPassword: newPasswordRule },
    submit: async ({ newPassword }) => {
      await resetPassword({ token: linkToken(window.location.hash), newPassword });
      setDone(true);
    },
  });
  if (done) {
    return (
      <div role="status">
        <Title order={1} size="h2" className={classes.title}>
          {t('accounts.resetDone')}
        </Title>
        <Text c="dimmed" mb="lg">
          {t('accounts.resetDoneText')}
        </Text>
        <LinkButton to="/sign-in" search={{}} fullWidth>
          {t('accounts.toSignIn')}
        </LinkButton>
      </div>
    );
  }
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.reset')}
      </Title>
      <Text c="dimmed" mb="lg">
        {t('accounts.resetText')}
      </Text>
      <form onSubmit={form.submit} noValidate>
        <Stack>
          <PasswordInput
            {...form.field('newPassword')}
            label={t('accounts.newPassword')}
            description={t('accounts.passwordHint', { count: PASSWORD_LENGTH })}
            autoComplete="new-password"
            autoFocus
            visibilityToggleButtonProps={{ 'aria-label': t('accounts.showPassword') }}
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" loading={form.busy} fullWidth>
            {t('accounts.resetSubmit')}
          </Button>
        </Stack>
      </form>
      <p className={classes.below}>
        <LinkAnchor to="/forgot-password" underline="always">
          {t('accounts.anotherLink')}
        </LinkAnchor>
      </p>
    </>
  );
}
