import {
  ActionIcon,
  Button,
  Group,
  Menu,
  NativeSelect,
  Paper,
  Stack,
  Switch,
  TagsInput,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { TemplateVariable } from '../../api/types';
import { EmptyState } from '../../app/EmptyState';
import { t } from '../../app/i18n';
import { nearestName, VARIABLE_NAME } from './placeholders';
import classes from './templateFields.module.css';
import { type Flaw, type Flaws, moved, newVariable, VARIABLES_LIMIT, type VariableRow } from './templateForm';
import { ValueField } from './ValueField';

interface VariablesEditorProps {
  rows: VariableRow[];
  onChange: (rows: VariableRow[]) => void;
  /** A variable got another name; the text follows. */
  onRename: (key: string, from: string, to: string) => void;
  /** Names that the text never mentions. */
  unused: readonly string[];
  flaws: Flaws;
  /** Shows the flaws also of fields that nobody has left yet. */
  showFlaws: boolean;
  readOnly: boolean;
}

export function VariablesEditor({
  rows,
  onChange,
  onRename,
  unused,
  flaws,
  showFlaws,
  readOnly,
}: VariablesEditorProps) {
  const add = () => onChange([...rows, newVariable(rows)]);
  const replace = (row: VariableRow) => onChange(rows.map((other) => (other.key === row.key ? row : other)));

  if (rows.length === 0) {
    return (
      <EmptyState
        title={t('library.variables.emptyTitle')}
        actions={
          readOnly ? undefined : (
            <Button variant="default" leftSection={<IconPlus size={16} stroke={1.5} />} onClick={add}>
              {t('library.variables.add')}
            </Button>
          )
        }
      >
        {t('library.variables.emptyText')}
      </EmptyState>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t('library.variables.intro')}
      </Text>
      {rows.map((row, index) => (
        <VariableCard
          key={row.key}
          row={row}
          unused={unused.includes(row.name)}
          flaws={flaws}
          showFlaws={showFlaws}
          readOnly={readOnly}
          onChange={replace}
          onRename={onRename}
          onMove={(by) => onChange(moved(rows, row.key, by))}
          onRemove={() => onChange(rows.filter((other) => other.key !== row.key))}
          first={index === 0}
          last={index === rows.length - 1}
        />
      ))}
      {!readOnly && (
        <Group>
          <Button
            variant="default"
            disabled={rows.length >= VARIABLES_LIMIT}
            leftSection={<IconPlus size={16} stroke={1.5} />}
            onClick={add}
          >
            {t('library.variables.add')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

interface VariableCardProps {
  row: VariableRow;
  unused: boolean;
  flaws: Flaws;
  showFlaws: boolean;
  readOnly: boolean;
  first: boolean;
  last: boolean;
  onChange: (row: VariableRow) => void;
  onRename: (key: string, from: string, to: string) => void;
  onMove: (by: -1 | 1) => void;
  onRemove: () => void;
}

function VariableCard({
  row,
  unused,
  flaws,
  showFlaws,
  readOnly,
  first,
  last,
  onChange,
  onRename,
  onMove,
  onRemove,
}: VariableCardProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const leave = (field: string) => setLeft(new Set([...left, field]));
  const said = (field: string, flaw: Flaw | undefined) =>
    flaw && (showFlaws || left.has(field)) ? t(`library.errors.${flaw}`) : undefined;
  const change = (part: Partial<TemplateVariable>) => onChange({ ...row, ...part });
  const title = row.label || row.name || t('library.variables.unnamed');

  return (
    <Paper withBorder p="md" component="section" aria-label={t('library.variables.one', { name: title })}>
      <div className={classes.variable}>
        <NameField
          // The field holds its own text while typing; another name from outside starts it anew.
          key={row.name}
          row={row}
          readOnly={readOnly}
          error={said('name', flaws.variableNames[row.key])}
          onLeave={() => leave('name')}
          onRename={onRename}
        />
        <TextInput
          label={t('library.variables.label')}
          value={row.label}
          maxLength={200}
          readOnly={readOnly}
          onChange={(event) => change({ label: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('library.variables.kind')}
          value={row.kind}
          disabled={readOnly}
          onChange={(event) => change({ kind: event.currentTarget.value as TemplateVariable['kind'] })}
          data={(['text', 'longText', 'select', 'date'] as const).map((kind) => ({
            value: kind,
            label: t(`library.variables.kinds.${kind}`),
          }))}
        />
        <DefaultField
          row={row}
          readOnly={readOnly}
          error={said('default', flaws.variableDefaults[row.key])}
          onChange={(value) => {
            change({ default: value });
            leave('default');
          }}
        />
        {row.kind === 'select' && (
          <TagsInput
            className={classes.wide}
            label={t('library.variables.options')}
            description={readOnly ? undefined : t('library.variables.optionsHint')}
            value={row.options}
            readOnly={readOnly}
            onChange={(options) => change({ options })}
            onBlur={() => leave('options')}
            error={said('options', flaws.variableOptions[row.key])}
          />
        )}
      </div>
      <Group justify="space-between" mt="sm" gap="xs">
        <Group gap="md">
          <Switch
            label={t('library.variables.required')}
            checked={row.required}
            disabled={readOnly}
            onChange={(event) => change({ required: event.currentTarget.checked })}
          />
          {unused && (
            <Text size="sm" c="dimmed">
              {t('library.variables.unused')}
            </Text>
          )}
        </Group>
        {!readOnly && (
          <Menu position="bottom-end">
            <Menu.Target>
              <Tooltip label={t('library.variables.more')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  aria-label={t('library.variables.moreOf', { name: title })}
                >
                  <IconDots size={18} stroke={1.5} />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                disabled={first}
                leftSection={<IconArrowUp size={16} stroke={1.5} />}
                onClick={() => onMove(-1)}
              >
                {t('library.variables.up')}
              </Menu.Item>
              <Menu.Item
                disabled={last}
                leftSection={<IconArrowDown size={16} stroke={1.5} />}
                onClick={() => onMove(1)}
              >
                {t('library.variables.down')}
              </Menu.Item>
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<IconTrash size={16} stroke={1.5} />} onClick={onRemove}>
                {t('library.variables.remove')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </Group>
    </Paper>
  );
}

/** The name is taken over when the field is left, so that the text isn't renamed letter by letter. */
function NameField({
  row,
  readOnly,
  error,
  onLeave,
  onRename,
}: {
  row: VariableRow;
  readOnly: boolean;
  error: string | undefined;
  onLeave: () => void;
  onRename: (key: string, from: string, to: string) => void;
}) {
  const [typed, setTyped] = useState(row.name);
  const commit = () => {
    onLeave();
    const name = typed.trim();
    const allowed = name === '' || VARIABLE_NAME.test(name) ? name : nearestName(name);
    setTyped(allowed);
    if (allowed !== row.name) onRename(row.key, row.name, allowed);
  };
  return (
    <TextInput
      label={t('library.variables.name')}
      classNames={{ input: classes.mono }}
      value={typed}
      readOnly={readOnly}
      required
      maxLength={200}
      spellCheck={false}
      autoCapitalize="off"
      error={error}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onBlur={commit}
      onKeyDown={(event) => {
        if (event.key === 'Enter') commit();
      }}
    />
  );
}

function DefaultField({
  row,
  readOnly,
  error,
  onChange,
}: {
  row: VariableRow;
  readOnly: boolean;
  error: string | undefined;
  onChange: (value: string) => void;
}) {
  return (
    <ValueField
      className={row.kind === 'longText' ? classes.wide : undefined}
      variable={row}
      label={t('library.variables.default')}
      value={row.default}
      readOnly={readOnly}
      error={error}
      onChange={onChange}
    />
  );
}
