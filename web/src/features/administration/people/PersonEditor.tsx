import { Badge, Button, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { IconLogout, IconUserCheck, IconUserOff } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiError } from '../../../api/client';
import type { AdminPerson, ChangePerson, Named } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { sentence } from '../../../app/explain';
import { t } from '../../../app/i18n';
import { notifyDone } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import { useMe } from '../../../app/session';
import { Time } from '../../../app/Time';
import classes from '../administration.module.css';
import { groupChoicesQuery, personQuery, rolesQuery, useChangePerson } from '../api';
import { Loaded } from '../Loaded';
import { Pills } from '../Pills';
import { permissionPills } from '../permissions';
import { namedRoles } from '../roles/roleWords';
import { nameRule } from '../rules';
import { choicesOf, sameIds } from './choices';
import { STATUS_COLORS } from './status';
import { usePersonActions } from './usePersonActions';

interface PersonEditorProps {
  id: string;
  /** The person as the list behind the drawer knows them. */
  known: AdminPerson | undefined;
  onDirty: (dirty: boolean) => void;
  onClose: () => void;
}

/** A person: who they are, and what they may do. */
export function PersonEditor({ id, known, ...rest }: PersonEditorProps) {
  const person = useQuery({ ...personQuery(id), placeholderData: known });
  return (
    <Loaded query={person} skeleton={<TextSkeleton lines={6} />}>
      {(found) => <PersonForm person={found} {...rest} />}
    </Loaded>
  );
}

const ids = (named: readonly Named[]) => named.map(({ id }) => id);

function PersonForm({
  person,
  onDirty,
  onClose,
}: { person: AdminPerson } & Omit<PersonEditorProps, 'id' | 'known'>) {
  const me = useMe();
  const roles = useQuery(rolesQuery);
  const groups = useQuery(groupChoicesQuery);
  const save = useChangePerson();
  const actions = usePersonActions(person);
  const [name, setName] = useState(person.name);
  const [roleIds, setRoleIds] = useState(ids(person.roles));
  const [groupIds, setGroupIds] = useState(ids(person.groups));
  const [nameError, setNameError] = useState<string | null>(null);

  // Only what was changed is sent, so that two administrators don't undo each other.
  const body: ChangePerson = {
    ...(name.trim() !== person.name && { name: name.trim() }),
    ...(!sameIds(roleIds, ids(person.roles)) && { roleIds }),
    ...(!sameIds(groupIds, ids(person.groups)) && { groupIds }),
  };
  const dirty = Object.keys(body).length > 0;
  useEffect(() => onDirty(dirty), [dirty, onDirty]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = nameRule(name);
    setNameError(wrong);
    if (wrong || save.isPending) return;
    save.mutate(
      { id: person.id, body },
      {
        onSuccess: () => {
          notifyDone(t('administration.people.saved', { name: name.trim() }));
          onDirty(false);
          onClose();
        },
        onError: (error) => {
          const flaw = error instanceof ApiError && error.fieldErrors.find(({ field }) => field === 'name');
          if (flaw) setNameError(sentence(flaw.detail));
        },
      },
    );
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <dl className={classes.facts}>
          <dt>{t('administration.people.email')}</dt>
          <dd>{person.email}</dd>
          <dt>{t('administration.people.status')}</dt>
          <dd>
            <Badge color={STATUS_COLORS[person.status]}>{t(`administration.people.${person.status}`)}</Badge>
          </dd>
          <dt>{t('administration.people.created')}</dt>
          <dd>
            <Time at={person.createdAt} />
          </dd>
          <dt>{t('administration.people.lastSeen')}</dt>
          <dd>
            {person.lastSeenAt ? <Time at={person.lastSeenAt} /> : t('administration.people.neverSeen')}
          </dd>
        </dl>
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            leftSection={<IconLogout size={16} />}
            loading={actions.busy}
            onClick={actions.signOut}
          >
            {t('administration.people.signOut')}
          </Button>
          {person.id !== me.id && (
            <Button
              variant="default"
              size="xs"
              c={person.status === 'disabled' ? undefined : 'red'}
              leftSection={
                person.status === 'disabled' ? <IconUserCheck size={16} /> : <IconUserOff size={16} />
              }
              loading={actions.busy}
              onClick={() => actions.setDisabled(person.status !== 'disabled')}
            >
              {t(
                person.status === 'disabled'
                  ? 'administration.people.enable'
                  : 'administration.people.disable',
              )}
            </Button>
          )}
        </Group>
        <TextInput
          label={t('administration.people.name')}
          value={name}
          error={nameError}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => setNameError(nameRule(name))}
        />
        <MultiSelect
          label={t('administration.people.roles')}
          description={t('administration.people.rolesHint')}
          data={choicesOf(namedRoles(roles.data), namedRoles(person.roles))}
          value={roleIds}
          onChange={setRoleIds}
          searchable
          hidePickedOptions
          nothingFoundMessage={t('administration.nothingMatches')}
        />
        <MultiSelect
          label={t('administration.people.groups')}
          description={t('administration.people.groupsHint')}
          data={choicesOf(groups.data, person.groups)}
          value={groupIds}
          onChange={setGroupIds}
          searchable
          hidePickedOptions
          nothingFoundMessage={t('administration.nothingMatches')}
        />
        <div>
          <Text fw={500}>{t('administration.people.comesTo')}</Text>
          <Text c="dimmed" fz="xs" mb={6}>
            {t('administration.people.comesToText')}
          </Text>
          {person.permissions.length > 0 ? (
            <Pills of={permissionPills(person.permissions)} most={Number.POSITIVE_INFINITY} />
          ) : (
            <Text>{t('administration.people.comesToNothing')}</Text>
          )}
        </div>
        {save.isError && !nameError && <ErrorNotice error={save.error} compact />}
      </Stack>
      <div className={classes.drawerFoot}>
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!dirty}>
          {t('app.save')}
        </Button>
      </div>
    </form>
  );
}
