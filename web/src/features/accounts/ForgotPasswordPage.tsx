import { Button, Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkAnchor } from '../../app/links';
import { useForm } from '../../app/useForm';
import { useTitle } from '../../app/useTitle';
import { forgotPassword } from './api';
import classes from './door.module.css';
import { LookIntoMail } from './LookIntoMail';
import { emailRule } from './rules';

export function ForgotPasswordPage() {
  useTitle(t('accounts.forgot'));
  const [asked, setAsked] = useState('');
  const form = useForm({
    initial: { email: '' },
    rules: { email: emailRule },
    submit: async ({ email }) => {
      await forgotPassword(email.trim());
      setAsked(email.trim());
    },
  });
  if (asked) return <LookIntoMail text={t('accounts.forgotSent', { email: asked })} />;
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.forgot')}
      </Title>
      <Text c="dimmed" mb="lg">
        {t('accounts.forgotText')}
      </Text>
      <form onSubmit={form.submit} noValidate>
        <Stack>
          <TextInput
            {...form.field('email')}
            type="email"
            label={t('accounts.email')}
            autoComplete="username"
            autoFocus
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" loading={form.busy} fullWidth>
            {t('accounts.forgotSubmit')}
          </Button>
        </Stack>
      </form>
      <p className={classes.below}>
        <LinkAnchor to="/sign-in" search={{}} underline="always">
          {t('accounts.toSignIn')}
        </LinkAnchor>
      </p>
    </>
  );
}
