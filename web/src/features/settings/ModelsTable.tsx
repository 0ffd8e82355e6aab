import {
  ActionIcon,
  Button,
  Group,
  NumberInput,
  Switch,
  Text,
  TextInput,
  Title,
  Tooltip,
} from '@mantine/core';
import { IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { ProviderModel } from '../../api/types';
import { t } from '../../app/i18n';
import { microsToPrice, priceToMicros } from './models';
import classes from './settings.module.css';

interface ModelsTableProps {
  models: ProviderModel[];
  onChange: (models: ProviderModel[]) => void;
  readOnly: boolean;
}

/** From this many models on, the list can be searched. */
const MANY = 10;

/** Which models people may use, and what they cost per million tokens. */
export function ModelsTable({ models, onChange, readOnly }: ModelsTableProps) {
  const [query, setQuery] = useState('');
  const [adding, setAdding] = useState('');
  const words = query.trim().toLocaleLowerCase();
  const shown = models.filter(({ id, name }) => `${id} ${name}`.toLocaleLowerCase().includes(words));
  const change = (id: string, part: Partial<ProviderModel>) =>
    onChange(models.map((model) => (model.id === id ? { ...model, ...part } : model)));
  const addModel = () => {
    const id = adding.trim();
    if (!id || models.some((model) => model.id === id)) return;
    onChange([
      ...models,
      { id, name: id, enabled: true, contextWindow: null, priceIn: null, priceOut: null },
    ]);
    setAdding('');
  };
  return (
    <section aria-labelledby="models-title">
      <Title order={3} id="models-title">
        {t('settings.models')}
      </Title>
      <Text c="dimmed" mb="xs">
        {models.length > 0 ? t('settings.modelsText') : t('settings.modelsNone')}
      </Text>
      {models.length >= MANY && (
        <TextInput
          aria-label={t('settings.searchModels')}
          placeholder={t('settings.searchModels')}
          leftSection={<IconSearch size={18} />}
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
          mb="xs"
        />
      )}
      {models.length > 0 && (
        <ul className={classes.models}>
          {shown.map((model) => (
            <li key={model.id} className={classes.model}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Switch
                  label={model.id}
                  checked={model.enabled}
                  disabled={readOnly}
                  classNames={{ label: classes.long }}
                  onChange={(event) => change(model.id, { enabled: event.currentTarget.checked })}
                />
                {!readOnly && (
                  <Tooltip label={t('settings.removeModel')}>
                    <ActionIcon
                      size="md"
                      aria-label={t('settings.removeModelOf', { model: model.id })}
                      onClick={() => onChange(models.filter(({ id }) => id !== model.id))}
                    >
                      <IconX size={16} />
                    </ActionIcon>
                  </Tooltip>
                )}
              </Group>
              {model.enabled && (
                <div className={classes.prices}>
                  <NumberInput
                    label={t('settings.contextWindow')}
                    value={model.contextWindow ?? ''}
                    min={1}
                    allowDecimal={false}
                    thousandSeparator=" "
                    hideControls
                    readOnly={readOnly}
                    onChange={(value) =>
                      change(model.id, { contextWindow: typeof value === 'number' ? value : null })
                    }
                  />
                  <NumberInput
                    label={t('settings.priceIn')}
                    value={microsToPrice(model.priceIn)}
                    min={0}
                    decimalScale={6}
                    hideControls
                    readOnly={readOnly}
                    onChange={(value) => change(model.id, { priceIn: priceToMicros(value) })}
                  />
                  <NumberInput
                    label={t('settings.priceOut')}
                    value={microsToPrice(model.priceOut)}
                    min={0}
                    decimalScale={6}
                    hideControls
                    readOnly={readOnly}
                    onChange={(value) => change(model.id, { priceOut: priceToMicros(value) })}
                  />
                </div>
              )}
            </li>
          ))}
          {shown.length === 0 && (
            <li className={classes.model}>
              <Text c="dimmed">{t('app.nothingFound', { query })}</Text>
            </li>
          )}
        </ul>
      )}
      {!readOnly && (
        <Group gap="xs" mt="xs" align="flex-end" wrap="nowrap">
          <TextInput
            label={t('settings.addModel')}
            value={adding}
            spellCheck={false}
            flex={1}
            onChange={(event) => setAdding(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              addModel();
            }}
          />
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            onClick={addModel}
            disabled={!adding.trim()}
          >
            {t('settings.add')}
          </Button>
        </Group>
      )}
    </section>
  );
}
