import {
  Alert,
  Button,
  Drawer,
  Group,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { ApiError } from '../../api/client';
import type { ModelProvider, ProviderInput, ProviderModel } from '../../api/types';
import { ErrorNotice } from '../../app/ErrorNotice';
import { messageOrNull, t } from '../../app/i18n';
import { notifyDone } from '../../app/notify';
import { useKept } from '../../app/useKept';
import { useSaveProvider, useTestProvider } from './api';
import { ModelsTable } from './ModelsTable';
import { mergeModels } from './models';
import { isBaseUrl, isProviderName, SERVICES, serviceOf } from './services';

interface ProviderDrawerProps {
  /** The provider to edit, `new`, or null when the drawer is closed. */
  provider: ModelProvider | 'new' | null;
  onClose: () => void;
}

/** Adds or edits a provider; one that comes from the environment is shown read-only. */
export function ProviderDrawer({ provider, onClose }: ProviderDrawerProps) {
  const saved = provider === 'new' ? null : provider;
  const readOnly = saved !== null && saved.id === null;
  return (
    <Drawer
      opened={provider !== null}
      onClose={onClose}
      position="right"
      size="lg"
      title={saved ? saved.name : t('settings.addProvider')}
      closeButtonProps={{ 'aria-label': t('app.close') }}
    >
      {provider !== null && <ProviderForm saved={saved} readOnly={readOnly} onClose={onClose} />}
    </Drawer>
  );
}

/** What was typed and not yet saved, without the key: that is kept nowhere. */
type Typed = Pick<ProviderInput, 'name' | 'kind' | 'baseUrl'> & {
  service: string;
  enabled: boolean;
  models: ProviderModel[];
};

function asSaved(saved: ModelProvider | null): Typed {
  const service = saved ? serviceOf(saved) : SERVICES[0];
  return {
    service: service?.value ?? 'other',
    name: saved?.name ?? service?.value ?? '',
    kind: saved?.kind ?? service?.kind ?? 'openai_compatible',
    baseUrl: saved?.baseUrl ?? service?.baseUrl ?? '',
    enabled: saved?.enabled ?? true,
    models: saved?.models ?? [],
  };
}

function ProviderForm(props: { saved: ModelProvider | null; readOnly: boolean; onClose: () => void }) {
  const { saved, readOnly, onClose } = props;
  const [kept, setKept] = useKept<Typed | null>(`provider.${saved?.name ?? 'new'}`, null);
  const typed = (readOnly ? null : kept) ?? asSaved(saved);
  const { name, kind, baseUrl, enabled } = typed;
  const service = SERVICES.find(({ value }) => value === typed.service);
  const set = (part: Partial<Typed>) => {
    setKept((now) => ({ ...(now ?? asSaved(saved)), ...part }));
    // A remark that went only when the field is left would move the button that is being clicked.
    setErrors((now) => ({ ...now, ...Object.fromEntries(Object.keys(part).map((field) => [field, null])) }));
  };
  const [apiKey, setApiKey] = useState('');
  /** What a test of a provider that can't be changed here has found. */
  const [found, setFound] = useState<ProviderModel[] | null>(null);
  const models = found ?? typed.models;
  const [errors, setErrors] = useState<Record<string, string | null>>({});
  const test = useTestProvider();
  const save = useSaveProvider();

  const nameError = () => (isProviderName(name) ? null : t('settings.nameRule'));
  const urlError = () => (isBaseUrl(baseUrl) ? null : t('settings.baseUrlRule'));

  const chooseService = (value: string | null) => {
    const chosen = SERVICES.find((known) => known.value === value);
    if (!chosen) return;
    const isNamedAfterService = name === '' || SERVICES.some((known) => known.value === name);
    set({
      service: chosen.value,
      kind: chosen.kind,
      baseUrl: chosen.baseUrl,
      models: [],
      ...(!saved && isNamedAfterService && { name: chosen.value === 'other' ? '' : chosen.value }),
    });
    setErrors({});
    test.reset();
  };

  const runTest = () => {
    const wrong = urlError();
    setErrors((current) => ({ ...current, baseUrl: wrong }));
    if (wrong) return;
    test.mutate(
      { providerId: saved?.id ?? undefined, kind, baseUrl, apiKey: apiKey || undefined },
      {
        onSuccess: (result) => {
          const merged = mergeModels(models, result.models);
          if (readOnly) setFound(merged);
          else set({ models: merged });
        },
      },
    );
  };

  const runSave = () => {
    const wrong = { name: nameError(), baseUrl: urlError() };
    setErrors(wrong);
    if (wrong.name || wrong.baseUrl) return;
    const input: ProviderInput = { name, kind, baseUrl, enabled, models, ...(apiKey ? { apiKey } : {}) };
    save.mutate(
      { id: saved?.id ?? null, input },
      {
        onSuccess: () => {
          setKept(null);
          notifyDone(t('settings.providerSaved', { name }));
          onClose();
        },
        onError: (error) => {
          if (!(error instanceof ApiError)) return;
          setErrors(Object.fromEntries(error.fieldErrors.map(({ field, detail }) => [field, detail])));
        },
      },
    );
  };

  const beside =
    save.error instanceof ApiError && save.error.fieldErrors.some(({ field }) => field in { name, baseUrl });
  const services = SERVICES.map(({ value, label }) => ({
    value,
    label: label || t('settings.otherService'),
  }));

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        runSave();
      }}
    >
      <Stack>
        {readOnly && saved && (
          <Text c="dimmed">
            {t(`settings.sourceText.${saved.source === 'detected' ? 'detected' : 'environment'}`)}
          </Text>
        )}
        {!readOnly && (
          <Select
            label={t('settings.service')}
            data={services}
            value={service?.value ?? 'other'}
            onChange={chooseService}
          />
        )}
        {!readOnly && service?.value === 'other' && (
          <Select
            label={t('settings.protocol')}
            data={[
              { value: 'openai_compatible', label: t('settings.kind.openai_compatible') },
              { value: 'anthropic', label: t('settings.kind.anthropic') },
            ]}
            value={kind}
            onChange={(value) => set({ kind: value === 'anthropic' ? 'anthropic' : 'openai_compatible' })}
          />
        )}
        <TextInput
          label={t('settings.name')}
          description={t('settings.nameHint')}
          value={name}
          error={errors.name}
          readOnly={readOnly}
          spellCheck={false}
          onChange={(event) => set({ name: event.currentTarget.value })}
          onBlur={() => name && setErrors((current) => ({ ...current, name: nameError() }))}
        />
        <TextInput
          label={t('settings.baseUrl')}
          description={t('settings.baseUrlHint')}
          value={baseUrl}
          error={errors.baseUrl}
          readOnly={readOnly}
          inputMode="url"
          spellCheck={false}
          onChange={(event) => set({ baseUrl: event.currentTarget.value.trim() })}
          onBlur={() => baseUrl && setErrors((current) => ({ ...current, baseUrl: urlError() }))}
        />
        {!readOnly && (
          <PasswordInput
            label={t('settings.apiKey')}
            description={saved?.hasKey ? t('settings.apiKeyKept') : t('settings.apiKeyHint')}
            placeholder={saved?.hasKey ? '••••••••' : undefined}
            value={apiKey}
            autoComplete="off"
            onChange={(event) => setApiKey(event.currentTarget.value.trim())}
          />
        )}
        <Group>
          <Button variant="default" loading={test.isPending} onClick={runTest}>
            {t('settings.test')}
          </Button>
          {test.isPending && <Text c="dimmed">{t('settings.testing')}</Text>}
        </Group>
        <div aria-live="polite">
          {test.isError && <ErrorNotice error={test.error} compact />}
          {test.data && (
            <Alert
              color={test.data.ok ? 'green' : 'red'}
              title={test.data.ok ? t('settings.testOk') : t('settings.testFailed')}
            >
              {test.data.ok ? (
                t('settings.testFound', {
                  count: test.data.models.length,
                  milliseconds: test.data.latencyMs ?? 0,
                })
              ) : (
                <>
                  {messageOrNull(`settings.testTodo.${test.data.code}`)}
                  <Text fz="xs" c="dimmed" mt={4}>
                    {test.data.detail}
                  </Text>
                </>
              )}
            </Alert>
          )}
        </div>
        <ModelsTable models={models} onChange={(next) => set({ models: next })} readOnly={readOnly} />
        {!readOnly && (
          <>
            <Switch
              label={t('settings.enabled')}
              description={t('settings.enabledHint')}
              checked={enabled}
              onChange={(event) => set({ enabled: event.currentTarget.checked })}
            />
            {save.isError && !beside && <ErrorNotice error={save.error} compact />}
            <Group justify="flex-end">
              <Button
                variant="default"
                onClick={() => {
                  setKept(null);
                  onClose();
                }}
              >
                {t('app.cancel')}
              </Button>
              <Button type="submit" loading={save.isPending}>
                {t('app.save')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </form>
  );
}
