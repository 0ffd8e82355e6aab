import { Button, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { LinkButton } from '../../app/links';
import { setupQuery } from '../../app/session';
import { useForm } from '../../app/useForm';
import { useTitle } from '../../app/useTitle';
import { useSetUp } from './api';
import classes from './door.module.css';
import { emailRule, nameRule, newPasswordRule, PASSWORD_LENGTH } from './rules';

const route = getRouteApi('/door/setup');
const KEEP = { key: 'carrel.form.setup', fields: ['name' as const, 'email' as const] };

/** Makes the first administrator, with the one-time link the server printed. */
export function SetupPage() {
  useTitle(t('accounts.setup'));
  const { token } = route.useSearch();
  const router = useRouter();
  const setup = useQuery(setupQuery);
  const setUp = useSetUp();
  const form = useForm({
    initial: { token: token ?? '', name: '', email: '', password: '' },
    keep: KEEP,
    rules: {
      token: (value) => (value.trim() ? null : t('accounts.setupTokenMissing')),
      name: nameRule,
      email: emailRule,
      password: newPasswordRule,
    },
    submit: async (values) => {
      await setUp({
        token: values.token.trim(),
        name: values.name.trim(),
        email: values.email.trim(),
        password: values.password,
      });
      await router.navigate({ to: '/', replace: true });
    },
  });
  if (setup.data && !setup.data.needed) {
    return (
      <>
        <Title order={1} size="h2" className={classes.title}>
          {t('accounts.setupDone')}
        </Title>
        <Text c="dimmed" mb="lg">
          {t('accounts.setupDoneText')}
        </Text>
        <LinkButton to="/sign-in" fullWidth>
          {t('accounts.toSignIn')}
        </LinkButton>
      </>
    );
  }
  return (
    <>
      <Title order={1} size="h2" className={classes.title}>
        {t('accounts.setup')}
      </Title>
      <Text c="dimmed" mb="lg">
        {t('accounts.setupText')}
      </Text>
      {setup.isError && <ErrorNotice error={setup.error} retry={() => void setup.refetch()} compact />}
      <form onSubmit={form.submit} noValidate>
        <Stack>
          {!token && (
            <TextInput
              {...form.field('token')}
              label={t('accounts.setupToken')}
              description={t('accounts.setupTokenHint')}
              autoComplete="off"
              spellCheck={false}
            />
          )}
          <TextInput
            {...form.field('name')}
            label={t('accounts.name')}
            autoComplete="name"
            autoFocus={Boolean(token)}
          />
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
            {t('accounts.setupSubmit')}
          </Button>
        </Stack>
      </form>
    </>
  );
}
