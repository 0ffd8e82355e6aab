import { Button, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { SignedIn } from '../api/types';
import { ErrorNotice } from './ErrorNotice';
import { t } from './i18n';
import { meQuery, useMe, useSignOut } from './session';
import { useForm } from './useForm';

/** The session ended while somebody works: sign in again over the page, so that nothing typed is lost. */
export function SessionExpired({ onEntered }: { onEntered: () => void }) {
  const me = useMe();
  const queryClient = useQueryClient();
  const signOut = useSignOut();
  const form = useForm({
    initial: { password: '' },
    rules: { password: (value) => (value ? null : t('accounts.passwordMissing')) },
    submit: async ({ password }) => {
      const answer = await api.post<SignedIn>('/auth/login', {
        body: { email: me.email, password, transport: 'cookie' },
        anonymous: true,
      });
      queryClient.setQueryData(meQuery.queryKey, answer.user);
      onEntered();
      await queryClient.invalidateQueries();
    },
  });
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnClickOutside={false}
      closeOnEscape={false}
      title={t('app.sessionEnded')}
      zIndex={450}
    >
      <form onSubmit={form.submit} noValidate>
        <Stack>
          <Text>{t('app.sessionEndedText')}</Text>
          <input type="hidden" name="username" autoComplete="username" value={me.email} readOnly />
          <PasswordInput
            {...form.field('password')}
            label={t('accounts.passwordOf', { email: me.email })}
            autoComplete="current-password"
            data-autofocus
          />
          {form.failure !== null && <ErrorNotice error={form.failure} compact />}
          <Button type="submit" loading={form.busy}>
            {t('accounts.signIn')}
          </Button>
          <Button variant="subtle" color="gray" onClick={() => void signOut()}>
            {t('app.signInAsOther')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
