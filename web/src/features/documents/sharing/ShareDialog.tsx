import {
  ActionIcon,
  Avatar,
  Badge,
  Button,
  CopyButton,
  Group,
  Menu,
  Modal,
  Select,
  Stack,
  Text,
  Title,
  Tooltip,
} from '@mantine/core';
import {
  IconCheck,
  IconDots,
  IconLink,
  IconMail,
  IconUserMinus,
  IconUserStar,
  IconX,
} from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type {
  Document,
  DocumentPeople,
  DocumentPerson,
  Invitation,
  Member,
  MemberRole,
} from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { useMe, usePermission } from '../../../app/session';
import { Time } from '../../../app/Time';
import { keys } from '../api';
import {
  documentPeople,
  invite,
  putMember,
  removeMember,
  revokeInvitation,
  sharingKeys,
  transferDocument,
} from './api';
import { type Choice, PersonPicker } from './PersonPicker';
import { isOwn } from './roles';
import classes from './sharing.module.css';

const ROLES: readonly MemberRole[] = ['editor', 'viewer'];
const roleData = () => ROLES.map((role) => ({ value: role, label: t(`documents.share.role.${role}`) }));

/** After a change: who is in it, and how the document stands, are read anew. */
function useChanged(document: Document) {
  const queries = useQueryClient();
  return () =>
    Promise.all(
      [sharingKeys.people(document.id), keys.one(document.id), keys.lists].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
}

/** Who has a part in a document: to see for everybody in it, to change for its owner. */
export function ShareDialog({ document, onClose }: { document: Document; onClose: () => void }) {
  const people = useQuery(documentPeople(document.id));
  const shares = usePermission('documents:share') && isOwn(document);
  const [heir, setHeir] = useState<DocumentPerson | null>(null);
  const address = new URL(`/documents/${document.id}`, window.location.href).href;
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('documents.share.title', { title: document.title })}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {people.isPending && <TextSkeleton lines={4} />}
      {people.isError && !people.data && (
        <ErrorNotice error={people.error} retry={() => void people.refetch()} />
      )}
      {people.data &&
        (heir ? (
          <Transfer document={document} heir={heir} onDone={() => setHeir(null)} />
        ) : (
          <Stack gap="lg">
            {shares && <AddPeople document={document} people={people.data} />}
            <section aria-labelledby="share-people">
              <Title order={3} size="h5" id="share-people">
                {t('documents.share.people')}
              </Title>
              <ul className={classes.list}>
                <PersonRow person={people.data.owner}>
                  <Text c="dimmed" fz="sm">
                    {t('documents.share.role.owner')}
                  </Text>
                </PersonRow>
                {people.data.members.map((member) => (
                  <MemberRow
                    key={member.user.id}
                    document={document}
                    member={member}
                    shares={shares}
                    onTransfer={() => setHeir(member.user)}
                    onLeft={onClose}
                  />
                ))}
              </ul>
            </section>
            <Invitations document={document} invitations={people.data.invitations} shares={shares} />
            <Group justify="space-between" className={classes.foot}>
              <CopyButton value={address}>
                {({ copied, copy }) => (
                  <Button
                    variant="default"
                    leftSection={copied ? <IconCheck size={18} /> : <IconLink size={18} />}
                    onClick={copy}
                  >
                    {copied ? t('documents.share.copied') : t('documents.share.copy')}
                  </Button>
                )}
              </CopyButton>
              <Button onClick={onClose}>{t('documents.share.done')}</Button>
            </Group>
          </Stack>
        ))}
    </Modal>
  );
}

function AddPeople({ document, people }: { document: Document; people: DocumentPeople }) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const [role, setRole] = useState<MemberRole>('viewer');
  const changed = useChanged(document);
  const add = useMutation({
    mutationFn: async (chosen: Choice) => {
      if (chosen.kind === 'person') await putMember(document.id, chosen.id, role);
      else await invite(document.id, chosen.email, role);
    },
    onSuccess: async (_, chosen) => {
      setChoice(null);
      if (chosen.kind === 'email') notifyDone(t('documents.share.invited', { email: chosen.email }));
      await changed();
    },
  });
  const without = new Set([people.owner.id, ...people.members.map(({ user }) => user.id)]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (choice) add.mutate(choice);
      }}
    >
      <div className={classes.add}>
        <PersonPicker choice={choice} without={without} onChoose={setChoice} />
        <Select
          className={classes.role}
          aria-label={t('documents.share.roleOf')}
          allowDeselect={false}
          data={roleData()}
          value={role}
          onChange={(next) => setRole(ROLES.find((known) => known === next) ?? 'viewer')}
        />
        <Button type="submit" disabled={!choice} loading={add.isPending}>
          {choice?.kind === 'email' ? t('documents.share.invite') : t('documents.share.add')}
        </Button>
      </div>
      {add.error && <ErrorNotice error={add.error} compact />}
    </form>
  );
}

