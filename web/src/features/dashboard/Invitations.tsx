import { Button, Group, Text, Title } from '@mantine/core';
import { IconMailOpened } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Offer } from '../../api/types';
import { t } from '../../app/i18n';
import { notifyDone, notifyFailure } from '../../app/notify';
import { Time } from '../../app/Time';
import { keys } from '../documents/api';
import { acceptInvitation, declineInvitation, ownInvitations } from '../documents/sharing/api';
import classes from './dashboard.module.css';

/** Documents the person is invited to. Nothing when there are none. */
export function Invitations() {
  const invitations = useQuery(ownInvitations);
  if (!invitations.data || invitations.data.length === 0) return null;
  return (
    <section aria-labelledby="invitations" className={classes.section}>
      <Title order={2} size="h3" id="invitations">
        {t('documents.invitation.waiting')}
      </Title>
      <ul className={classes.list}>
        {invitations.data.map((offer) => (
          <InvitationRow key={offer.id} offer={offer} />
        ))}
      </ul>
    </section>
  );
}

function InvitationRow({ offer }: { offer: Offer }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const refresh = () =>
    Promise.all(
      [ownInvitations.queryKey, keys.lists].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  const accept = useMutation({
    mutationFn: () => acceptInvitation(offer.id),
    onSuccess: (document) => navigate({ to: '/documents/$documentId', params: { documentId: document.id } }),
    onError: notifyFailure,
    onSettled: refresh,
  });
  const decline = useMutation({
    mutationFn: () => declineInvitation(offer.id),
    onSuccess: () => notifyDone(t('documents.invitation.declined')),
    onError: notifyFailure,
    onSettled: refresh,
  });
  return (
    <li className={classes.waiting}>
      <IconMailOpened size={20} />
      <div className={classes.waitingText}>
        <Text fw={500}>{offer.documentTitle}</Text>
        <Text c="dimmed" fz="xs">
          {t(`documents.invitation.from.${offer.role}`, { name: offer.invitedBy.name })} ·{' '}
          <Time at={offer.createdAt} />
        </Text>
      </div>
      <Group gap="xs">
        <Button size="xs" variant="default" loading={decline.isPending} onClick={() => decline.mutate()}>
          {t('documents.invitation.decline')}
        </Button>
        <Button size="xs" loading={accept.isPending} onClick={() => accept.mutate()}>
          {t('documents.invitation.accept')}
        </Button>
      </Group>
    </li>
  );
}
