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

function ProviderForm(props: { saved: ModelProvider | null; readOnly: boolean; onClose: () => void }) {
  const { saved, readOnly, onClose } = props;
  const [service, setService] = useState(saved ? serviceOf(saved) : SERVICES[0]);
  const [name, setName] = useState(saved?.name ?? service?.value ?? '');
  const [kind, setKind] = useState(saved?.kind ?? service?.kind ?? 'openai_compatible');
  const [baseUrl, setBaseUrl] = useState(saved?.baseUrl ?? service?.baseUrl ?? '');
  const [apiKey, setApiKey] = useState('');
  const [enabled, setEnabled] = useState(saved?.enabled ?? true);
  const [models, setModels] = useState<ProviderModel[]>(saved?.models ?? []);
  const [errors, setErrors] = useState<Record<string, string | null>>({});
  const test = useTestProvider();
  const save = useSaveProvider();

  const nameError = () => (isProviderName(name) ? null : t('settings.nameRule'));
  const urlError = () => (isBaseUrl(baseUrl) ? null : t('settings.baseUrlRule'));

  const chooseService = (value: string | null) => {
    const chosen = SERVICES.find((known) => known.value === value);
    if (!chosen) return;
    if (!saved && (name === '' || SERVICES.some((known) => known.value === name))) {
      setName(chosen.value === 'other' ? '' : chosen.value);
    }
    setService(chosen);
    setKind(chosen.kind);
    setBaseUrl(chosen.baseUrl);
    setModels([]);
    setErrors({});
    test.reset();
  };

  const runTest = () => {
    const found = { baseUrl: urlError() };
    setErrors((current) => ({ ...current, ...found }));
    if (found.baseUrl) return;
    test.mutate(
      { providerId: saved?.id ?? undefined, kind, baseUrl, apiKey: apiKey || undefined },
      { onSuccess: (result) => setModels((known) => mergeModels(known, result.models)) },
    );
  };

  const runSave = () => {
    const found = { name: nameError(), baseUrl: urlError() };
    setErrors(found);
    if (found.name || found.baseUrl) return;
    const input: ProviderInput = { name, kind, baseUrl, enabled, models, ...(apiKey ? { apiKey } : {}) };
    save.mutate(
      { id: saved?.id ?? null, input },
      {
        onSuccess: () => {
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
            onChange={(value) => setKind(value === 'anthropic' ? 'anthropic' : 'openai_compatible')}
          />
        )}
        <TextInput
          label={t('settings.name')}
          description={t('settings.nameHint')}
          value={name}
          error={errors.name}
          readOnly={readOnly}
          spellCheck={false}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={() => setErrors((current) => ({ ...current, name: nameError() }))}
        />
        <TextInput
          label={t('settings.baseUrl')}
          description={t('settings.baseUrlHint')}
          value={baseUrl}
          error={errors.baseUrl}
          readOnly={readOnly}
          inputMode="url"
          spellCheck={false}
          onChange={(event) => setBaseUrl(event.currentTarget.value.trim())}
          onBlur={() => setErrors((current) => ({ ...current, baseUrl: urlError() }))}
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
        <ModelsTable models={models} onChange={setModels} readOnly={readOnly} />
        {!readOnly && (
          <>
            <Switch
              label={t('settings.enabled')}
              description={t('settings.enabledHint')}
              checked={enabled}
              onChange={(event) => setEnabled(event.currentTarget.checked)}
            />
            {save.isError && !beside && <ErrorNotice error={save.error} compact />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
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
