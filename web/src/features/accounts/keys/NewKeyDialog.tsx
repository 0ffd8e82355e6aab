import { Button, Checkbox, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../../api/client';
import type { MadeApiKey } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { sentence } from '../../../app/explain';
import { t } from '../../../app/i18n';
import { useMe } from '../../../app/session';
import { permissionMeaning, permissionTitle } from '../../administration/permissions';
import { nameRule } from '../../administration/rules';
import { useMakeKey } from '../api';
import { daysAllowed, endOf, isDayAllowed, LIVES, type Life } from './expiry';
import { KeyOnce } from './KeyOnce';
import classes from './keys.module.css';

/** Makes an API key, and shows it the one time it can be seen. */
export function NewKeyDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<MadeApiKey | null>(null);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={() => setMade(null)}
      size="lg"
      title={t(made ? 'administration.keys.madeTitle' : 'administration.keys.new')}
      // The key is seen only here, and a half-filled form is work: neither goes by a stray click.
      closeOnClickOutside={false}
      closeOnEscape={made === null}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {made ? <KeyOnce made={made} onClose={onClose} /> : <NewKeyForm onMade={setMade} onClose={onClose} />}
    </Modal>
  );
}

function NewKeyForm({ onMade, onClose }: { onMade: (made: MadeApiKey) => void; onClose: () => void }) {
  const me = useMe();
  const make = useMakeKey();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>([]);
  const [life, setLife] = useState<Life>('90');
  const [day, setDay] = useState('');
  const [errors, setErrors] = useState<{ name?: string; scopes?: string; expiresAt?: string }>({});
  const days = daysAllowed();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (make.isPending) return;
    const found = {
      name: nameRule(name) ?? undefined,
      scopes: scopes.length === 0 ? t('administration.keys.scopesMissing') : undefined,
      expiresAt: life === 'date' && !isDayAllowed(day) ? t('administration.keys.dayWrong') : undefined,
    };
    setErrors(found);
    if (Object.values(found).some(Boolean)) return;
    make.mutate(
      { name: name.trim(), scopes, expiresAt: endOf(life, day) },
      {
        onSuccess: onMade,
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          setErrors(
            Object.fromEntries(error.fieldErrors.map(({ field, detail }) => [field, sentence(detail)])),
          );
        },
      },
    );
  };

  const beside = make.error instanceof ApiError && make.error.fieldErrors.length > 0;
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        <TextInput
          label={t('administration.keys.name')}
          description={t('administration.keys.nameHint')}
          value={name}
          error={errors.name}
          maxLength={100}
          data-autofocus
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group
          label={t('administration.keys.scopes')}
          description={t('administration.keys.scopesHint')}
          value={scopes}
          error={errors.scopes}
          onChange={setScopes}
        >
          <div className={classes.choices}>
            {me.permissions.map((permission) => (
              <Checkbox
                key={permission}
                value={permission}
                label={permissionTitle(permission)}
                description={permissionMeaning(permission)}
              />
            ))}
          </div>
        </Checkbox.Group>
        <Group align="flex-start" grow preventGrowOverflow={false} gap="sm">
          <Select
            label={t('administration.keys.life')}
            value={life}
            data={LIVES.map((value) => ({ value, label: t(`administration.keys.lives.${value}`) }))}
            onChange={(value) => setLife(LIVES.find((known) => known === value) ?? '90')}
          />
          {life === 'date' && (
            <TextInput
              type="date"
              label={t('administration.keys.day')}
              min={days.first}
              max={days.last}
              value={day}
              error={errors.expiresAt}
              onChange={(event) => setDay(event.currentTarget.value)}
            />
          )}
        </Group>
        {life !== 'date' && errors.expiresAt && <Text c="red">{errors.expiresAt}</Text>}
        {make.isError && !beside && <ErrorNotice error={make.error} compact />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('app.cancel')}
          </Button>
          <Button type="submit" loading={make.isPending}>
            {t('administration.keys.make')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
