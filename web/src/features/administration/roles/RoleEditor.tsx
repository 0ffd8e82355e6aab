import { Button, Group, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { modals } from '@mantine/modals';
import { type FormEvent, useEffect, useId, useState } from 'react';
import { ApiError, hasCode } from '../../../api/client';
import type { PermissionMeaning, Role } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { explain, sentence } from '../../../app/explain';
import { t } from '../../../app/i18n';
import { notifyDone, notifyFailure } from '../../../app/notify';
import { useMe } from '../../../app/session';
import classes from '../administration.module.css';
import { useDeleteRole, useSaveRole } from '../api';
import { permissionMeaning, permissionTitle } from '../permissions';
import { nameRule } from '../rules';
import { isFixed, roleDescription, roleName } from './roleWords';
import { mayChoose, namesOf, type Rule, type Rules, ruleFor, rulesOf } from './rules';

interface RoleEditorProps {
  /** Null for one to be made, undefined for one that is gone. */
  role: Role | null | undefined;
  permissions: PermissionMeaning[];
  onDirty: (dirty: boolean) => void;
  onClose: () => void;
}

/** A role: its name, and of each permission whether it gives it, takes it, or leaves it to other roles. */
export function RoleEditor(props: RoleEditorProps) {
  const [copy, setCopy] = useState(0);
  if (props.role === undefined) return <Text>{t('administration.roles.gone')}</Text>;
  return <RoleForm key={copy} {...props} role={props.role} onReload={() => setCopy(copy + 1)} />;
}

function RoleForm(props: RoleEditorProps & { role: Role | null; onReload: () => void }) {
  const { role, permissions, onDirty, onClose } = props;
  const names = permissions.map(({ name }) => name);
  const [base, setBase] = useState(role);
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [rules, setRules] = useState(rulesOf(role));
  const [nameError, setNameError] = useState<string | null>(null);
  const save = useSaveRole();
  const remove = useDeleteRole();
  // The role that allows everything is the way back for everybody else: it stays as it is.
  const fixed = role !== null && isFixed(role);

  const before = rulesOf(base);
  const dirty =
    name !== (base?.name ?? '') ||
    description !== (base?.description ?? '') ||
    names.some((permission) => ruleFor(rules, permission) !== ruleFor(before, permission));
  useEffect(() => onDirty(dirty), [dirty, onDirty]);

  const send = (version: number) =>
    save.mutate(
      {
        id: role?.id ?? null,
        version,
        body: {
          name: name.trim(),
          description: description.trim(),
          allow: namesOf(rules, names, 'allow'),
          deny: namesOf(rules, names, 'deny'),
        },
      },
      {
        onSuccess: (saved) => {
          notifyDone(t('administration.roles.saved', { name: roleName(saved.name) }));
          onDirty(false);
          onClose();
        },
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          const flaw = error.fieldErrors.find(({ field }) => field === 'name');
          if (flaw) setNameError(sentence(flaw.detail));
          if (error.code === 'role_name_taken') setNameError(explain(error).happened);
        },
      },
    );

  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wrong = nameRule(name);
    setNameError(wrong);
    if (!wrong && !save.isPending) send(base?.version ?? 0);
  };

  const confirmRemoval = (gone: Role) =>
    modals.openConfirmModal({
      title: t('administration.roles.remove', { name: gone.name }),
      children: <Text>{t('administration.roles.removeText', { count: gone.people })}</Text>,
      labels: { confirm: t('app.delete'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () =>
        remove.mutate(gone.id, {
          onSuccess: () => {
            notifyDone(t('administration.roles.removed', { name: gone.name }));
            onDirty(false);
            onClose();
          },
          onError: notifyFailure,
        }),
    });

  const conflict = hasCode(save.error, 'version_conflict');
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {fixed && <Text c="dimmed">{t('administration.roles.fixed')}</Text>}
        <TextInput
          label={t('administration.roles.name')}
          description={role?.builtIn && !fixed ? t('administration.roles.nameKept') : undefined}
          value={role?.builtIn ? roleName(role.name) : name}
          error={nameError}
          readOnly={role?.builtIn}
          variant={role?.builtIn ? 'filled' : undefined}
          maxLength={100}
          data-autofocus={role === null || undefined}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => setNameError(nameRule(name))}
        />
        <Textarea
          label={t('administration.description')}
          value={fixed ? roleDescription(role) : description}
          readOnly={fixed}
          variant={fixed ? 'filled' : undefined}
          maxLength={500}
          autosize
          minRows={1}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <div>
          <Text fw={500}>{t('administration.roles.rules')}</Text>
          <Text c="dimmed" fz="xs">
            {t('administration.roles.rulesText')}
          </Text>
        </div>
        <PermissionRules
          permissions={permissions}
          rules={rules}
          before={before}
          fixed={fixed}
          onChange={setRules}
        />
        {save.isError && !nameError && <ErrorNotice error={save.error} compact />}
        {conflict && role && (
          <Group gap="xs">
            <Button variant="default" onClick={props.onReload}>
              {t('administration.roles.reload')}
            </Button>
            <Button
              variant="default"
              onClick={() => {
                setBase(role);
                send(role.version);
              }}
            >
              {t('administration.roles.overwrite')}
            </Button>
          </Group>
        )}
      </Stack>
      <div className={classes.drawerFoot}>
        {role && !role.builtIn && (
          <Button
            variant="subtle"
            color="red"
            me="auto"
            loading={remove.isPending}
            onClick={() => confirmRemoval(role)}
          >
            {t('app.delete')}
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          {t(fixed ? 'app.close' : 'app.cancel')}
        </Button>
        {!fixed && (
          <Button type="submit" loading={save.isPending} disabled={!dirty}>
            {t(role === null ? 'administration.roles.make' : 'app.save')}
          </Button>
        )}
      </div>
    </form>
  );
}

interface PermissionRulesProps {
  permissions: PermissionMeaning[];
  rules: Rules;
  /** What the role said when it was opened. */
  before: Rules;
  fixed: boolean;
  onChange: (rules: Rules) => void;
}

function PermissionRules({ permissions, rules, before, fixed, onChange }: PermissionRulesProps) {
  const me = useMe();
  const prefix = useId();
  const labels: Record<Rule, string> = {
    allow: t('administration.roles.allow'),
    none: '–',
    deny: t('administration.roles.deny'),
  };
  return (
    <ul className={classes.rules}>
      {permissions.map(({ name, meaning }) => {
        const own = me.permissions.includes(name);
        const rule = ruleFor(rules, name);
        const may = (wanted: Rule) => !fixed && mayChoose(ruleFor(before, name), wanted, own);
        const limited = !fixed && (['allow', 'none', 'deny'] as const).some((wanted) => !may(wanted));
        return (
          <li key={name} className={classes.rule}>
            <div className={classes.ruleText}>
              <Text fw={500} id={`${prefix}-${name}`}>
                {permissionTitle(name)}
              </Text>
              <Text c="dimmed" fz="xs">
                {permissionMeaning(name, meaning)}
                {limited && ` ${t('administration.roles.notYours')}`}
              </Text>
            </div>
            <SegmentedControl
              size="xs"
              fullWidth
              className={classes.choice}
              data-choice={rule}
              aria-labelledby={`${prefix}-${name}`}
              value={rule}
              readOnly={fixed}
              onChange={(value) => onChange({ ...rules, [name]: value as Rule })}
              data={(['allow', 'none', 'deny'] as const).map((value) => ({
                value,
                label:
                  value === 'none' ? (
                    <>
                      <span aria-hidden="true">{labels.none}</span>
                      <span className="visually-hidden">{t('administration.roles.none')}</span>
                    </>
                  ) : (
                    labels[value]
                  ),
                disabled: fixed ? value !== rule : !may(value),
              }))}
            />
          </li>
        );
      })}
    </ul>
  );
}
