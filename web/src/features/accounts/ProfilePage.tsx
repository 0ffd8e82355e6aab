import { Button, Group, PasswordInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { ErrorNotice } from '../../app/ErrorNotice';
import { chooseLanguage, LANGUAGES, type Language, t, useLanguage } from '../../app/i18n';
import { notifyDone, notifyFailure } from '../../app/notify';
import { Section } from '../../app/Section';
import { useMe, usePermission } from '../../app/session';
import { ThemeChoice } from '../../app/ThemeChoice';
import { useForm } from '../../app/useForm';
import { changePassword, useUpdateMe } from './api';
import { ApiKeys } from './keys/ApiKeys';
import { nameRule, newPasswordRule, PASSWORD_LENGTH, passwordRule } from './rules';
import { Sessions } from './Sessions';
import { UsageLine } from './UsageLine';

/** The person's own settings. */
export function ProfilePage() {
  const hasKeys = usePermission('api-keys:use');
  return (
    <>
      <NameSection />
      <LookSection />
      <PasswordSection />
      <Section title={t('accounts.sessions')} description={t('accounts.sessionsText')}>
        <Sessions />
      </Section>
      {hasKeys && (
        <Section title={t('accounts.apiKeys')} description={t('accounts.apiKeysText')}>
          <ApiKeys />
        </Section>
      )}
      <div id="usage">
        <Section title={t('accounts.usage')} description={t('accounts.usageText')}>
          <UsageLine />
        </Section>
      </div>
    </>
  );
}

function NameSection() {
  const me = useMe();
  const update = useUpdateMe();
  const form = useForm({
    initial: { name: me.name },
    rules: { name: nameRule },
    submit: async ({ name }) => {
      await update.mutateAsync({ name: name.trim() });
      notifyDone(t('accounts.nameSaved'));
    },
  });
  return (
    <Section title={t('accounts.person')} description={t('accounts.personText')}>
      <form onSubmit={form.submit} noValidate>
        <Stack align="flex-start">
          <TextInput {...form.field('name')} label={t('accounts.name')} autoComplete="name" w="100%" />
          <TextInput label={t('accounts.email')} value={me.email} readOnly w="100%" variant="filled" />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button
            type="submit"
            variant="default"
            loading={form.busy}
            disabled={form.values.name.trim() === me.name}
          >
            {t('accounts.saveName')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function LookSection() {
  const language = useLanguage();
  return (
    <Section title={t('accounts.look')} description={t('accounts.lookText')}>
      <Stack>
        <Group justify="space-between">
          <Text>{t('app.theme')}</Text>
          <ThemeChoice />
        </Group>
        <Group justify="space-between">
          <Text id="language-label">{t('accounts.language')}</Text>
          <Select
            aria-labelledby="language-label"
            data={LANGUAGES}
            value={language}
            w={200}
            onChange={(value) => {
              if (value) chooseLanguage(value as Language).catch(notifyFailure);
            }}
          />
        </Group>
      </Stack>
    </Section>
  );
}

function PasswordSection() {
  const me = useMe();
  const form = useForm({
    initial: { currentPassword: '', newPassword: '' },
    rules: { currentPassword: passwordRule, newPassword: newPasswordRule },
    submit: async (values) => {
      await changePassword(values);
      form.reset();
      notifyDone(t('accounts.passwordChanged'));
    },
  });
  return (
    <Section title={t('accounts.password')} description={t('accounts.passwordText')}>
      <form onSubmit={form.submit} noValidate>
        <Stack align="flex-start">
          <input type="text" hidden autoComplete="username" value={me.email} readOnly />
          <PasswordInput
            {...form.field('currentPassword')}
            label={t('accounts.currentPassword')}
            autoComplete="current-password"
            w="100%"
          />
          <PasswordInput
            {...form.field('newPassword')}
            label={t('accounts.newPassword')}
            description={t('accounts.passwordHint', { count: PASSWORD_LENGTH })}
            autoComplete="new-password"
            w="100%"
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" variant="default" loading={form.busy}>
            {t('accounts.changePassword')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
