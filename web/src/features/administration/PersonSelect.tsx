import { Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { t } from '../../app/i18n';
import classes from './administration.module.css';
import { findPeopleQuery } from './api';

interface Person {
  id: string;
  name: string;
}

interface PersonSelectProps extends Pick<SelectProps, 'label' | 'description' | 'placeholder'> {
  value: string | null;
  /** The name of `value`, when it is known already. */
  name?: string | undefined;
  /** People not to offer. */
  without?: ReadonlySet<string>;
  clearable?: boolean;
  onChange: (person: Person | null) => void;
}

/** Finds one person by a part of their name or e-mail address. */
export function PersonSelect({ value, name, without, onChange, ...rest }: PersonSelectProps) {
  const [typed, setTyped] = useState('');
  const [asked] = useDebouncedValue(typed.trim(), 200);
  const found = useQuery(findPeopleQuery(asked === name ? '' : asked));
  const offered = (found.data ?? []).filter(({ id }) => !without?.has(id));
  const data = offered.map((person) => ({ value: person.id, label: person.name, email: person.email }));
  if (value !== null && !offered.some(({ id }) => id === value)) {
    data.unshift({ value, label: name ?? t('administration.someone'), email: '' });
  }
  return (
    <Select
      {...rest}
      searchable
      allowDeselect={rest.clearable ?? false}
      data={data}
      value={value}
      searchValue={typed}
      onSearchChange={setTyped}
      // The server has searched already, in addresses too.
      filter={({ options }) => options}
      renderOption={({ option }) => (
        <span>
          {option.label}
          <span className={classes.optionSub}>
            {data.find((person) => person.value === option.value)?.email}
          </span>
        </span>
      )}
      nothingFoundMessage={found.isFetching ? t('app.searching') : t('administration.nothingMatches')}
      onChange={(id) => {
        const person = offered.find((known) => known.id === id);
        onChange(person ? { id: person.id, name: person.name } : null);
        if (value === null) setTyped('');
      }}
    />
  );
}
