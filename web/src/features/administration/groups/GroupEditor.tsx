import { Button, MultiSelect, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { ApiError } from '../../../api/client';
import type { PeopleGroup } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { explain, sentence } from '../../../app/explain';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { TextSkeleton } from '../../../app/Skeletons';
import classes from '../administration.module.css';
import { groupQuery, rolesQuery, useDeleteGroup, useSaveGroup } from '../api';
import { Loaded } from '../Loaded';
import { choicesOf, sameIds } from '../people/choices';
import { namedRoles } from '../roles/roleWords';
import { nameRule } from '../rules';
import { type Member, Members } from './Members';

interface GroupEditorProps {
  /** Null for one to be made. */
  id: string | null;
  onDirty: (dirty: boolean) => void;
  onClose: () => void;
}

/** A group: its name, the roles it gives, and who is in it. */
export function GroupEditor({ id, ...rest }: GroupEditorProps) {
  const group = useQuery({ ...groupQuery(id ?? ''), enabled: id !== null });
  if (id === null) return <GroupForm group={null} {...rest} />;
  return (
    <Loaded query={group} skeleton={<TextSkeleton lines={6} />}>
      {(found) => <GroupForm group={found} {...rest} />}
    </Loaded>
  );
}

const idsOf = (list: readonly { id: string }[] | undefined) => (list ?? []).map(({ id }) => id);

function GroupForm({
  group,
  onDirty,
  onClose,
}: Omit<GroupEditorProps, 'id'> & { group: PeopleGroup | null }) {
  const roles = useQuery(rolesQuery);
  const save = useSaveGroup();
  const remove = useDeleteGroup();
  const [name, setName] = useState(group?.name ?? '');
  const [description, setDescription] = useState(group?.description ?? '');
  const [roleIds, setRoleIds] = useState(idsOf(group?.roles));
  const [members, setMembers] = useState<Member[]>(group?.members ?? []);
  const [nameError, setNameError] = useState<string | null>(null);

  const dirty =
    name !== (group?.name ?? '') ||
    description !== (group?.description ?? '') ||
    !sameIds(roleIds, idsOf(group?.roles)) ||
    String(idsOf(members).sort()) !== String(idsOf(group?.members).sort());
  useEffect(() => onDirty(dirty), [dirty, onDirty]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = nameRule(name);
    setNameError(wrong);
    if (wrong || save.isPending) return;
    save.mutate(
      {
        id: group?.id ?? null,
        body: {
          name: name.trim(),
          description: description.trim(),
          roleIds,
          memberIds: idsOf(members),
        },
      },
      {
        onSuccess: (saved) => {
          notifyDone(t('administration.groups.saved', { name: saved.name }));
          onDirty(false);
          onClose();
        },
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          const flaw = error.fieldErrors.find(({ field }) => field === 'name');
          if (flaw) setNameError(sentence(flaw.detail));
          if (error.code === 'group_name_taken') setNameError(explain(error).happened);
        },
      },
    );
  };

  const confirmRemoval = (gone: PeopleGroup) =>
    modals.openConfirmModal({
      title: t('administration.groups.remove', { name: gone.name }),
      children: <Text>{t('administration.groups.removeText', { count: gone.people })}</Text>,
      labels: { confirm: t('app.delete'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        remove.mutate(gone.id, {
          onSuccess: () => {
            notifyDone(t('administration.groups.removed', { name: gone.name }));
            onDirty(false);
            onClose();
          },
          onError: notifyFailure,
        }),
    });

  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('administration.groups.name')}
          value={name}
          error={nameError}
          maxLength={100}
          data-autofocus={group === null || undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => {
            if (name !== '' || group) setNameError(nameRule(name));
          }}
        />
        <Textarea
          label={t('administration.description')}
          value={description}
          maxLength={500}
          autosize
          minRows={1}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <MultiSelect
          label={t('administration.groups.roles')}
          description={t('administration.groups.rolesHint')}
          data={choicesOf(namedRoles(roles.data), namedRoles(group?.roles))}
          value={roleIds}
          onChange={setRoleIds}
          searchable
          hidePickedOptions
          nothingFoundMessage={t('administration.nothingMatches')}
        />
        <Members members={members} onChange={setMembers} />
        {save.isError && !nameError && <ErrorNotice error={save.error} compact />}
      </Stack>
      <div className={classes.drawerFoot}>
        {group && (
          <Button
            variant="subtle"
            color="red"
            me="auto"
            loading={remove.isPending}
            onClick={() => confirmRemoval(group)}
          >
            {t('app.delete')}
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" loading={save.isPending} disabled={!dirty}>
          {t(group === null ? 'administration.groups.make' : 'app.save')}
        </Button>
      </div>
    </form>
  );
}
