import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../../app/i18n';
import { foundPeople } from './api';
import { looksLikeEmail } from './roles';
import classes from './sharing.module.css';

/** Whom to share with: someone who is here, or an address to write to. */
export type Choice = { kind: 'person'; id: string; name: string } | { kind: 'email'; email: string };

/** How long typing must rest before people are looked for, in milliseconds. */
const REST = 200;

/** Finds people by name or address; an address that finds nobody can be invited. */
export function PersonPicker(props: {
  choice: Choice | null;
  without: ReadonlySet<string>;
  onChoose: (choice: Choice | null) => void;
}) {
  const { choice, without, onChoose } = props;
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), REST);
  const found = useQuery(foundPeople(choice?.kind === 'person' && asked === choice.name ? '' : asked));
  const offered = (found.data ?? []).filter(({ id }) => !without.has(id));
  const data = offered.map(({ id, name }) => ({ value: id, label: name }));
  const email = choice?.kind === 'email' ? choice.email : looksLikeEmail(typed.trim()) ? typed.trim() : null;
  if (email) {
    const label = choice?.kind === 'email' ? email : t('documents.share.inviteAddress', { email });
    data.push({ value: email, label });
  }
  if (choice?.kind === 'person' && !offered.some(({ id }) => id === choice.id)) {
    data.unshift({ value: choice.id, label: choice.name });
  }
  return (
    <Select
      className={classes.picker}
      label={t('documents.share.whom')}
      placeholder={t('documents.share.whomExample')}
      searchable
      clearable
      selectFirstOptionOnChange
      clearButtonProps={{ 'aria-label': t('documents.share.clear') }}
      data={data}
      value={choice === null ? null : choice.kind === 'person' ? choice.id : choice.email}
      searchValue={typed}
      onSearchChange={setTyped}
      // The server has searched already.
      filter={({ options }) => options}
      nothingFoundMessage={
        typed.trim().length < 2
          ? undefined
          : found.isFetching || asked !== typed.trim()
            ? t('app.searching')
            : t('documents.share.nobody')
      }
      onChange={(value) => {
        const person = offered.find(({ id }) => id === value);
        if (person) onChoose({ kind: 'person', id: person.id, name: person.name });
        else if (value !== null && value === email) onChoose({ kind: 'email', email: value });
        else onChoose(null);
      }}
    />
  );
}
