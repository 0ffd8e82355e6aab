import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatMoment } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkButton } from '../../../app/links';
import { notifyDone } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { meQuery } from '../../../app/session';
import { useTitle } from '../../../app/useTitle';
import doorClasses from '../../accounts/door.module.css';
import { linkToken } from '../../accounts/linkToken';
import { keys } from '../api';
import { acceptInvitation, declineInvitation, invitationOf, sharingKeys } from './api';

const KEPT = 'carrel.invitation';

/** The token of the link, kept in this tab while the person signs in: no address but the link itself holds it. */
function keptToken(): string {
  const token = linkToken(window.location.hash);
  if (token === '') return window.sessionStorage.getItem(KEPT) ?? '';
  window.sessionStorage.setItem(KEPT, token);
  return token;
}

/** The page a link from a mail leads to: who invites to what, and the two answers. */
export function InvitationPage() {
  useTitle(t('documents.invitation.title'));
  const [token] = useState(keptToken);
  const offer = useQuery(invitationOf(token));
  const me = useQuery({ ...meQuery, retry: false });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const over = () => {
    window.sessionStorage.removeItem(KEPT);
    return Promise.all(
      [keys.lists, sharingKeys.invitations].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  };
  const accept = useMutation({
    mutationFn: (id: string) => acceptInvitation(id, token),
    onSuccess: async (document) => {
      await navigate({ to: '/documents/$documentId', params: { documentId: document.id } });
      await over();
    },
  });
  const decline = useMutation({
    mutationFn: (id: string) => declineInvitation(id, token),
    onSuccess: async () => {
      notifyDone(t('documents.invitation.declined'));
      await navigate({ to: '/' });
      await over();
    },
  });
  const error = accept.error ?? decline.error;
  return (
    <>
      <Title order={1} size="h2" className={doorClasses.title}>
        {t('documents.invitation.title')}
      </Title>
      {offer.isPending || me.isPending ? (
        <TextSkeleton lines={4} />
      ) : offer.isError ? (
        <Stack>
          <ErrorNotice error={offer.error} />
          <LinkButton to="/" variant="default">
            {t('documents.invitation.home')}
          </LinkButton>
        </Stack>
      ) : (
        <Stack>
          <Text>
            {t(`documents.invitation.text.${offer.data.role}`, {
              name: offer.data.invitedBy.name,
              title: offer.data.documentTitle,
            })}
          </Text>
          <Text c="dimmed" fz="sm">
            {t('documents.invitation.until', { when: formatMoment(offer.data.expiresAt) })}
          </Text>
          {error && <ErrorNotice error={error} compact />}
          {me.data ? (
            <Group grow>
              <Button
                variant="default"
                loading={decline.isPending}
                disabled={accept.isPending}
                onClick={() => decline.mutate(offer.data.id)}
              >
                {t('documents.invitation.decline')}
              </Button>
              <Button
                loading={accept.isPending}
                disabled={decline.isPending}
                onClick={() => accept.mutate(offer.data.id)}
              >
                {t('documents.invitation.accept')}
              </Button>
            </Group>
          ) : (
            <>
              <Text c="dimmed">{t('documents.invitation.signIn')}</Text>
              <LinkButton to="/sign-in" search={{ next: '/invitations' }}>
                {t('documents.invitation.toSignIn')}
              </LinkButton>
              <LinkButton to="/sign-up" search={{ next: '/invitations' }} variant="default">
                {t('documents.invitation.toSignUp')}
              </LinkButton>
            </>
          )}
        </Stack>
      )}
    </>
  );
}
