import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkAnchor } from '../../app/links';
import { setupQuery } from '../../app/session';
import { useForm } from '../../app/useForm';
import { useTitle } from '../../app/useTitle';
import { useSignIn } from './api';
import classes from './door.module.css';
import { emailRule, passwordRule } from './rules';

const route = getRouteApi('/door/sign-in');
const KEEP = { key: 'carrel.form.sign-in', fields: ['email' as const] };

export function SignInPage() {
  useTitle(t('accounts.signIn'));
  const { next } = route.useSearch();
  const router = useRouter();
  const setup = useQuery(setupQuery);
  const signIn = useSignIn();
  const form = useForm({
    initial: { email: '', password: '' },
    keep: KEEP,
    rules: { email: emailRule, password: passwordRule },
    submit: async ({ email, password }) => {
      await signIn({ email: email.trim(), password });
      router.history.push(next ?? '/');
    },
  });
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.signIn')}
      </Title>
      <Text c="dimmed" mb="lg">
        {t('accounts.signInText')}
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
          <PasswordInput
            {...form.field('password')}
            label={t('accounts.password')}
            autoComplete="current-password"
            visibilityToggleButtonProps={{ 'aria-label': t('accounts.showPassword') }}
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" loading={form.busy} fullWidth>
            {t('accounts.signIn')}
          </Button>
        </Stack>
      </form>
      <p className={classes.below}>
        <LinkAnchor to="/forgot-password" underline="always">
          {t('accounts.forgotQuestion')}
        </LinkAnchor>
      </p>
      {setup.data && setup.data.signUp !== 'closed' && (
        <p className={classes.below}>
          {t('accounts.noAccount')}{' '}
          <LinkAnchor to="/sign-up" search={{ next }} underline="always">
            {t('accounts.signUp')}
          </LinkAnchor>
        </p>
      )}
    </>
  );
}
