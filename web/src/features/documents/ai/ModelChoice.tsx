import { Select, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Model } from '../../../api/types';
import { ErrorNotice } from '../../../app/ErrorNotice';
import { formatCost, formatNumber } from '../../../app/format';
import { t } from '../../../app/i18n';
import { LinkAnchor } from '../../../app/links';
import { modelName } from '../../../app/modelName';
import { usePermission } from '../../../app/session';
import { modelChoices } from '../api';

function modelLine(model: Model): string {
  if (model.builtIn) return t('documents.model.builtInLine');
  const parts = [model.provider];
  if (model.contextWindow !== null) {
    parts.push(t('documents.model.window', { tokens: formatNumber(model.contextWindow) }));
  }
  if (model.priceIn === 0 && model.priceOut === 0) parts.push(t('documents.runs.free'));
  else if (model.priceIn !== null && model.priceOut !== null) {
    parts.push(
      t('documents.model.price', { in: formatCost(model.priceIn), out: formatCost(model.priceOut) }),
    );
  }
  return parts.join(' · ');
}

/** Which model writes; with none configured it says what happens instead and who can change that. */
export function ModelChoice(props: { value: string | null; onChange: (model: string) => void }) {
  const models = useQuery(modelChoices);
  const mayConfigure = usePermission('providers:manage');
  const all = models.data ?? [];
  if (models.isError && !models.data) {
    return <ErrorNotice error={models.error} retry={() => void models.refetch()} compact />;
  }
  if (models.isSuccess && all.every((model) => model.builtIn)) {
    return (
      <Text fz="xs" c="dimmed">
        {t('documents.model.none')}{' '}
        {mayConfigure ? (
          <LinkAnchor to="/settings/$tab" params={{ tab: 'providers' }} fz="xs" underline="always">
            {t('documents.model.add')}
          </LinkAnchor>
        ) : (
          t('documents.model.askAdministrator')
        )}
      </Text>
    );
  }
  const value = all.some((model) => model.id === props.value)
    ? props.value
    : (all.find((model) => model.isDefault)?.id ?? all[0]?.id ?? null);
  const chosen = all.find((model) => model.id === value);
  return (
    <Select
      label={t('documents.model.label')}
      description={chosen && modelLine(chosen)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={models.isPending ? t('app.loading') : undefined}
      disabled={all.length === 0}
      searchable={all.length > 8}
      value={value}
      data={all.map((model) => ({ value: model.id, label: modelName(model) }))}
      onChange={(model) => model && props.onChange(model)}
    />
  );
}
