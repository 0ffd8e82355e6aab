import { CloseButton, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../../../app/i18n';
import classes from '../administration.module.css';
import { PersonSelect } from '../PersonSelect';

export interface Member {
  id: string;
  name: string;
}

/** More members than this are found by their names. */
const SHOWN = 50;

/** Who is in a group: added by name or address, taken out one by one. */
export function Members({ members, onChange }: { members: Member[]; onChange: (members: Member[]) => void }) {
  const [typed, setTyped] = useState('');
  const words = typed.trim().toLocaleLowerCase();
  const matching = members.filter(({ name }) => name.toLocaleLowerCase().includes(words));
  const shown = matching.slice(0, SHOWN);
  return (
    <section aria-label={t('administration.groups.members')}>
      <PersonSelect
        label={t('administration.groups.addMember')}
        placeholder={t('administration.people.search')}
        value={null}
        without={new Set(members.map(({ id }) => id))}
        onChange={(person) => {
          // The newest on top, where one looks.
          if (person) onChange([person, ...members]);
        }}
      />
      <Text fw={500} mt="md" mb={6}>
        {t('administration.groups.memberCount', { count: members.length })}
      </Text>
      {members.length > SHOWN && (
        <TextInput
          mb="xs"
          aria-label={t('administration.groups.findMember')}
          placeholder={t('administration.groups.findMember')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {shown.length > 0 && (
        <ul className={classes.members}>
          {shown.map((member) => (
            <li key={member.id} className={classes.member}>
              <Text>{member.name}</Text>
              <CloseButton
                aria-label={t('administration.groups.removeMember', { name: member.name })}
                onClick={() => onChange(members.filter(({ id }) => id !== member.id))}
              />
            </li>
          ))}
        </ul>
      )}
      {matching.length > shown.length && (
        <Text c="dimmed" fz="xs" mt={4}>
          {t('administration.groups.moreMembers', { count: matching.length - shown.length })}
        </Text>
      )}
    </section>
  );
}
