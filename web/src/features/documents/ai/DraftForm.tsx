import { Button, Select, Stack, Text, Textarea } from '@mantine/core';
import { IconSparkles } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ApiError } from '../../../api/client';
import type { TemplateVariable } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { t } from '../../../app/i18n';
import { LinkButton } from '../../../app/links';
import { TextSkeleton } from '../../../app/Skeletons';
import { useKept } from '../../../app/useKept';
import { templateChoices } from '../api';
import { useDesk } from '../document/desk';
import { ModelChoice } from './ModelChoice';
import { VariableFields } from './VariableFields';

interface Wish {
  templateId: string | null;
  instructions: string;
  variables: Record<string, string>;
  model: string | null;
}

const EMPTY: Wish = { templateId: null, instructions: '', variables: {}, model: null };

/** From a source and a template to a draft: which template, its variables, what else to mind. */
export function DraftForm() {
  const desk = useDesk();
  const { document } = desk;
  const templates = useQuery(templateChoices);
  const [wish, setWish] = useKept<Wish>(`draft.${document.id}`, EMPTY);
  const [errors, setErrors] = useState<Record<string, string | undefined>>({});
  const [failure, setFailure] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  if (templates.isPending) return <TextSkeleton lines={4} />;
  if (templates.isError)
    return <ErrorNotice error={templates.error} retry={() => void templates.refetch()} />;
  const all = templates.data.items;
  const template =
    all.find(({ id }) => id === wish.templateId) ??
    all.find(({ id }) => id === document.templateId) ??
    all[0];
  if (!template) {
    return (
      <Stack gap="sm" align="flex-start">
        <Text>{t('documents.draft.noTemplate')}</Text>
        <LinkButton to="/templates/$templateId" params={{ templateId: 'new' }} variant="default">
          {t('documents.draft.makeTemplate')}
        </LinkButton>
      </Stack>
    );
  }

  const filled = (variable: TemplateVariable) => wish.variables[variable.name] ?? variable.default;
  const missing = (variable: TemplateVariable) =>
    variable.required && filled(variable).trim() === '' ? t('documents.draft.required') : undefined;
  const waiting = document.processing !== null && desk.active === null;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const found = Object.fromEntries(
      template.variables.map((variable) => [variable.name, missing(variable)]),
    );
    setErrors(found);
    setFailure(null);
    const first = template.variables.find((variable) => found[variable.name]);
    if (first) {
      (event.currentTarget as HTMLFormElement).querySelector<HTMLElement>(`[name="${first.name}"]`)?.focus();
      return;
    }
    setBusy(true);
    try {
      await desk.startDraft({
        templateId: template.id,
        instructions: wish.instructions.trim() || undefined,
        variables: Object.fromEntries(
          template.variables.map((variable) => [variable.name, filled(variable)]),
        ),
        model: wish.model ?? undefined,
      });
    } catch (error) {
      const beside =
        error instanceof ApiError
          ? error.fieldErrors.map(({ field, detail }) => [field.replace(/^variables\./, ''), detail] as const)
          : [];
      setErrors(Object.fromEntries(beside));
      if (!beside.some(([name]) => template.variables.some((variable) => variable.name === name)))
        setFailure(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="md">
        <Select
          label={t('documents.draft.template')}
          description={template.description || undefined}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={template.id}
          searchable={all.length > 8}
          data={all.map(({ id, name }) => ({ value: id, label: name }))}
          onChange={(templateId) => {
            setErrors({});
            setWish((current) => ({ ...current, templateId }));
          }}
        />
        <VariableFields
          variables={template.variables}
          values={wish.variables}
          errors={errors}
          onChange={(name, value) => {
            setErrors((current) => ({ ...current, [name]: undefined }));
            setWish((current) => ({ ...current, variables: { ...current.variables, [name]: value } }));
          }}
        />
        <Textarea
          label={t('documents.draft.instructions')}
          placeholder={t('documents.draft.instructionsExample')}
          value={wish.instructions}
          autosize
          minRows={2}
          maxRows={10}
          maxLength={20_000}
          onChange={(event) => {
            const instructions = event.currentTarget.value;
            setWish((current) => ({ ...current, instructions }));
          }}
        />
        <ModelChoice value={wish.model} onChange={(model) => setWish((current) => ({ ...current, model }))} />
        {failure !== null && <ErrorNotice error={failure} compact />}
        <Button
          type="submit"
          leftSection={<IconSparkles size={18} />}
          loading={busy}
          disabled={waiting || desk.active !== null}
        >
          {t('documents.draft.write')}
        </Button>
        {waiting && (
          <Text fz="xs" c="dimmed">
            {t('documents.draft.waitForSource')}
          </Text>
        )}
        {desk.draft && (
          <Text fz="xs" c="dimmed">
            {t('documents.draft.replaces')}
          </Text>
        )}
      </Stack>
    </form>
  );
}