function PersonRow({ person, children }: { person: DocumentPerson; children: React.ReactNode }) {
  const me = useMe();
  return (
    <li className={classes.row}>
      <Avatar name={person.name} size={32} aria-hidden="true" />
      <Text className={classes.name} truncate>
        {person.name || t('documents.share.gone')}
        {person.id === me.id && ` (${t('documents.share.you')})`}
      </Text>
      {children}
    </li>
  );
}

function MemberRow(props: {
  document: Document;
  member: Member;
  shares: boolean;
  onTransfer: () => void;
  onLeft: () => void;
}) {
  const { document, member, shares } = props;
  const me = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const changed = useChanged(document);
  const own = member.user.id === me.id;
  const change = useMutation({
    mutationFn: (role: MemberRole) => putMember(document.id, member.user.id, role),
    onSuccess: changed,
    onError: notifyFailure,
  });
  const remove = useMutation({
    mutationFn: () => removeMember(document.id, member.user.id),
    onSuccess: async () => {
      if (!own) return void (await changed());
      props.onLeft();
      await navigate({ to: '/documents' });
      notifyDone(t('documents.share.left', { title: document.title }));
      await queries.invalidateQueries({ queryKey: keys.lists });
    },
    onError: notifyFailure,
  });
  return (
    <PersonRow person={member.user}>
      {shares ? (
        <>
          <Select
            className={classes.role}
            size="xs"
            aria-label={t('documents.share.roleOfPerson', { name: member.user.name })}
            allowDeselect={false}
            data={roleData()}
            value={member.role}
            disabled={change.isPending}
            onChange={(next) => {
              const role = ROLES.find((known) => known === next);
              if (role && role !== member.role) change.mutate(role);
            }}
          />
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon aria-label={t('documents.share.moreFor', { name: member.user.name })}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconUserStar size={16} />} onClick={props.onTransfer}>
                {t('documents.share.makeOwner')}
              </Menu.Item>
              <Menu.Item leftSection={<IconUserMinus size={16} />} onClick={() => remove.mutate()}>
                {t('documents.share.remove')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      ) : (
        <>
          <Text c="dimmed" fz="sm">
            {t(`documents.share.role.${member.role}`)}
          </Text>
          {own && (
            <Button size="xs" variant="default" loading={remove.isPending} onClick={() => remove.mutate()}>
              {t('documents.share.leave')}
            </Button>
          )}
        </>
      )}
    </PersonRow>
  );
}

function Invitations(props: { document: Document; invitations: Invitation[]; shares: boolean }) {
  const { document } = props;
  const changed = useChanged(document);
  const revoke = useMutation({
    mutationFn: (id: string) => revokeInvitation(document.id, id),
    onSettled: changed,
    onError: notifyFailure,
  });
  // Those that were accepted stand above, as people; of the others only what an owner may still act on is told.
  const shown = props.invitations.filter(
    ({ state, email }, index, all) =>
      (state === 'pending' || state === 'declined' || state === 'expired') &&
      all.findIndex((other) => other.email === email) === index,
  );
  if (shown.length === 0) return null;
  return (
    <section aria-labelledby="share-invited">
      <Title order={3} size="h5" id="share-invited">
        {t('documents.share.invitations')}
      </Title>
      <ul className={classes.list}>
        {shown.map((invitation) => (
          <li key={invitation.id} className={classes.row}>
            <Avatar size={32} aria-hidden="true">
              <IconMail size={18} />
            </Avatar>
            <div className={classes.name}>
              <Text truncate>{invitation.email}</Text>
              <Text c="dimmed" fz="xs">
                {t(`documents.share.role.${invitation.role}`)} · <Time at={invitation.createdAt} />
              </Text>
            </div>
            <Badge variant="light" color={invitation.state === 'pending' ? 'gray' : 'amber'}>
              {t(`documents.share.state.${invitation.state}`)}
            </Badge>
            {props.shares && invitation.state === 'pending' && (
              <Tooltip label={t('documents.share.revoke')}>
                <ActionIcon
                  aria-label={t('documents.share.revokeOf', { email: invitation.email })}
                  disabled={revoke.isPending}
                  onClick={() => revoke.mutate(invitation.id)}
                >
                  <IconX size={18} />
                </ActionIcon>
              </Tooltip>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Transfer(props: { document: Document; heir: DocumentPerson; onDone: () => void }) {
  const { document, heir } = props;
  const changed = useChanged(document);
  const transfer = useMutation({
    mutationFn: () => transferDocument(document.id, heir.id),
    onSuccess: async () => {
      await changed();
      notifyDone(t('documents.share.transferred', { name: heir.name }));
      props.onDone();
    },
  });
  return (
    <Stack>
      <Text>{t('documents.share.transferText', { name: heir.name })}</Text>
      {transfer.error && <ErrorNotice error={transfer.error} compact />}
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onDone}>
          {t('app.cancel')}
        </Button>
        <Button color="red" loading={transfer.isPending} onClick={() => transfer.mutate()}>
          {t('documents.share.makeOwner')}
        </Button>
      </Group>
    </Stack>
  );
}
