import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { AuditEvent } from '../../../api/types';
import { t } from '../../../app/i18n';
import { usePermission } from '../../../app/session';
import classes from '../administration.module.css';
import { auditActionsQuery, personQuery } from '../api';
import { PersonSelect } from '../PersonSelect';
import { actionTitle, kindTitle, outcomeTitle } from './auditWords';
import { type AuditSearch, OUTCOMES } from './filters';

/** Kinds of things that things are done to. */
const KINDS = ['person', 'group', 'role', 'key', 'session', 'document', 'provider', 'settings', 'consent'];

interface AuditFiltersProps {
  search: AuditSearch;
  /** What is shown: its people can be chosen even by those who may not see all people. */
  events: AuditEvent[];
  onChange: (part: AuditSearch) => void;
}

/** Narrows the trail by who, what, how it ended, to what, and when. */
export function AuditFilters({ search, events, onChange }: AuditFiltersProps) {
  const actions = useQuery(auditActionsQuery);
  const kinds = search.kind && !KINDS.includes(search.kind) ? [...KINDS, search.kind] : KINDS;
  const narrowed = Object.values(search).some((value) => value !== undefined);
  return (
    <search className={classes.filterGrid}>
      <ActorFilter search={search} events={events} onChange={onChange} />
      <Select
        label={t('administration.audit.action')}
        placeholder={t('administration.audit.any')}
        clearable
        searchable
        value={search.action ?? null}
        data={(actions.data ?? []).map(({ name }) => ({ value: name, label: actionTitle(name) }))}
        nothingFoundMessage={t('administration.nothingMatches')}
        onChange={(action) => onChange({ action: action ?? undefined })}
      />
      <Select
        label={t('administration.audit.outcome')}
        placeholder={t('administration.audit.any')}
        clearable
        value={search.outcome ?? null}
        data={OUTCOMES.map((outcome) => ({ value: outcome, label: outcomeTitle(outcome) }))}
        onChange={(value) => onChange({ outcome: OUTCOMES.find((outcome) => outcome === value) })}
      />
      <Select
        label={t('administration.audit.target')}
        placeholder={t('administration.audit.any')}
        clearable
        value={search.kind ?? null}
        data={kinds.map((kind) => ({ value: kind, label: kindTitle(kind) }))}
        onChange={(kind) => onChange({ kind: kind ?? undefined, target: undefined })}
      />
      <TextInput
        type="date"
        label={t('administration.audit.from')}
        value={search.from ?? ''}
        max={search.to}
        onChange={(event) => onChange({ from: event.currentTarget.value || undefined })}
      />
      <TextInput
        type="date"
        label={t('administration.audit.to')}
        value={search.to ?? ''}
        min={search.from}
        onChange={(event) => onChange({ to: event.currentTarget.value || undefined })}
      />
      {narrowed && (
        <Button
          variant="default"
          onClick={() =>
            onChange({
              actor: undefined,
              action: undefined,
              outcome: undefined,
              kind: undefined,
              target: undefined,
              from: undefined,
              to: undefined,
            })
          }
        >
          {t('administration.showAll')}
        </Button>
      )}
    </search>
  );
}

function ActorFilter({ search, events, onChange }: AuditFiltersProps) {
  const seesPeople = usePermission('people:manage');
  const chosen = search.actor ?? null;
  const seen = new Map(events.flatMap(({ actor }) => (actor?.name ? [[actor.id, actor.name] as const] : [])));
  const known = chosen ? seen.get(chosen) : undefined;
  const person = useQuery({
    ...personQuery(chosen ?? ''),
    enabled: seesPeople && chosen !== null && known === undefined,
  });
  const field = {
    label: t('administration.audit.who'),
    placeholder: t('administration.audit.anyone'),
    value: chosen,
    clearable: true,
  };
  if (seesPeople) {
    return (
      <PersonSelect
        key={chosen ?? 'anyone'}
        {...field}
        name={known ?? person.data?.name}
        onChange={(found) => onChange({ actor: found?.id })}
      />
    );
  }
  const choices = [...seen].map(([value, label]) => ({ value, label }));
  if (chosen && !known) choices.push({ value: chosen, label: t('administration.someone') });
  return <Select {...field} data={choices} onChange={(actor) => onChange({ actor: actor ?? undefined })} />;
}
