import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkAnchor, LinkButton } from '../../app/links';
import { setupQuery } from '../../app/session';
import { useForm } from '../../app/useForm';
import { useTitle } from '../../app/useTitle';
import { useSignUp } from './api';
import classes from './door.module.css';
import { LookIntoMail } from './LookIntoMail';
import { emailRule, nameRule, newPasswordRule, PASSWORD_LENGTH } from './rules';

const route = getRouteApi('/door/sign-up');
const KEEP = { key: 'carrel.form.sign-up', fields: ['name' as const, 'email' as const] };

export function SignUpPage() {
  useTitle(t('accounts.signUp'));
  const { next } = route.useSearch();
  const router = useRouter();
  const setup = useQuery(setupQuery);
  const signUp = useSignUp();
  const [written, setWritten] = useState('');
  const form = useForm({
    initial: { name: '', email: '', password: '' },
    keep: KEEP,
    rules: { name: nameRule, email: emailRule, password: newPasswordRule },
    submit: async ({ name, email, password }) => {
      const entered = await signUp({ name: name.trim(), email: email.trim(), password });
      if (entered) router.history.push(next ?? '/');
      else setWritten(email.trim());
    },
  });
  const domains = setup.data?.signUpDomains ?? [];
  if (written) return <LookIntoMail text={t('accounts.signUpSent', { email: written })} />;
  if (setup.data?.signUp === 'closed') {
    return (
      <>
        <Title order={1} size="h2" className={classes.title}>
          {t('accounts.signUpClosed')}
        </Title>
        <Text c="dimmed" mb="lg">
          {t('accounts.signUpClosedText')}
        </Text>
        <LinkButton to="/sign-in" search={{ next }} fullWidth>
          {t('accounts.toSignIn')}
        </LinkButton>
      </>
    );
  }
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.signUp')}
      </Title>
      <Text c="dimmed" mb="lg">
        {domains.length > 0
          ? t('accounts.signUpDomains', { domains: domains.map((domain) => `@${domain}`).join(', ') })
          : t('accounts.signUpText')}
      </Text>
      <form onSubmit={form.submit} noValidate>
        <Stack>
          <TextInput {...form.field('name')} label={t('accounts.name')} autoComplete="name" autoFocus />
          <TextInput
            {...form.field('email')}
            type="email"
            label={t('accounts.email')}
            autoComplete="username"
          />
          <PasswordInput
            {...form.field('password')}
            label={t('accounts.password')}
            description={t('accounts.passwordHint', { count: PASSWORD_LENGTH })}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('accounts.showPassword') }}
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" loading={form.busy} fullWidth>
            {t('accounts.signUp')}
          </Button>
        </Stack>
      </form>
      <p className={classes.below}>
        {t('accounts.haveAccount')}{' '}
        <LinkAnchor to="/sign-in" search={{ next }} underline="always">
          {t('accounts.signIn')}
        </LinkAnchor>
      </p>
    </>
  );
}
