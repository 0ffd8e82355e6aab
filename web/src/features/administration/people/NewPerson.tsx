import { Button, MultiSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { notifyDone } from '../../../app/notify';
import { useForm } from '../../../app/useForm';
import { emailRule, newPasswordRule, PASSWORD_LENGTH } from '../../accounts/rules';
import classes from '../administration.module.css';
import { rolesQuery, useCreatePerson } from '../api';
import { namedRoles } from '../roles/roleWords';
import { nameRule } from '../rules';
import { choicesOf } from './choices';
import { suggestPassword } from './suggestPassword';

const KEEP = { key: 'carrel.form.person', fields: ['name' as const, 'email' as const] };

/** Makes an account for someone. */
export function NewPerson({ onDirty, onClose }: { onDirty: (dirty: boolean) => void; onClose: () => void }) {
  const roles = useQuery(rolesQuery);
  const create = useCreatePerson();
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [visible, setVisible] = useState(false);
  // Until someone chooses, a new person works like everybody else.
  const usual = roles.data?.filter(({ name, builtIn }) => builtIn && name === 'staff') ?? [];
  const roleIds = chosen ?? usual.map(({ id }) => id);
  const form = useForm({
    initial: { name: '', email: '', password: '' },
    keep: KEEP,
    rules: { name: nameRule, email: emailRule, password: newPasswordRule },
    submit: async ({ name, email, password }) => {
      await create.mutateAsync({ name: name.trim(), email: email.trim(), password, roleIds });
      notifyDone(t('administration.people.made', { name: name.trim() }));
      onDirty(false);
      onClose();
    },
  });
  const dirty = chosen !== null || Object.values(form.values).some((value) => value !== '');
  useEffect(() => onDirty(dirty), [dirty, onDirty]);

  return (
    <form onSubmit={form.submit} noValidate autoComplete="off">
      <Stack>
        <TextInput
          {...form.field('name')}
          label={t('administration.people.name')}
          autoComplete="off"
          data-autofocus
        />
        <TextInput
          {...form.field('email')}
          type="email"
          label={t('administration.people.email')}
          autoComplete="off"
        />
        <div>
          <PasswordInput
            {...form.field('password')}
            label={t('administration.people.password')}
            description={t('administration.people.passwordHint', { count: PASSWORD_LENGTH })}
            autoComplete="new-password"
            visible={visible}
            onVisibilityChange={setVisible}
            visibilityToggleButtonProps={{ 'aria-label': t('accounts.showPassword') }}
          />
          <Button
            mt="xs"
            size="xs"
            variant="default"
            onClick={() => {
              form.set('password', suggestPassword());
              setVisible(true);
            }}
          >
            {t('administration.people.suggest')}
          </Button>
        </div>
        <MultiSelect
          label={t('administration.people.roles')}
          description={t('administration.people.rolesHint')}
          data={choicesOf(namedRoles(roles.data), [])}
          value={roleIds}
          onChange={setChosen}
          searchable
          hidePickedOptions
          nothingFoundMessage={t('administration.nothingMatches')}
        />
        {roles.isError && <ErrorNotice error={roles.error} retry={() => void roles.refetch()} compact />}
        {roleIds.length === 0 && roles.data && <Text c="dimmed">{t('administration.people.noRoles')}</Text>}
        {form.failure !== null && <ErrorNotice error={form.failure} compact />}
      </Stack>
      <div className={classes.drawerFoot}>
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button type="submit" loading={form.busy} disabled={roles.isPending}>
          {t('administration.people.make')}
        </Button>
      </div>
    </form>
  );
}
