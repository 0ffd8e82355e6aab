import { Button, Group, NumberInput, SegmentedControl, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ApiError } from '../../api/client';
import type { Model, Settings } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { currentLanguage, t } from '../../app/i18n';
import { modelName } from '../../app/modelName';
import { notifyDone } from '../../app/notify';
import { Section } from '../../app/Section';
import { TextSkeleton } from '../../app/Skeletons';
import { useKept } from '../../app/useKept';
import { modelsQuery, settingsQuery, useSaveSettings } from './api';

const CURRENCIES = [
  'USD',
  'EUR',
  'GBP',
  'CHF',
  'CAD',
  'AUD',
  'JPY',
  'SEK',
  'NOK',
  'DKK',
  'PLN',
  'MXN',
  'BRL',
  'INR',
];

/** What holds for everyone in the workspace. */
export function WorkspaceTab() {
  const settings = useQuery(settingsQuery);
  const models = useQuery(modelsQuery);
  if (settings.isPending) return <TextSkeleton />;
  if (settings.isError) return <ErrorNotice error={settings.error} retry={() => void settings.refetch()} />;
  return <WorkspaceForm saved={settings.data} models={models.data ?? []} />;
}

function WorkspaceForm({ saved, models }: { saved: Settings; models: Model[] }) {
  const [edits, setEdits] = useKept<Partial<Settings>>('settings.workspace', {});
  const values = { ...saved, ...edits };
  const save = useSaveSettings();
  const set = (part: Partial<Settings>) => setEdits((current) => ({ ...current, ...part }));
  const changed = JSON.stringify(values) !== JSON.stringify(saved);
  const nameError = values.appName.trim() === '' ? t('settings.appNameMissing') : null;
  const serverError = (field: string) =>
    save.error instanceof ApiError
      ? save.error.fieldErrors.find((error) => error.field === field)?.detail
      : undefined;
  const names = new Intl.DisplayNames(currentLanguage(), { type: 'currency' });
  const known = CURRENCIES.includes(saved.currency) ? CURRENCIES : [saved.currency, ...CURRENCIES];

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (nameError) return;
        save.mutate(
          { ...values, appName: values.appName.trim() },
          {
            onSuccess: () => {
              setEdits({});
              notifyDone(t('settings.saved'));
            },
          },
        );
      }}
    >
      <Section title={t('settings.workspace')} description={t('settings.workspaceText')}>
        <Stack>
          <TextInput
            label={t('settings.appName')}
            value={values.appName}
            maxLength={60}
            error={nameError ?? serverError('appName')}
            onChange={(event) => set({ appName: event.currentTarget.value })}
          />
          <Group justify="space-between">
            <div>
              <Text fw={500}>{t('settings.signUp')}</Text>
              <Text c="dimmed">
                {values.signUp === 'open' ? t('settings.signUpOpenText') : t('settings.signUpClosedText')}
              </Text>
            </div>
            <SegmentedControl
              aria-label={t('settings.signUp')}
              value={values.signUp}
              onChange={(value) => set({ signUp: value === 'open' ? 'open' : 'closed' })}
              data={[
                { value: 'closed', label: t('settings.closed') },
                { value: 'open', label: t('settings.open') },
              ]}
            />
          </Group>
        </Stack>
      </Section>
      <Section title={t('settings.modelsAndMoney')} description={t('settings.modelsAndMoneyText')}>
        <Stack>
          <Select
            label={t('settings.defaultModel')}
            placeholder={t('settings.defaultModelAuto')}
            clearable
            clearButtonProps={{ 'aria-label': t('settings.defaultModelAuto') }}
            data={models.map((model) => ({ value: model.id, label: modelName(model) }))}
            value={values.defaultModel}
            error={serverError('defaultModel')}
            onChange={(defaultModel) => set({ defaultModel })}
          />
          <Select
            label={t('settings.currency')}
            searchable
            data={known.map((code) => ({ value: code, label: `${code} · ${names.of(code) ?? code}` }))}
            value={values.currency}
            error={serverError('currency')}
            onChange={(currency) => {
              if (currency) set({ currency });
            }}
          />
        </Stack>
      </Section>
      <Section title={t('settings.retention')} description={t('settings.retentionText')}>
        <Stack>
          <Days
            label={t('settings.uploadRetention')}
            value={values.uploadRetentionDays}
            error={serverError('uploadRetentionDays')}
            onChange={(uploadRetentionDays) => set({ uploadRetentionDays })}
          />
          <Days
            label={t('settings.exportRetention')}
            value={values.exportRetentionDays}
            error={serverError('exportRetentionDays')}
            onChange={(exportRetentionDays) => set({ exportRetentionDays })}
          />
        </Stack>
      </Section>
      <Stack mt="md" align="flex-start">
        {save.isError && <ErrorNotice error={save.error} compact />}
        <Group>
          <Button type="submit" loading={save.isPending} disabled={!changed || nameError !== null}>
            {t('settings.saveWorkspace')}
          </Button>
          {changed && (
            <Button variant="default" onClick={() => setEdits({})}>
              {t('settings.discard')}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function Days(props: {
  label: string;
  value: number;
  error: string | undefined;
  onChange: (days: number) => void;
}) {
  return (
    <NumberInput
      label={props.label}
      value={props.value}
      error={props.error}
      min={1}
      max={3650}
      allowDecimal={false}
      suffix={` ${t('settings.days', { count: props.value })}`}
      onChange={(value) => {
        if (typeof value === 'number') props.onChange(value);
      }}
    />
  );
}
