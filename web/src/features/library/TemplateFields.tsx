import { Button, Stack, Switch, Tabs, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { t } from '../../app/i18n';
import { notifyDone } from '../../app/notify';
import { usePermission } from '../../app/session';
import { BodyEditor } from './BodyEditor';
import { LetterheadEditor } from './LetterheadEditor';
import { checkPlaceholders, nearestName, renamePlaceholder, variableNames } from './placeholders';
import classes from './templateFields.module.css';
import {
  DESCRIPTION_LIMIT,
  type Flaw,
  type Flaws,
  NAME_LIMIT,
  names,
  newVariable,
  type Section,
  type TemplateForm,
} from './templateForm';
import { VariablesEditor } from './VariablesEditor';

export type Tab = Exclude<Section, 'about'>;

interface TemplateFieldsProps {
  form: TemplateForm;
  flaws: Flaws;
  /** Says what is wrong also beside fields that nobody has left yet. */
  showFlaws: boolean;
  readOnly: boolean;
  isNew: boolean;
  tab: Tab;
  onTab: (tab: Tab) => void;
  onChange: (part: Partial<TemplateForm>) => void;
}

export function TemplateFields({
  form,
  flaws,
  showFlaws,
  readOnly,
  isNew,
  tab,
  onTab,
  onChange,
}: TemplateFieldsProps) {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const leave = (field: string) => setLeft((last) => new Set([...last, field]));
  const said = (field: string, flaw: Flaw | undefined) =>
    flaw && (showFlaws || left.has(field)) ? t(`library.errors.${flaw}`) : undefined;
  const managesGlobal = usePermission('templates:manage-global');
  const check = checkPlaceholders(form.body, names(form.variables));

  const rename = (key: string, from: string, to: string) => {
    // Two variables may share a name for a moment; then the text belongs to the other one too.
    const shared = form.variables.some((row) => row.key !== key && row.name === from);
    const { body, places } =
      to === '' || shared ? { body: form.body, places: 0 } : renamePlaceholder(form.body, from, to);
    onChange({
      body,
      variables: form.variables.map((row) => (row.key === key ? { ...row, name: to } : row)),
    });
    if (places > 0) notifyDone(t('library.variables.renamed', { count: places, name: to }));
  };

  const define = (wanted: readonly string[]) => {
    const rows = [...form.variables];
    for (const name of wanted) rows.push(newVariable(rows, name));
    onChange({ variables: rows });
  };

  const mend = (malformed: string) =>
    onChange({ body: renamePlaceholder(form.body, malformed, nearestName(malformed)).body });

  const start = (name: string, body: string) => {
    const rows = [...form.variables];
    for (const found of variableNames(body)) {
      if (!names(rows).includes(found)) rows.push(newVariable(rows, found));
    }
    onChange({ name: form.name || name, body, variables: rows });
  };

  return (
    <Stack gap="md">
      <TextInput
        label={t('library.editor.name')}
        required={!readOnly}
        value={form.name}
        readOnly={readOnly}
        error={said('name', flaws.name)}
        autoFocus={isNew && form.name === ''}
        onChange={(event) => onChange({ name: event.currentTarget.value })}
        onBlur={() => form.name !== '' && leave('name')}
        maxLength={NAME_LIMIT * 2}
      />
      <Textarea
        label={t('library.editor.description')}
        description={readOnly ? undefined : t('library.editor.descriptionHint')}
        value={form.description}
        readOnly={readOnly}
        error={said('description', flaws.description)}
        autosize
        minRows={1}
        maxRows={4}
        maxLength={DESCRIPTION_LIMIT * 2}
        onChange={(event) => onChange({ description: event.currentTarget.value })}
        onBlur={() => leave('description')}
      />
      {managesGlobal && (
        <Switch
          label={t('library.editor.global')}
          description={t('library.editor.globalHint')}
          checked={form.scope === 'global'}
          disabled={readOnly}
          onChange={(event) => onChange({ scope: event.currentTarget.checked ? 'global' : 'own' })}
        />
      )}
      <Tabs value={tab} onChange={(value) => onTab((value ?? 'text') as Tab)} mt="xs">
        <Tabs.List mb="md">
          <Tabs.Tab value="text">{t('library.editor.tabText')}</Tabs.Tab>
          <Tabs.Tab value="variables">
            {form.variables.length === 0
              ? t('library.editor.tabVariables')
              : t('library.editor.tabVariablesCount', { number: form.variables.length })}
          </Tabs.Tab>
          <Tabs.Tab value="letterhead">{t('library.editor.tabLetterhead')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="text">
          {isNew && form.body === '' && <Starters onStart={start} />}
          <BodyEditor
            label={t('library.editor.body')}
            placeholder={t('library.editor.bodyPlaceholder')}
            value={form.body}
            onChange={(body) => onChange({ body })}
            onBlur={() => form.body !== '' && leave('body')}
            names={names(form.variables)}
            error={flaws.body === 'variablesUndefined' ? undefined : said('body', flaws.body)}
            invalid={showFlaws && flaws.body !== undefined}
            readOnly={readOnly}
            markdown
            required={!readOnly}
            lines={18}
          />
          {!readOnly && check.malformed.length > 0 && (
            <div className={classes.strip}>
              <span>{t('library.variables.malformed')}</span>
              {check.malformed.map((name) => (
                <Button key={name} size="compact-sm" variant="default" onClick={() => mend(name)}>
                  {t('library.variables.mend', { name, mended: nearestName(name) })}
                </Button>
              ))}
            </div>
          )}
          {!readOnly && check.undefined.length > 0 && (
            <div className={classes.strip}>
              <span>{t('library.variables.undefined', { count: check.undefined.length })}</span>
              {check.undefined.map((name) => (
                <Button key={name} size="compact-sm" variant="default" onClick={() => define([name])}>
                  {t('library.variables.define', { name })}
                </Button>
              ))}
              {check.undefined.length > 1 && (
                <Button size="compact-sm" variant="subtle" onClick={() => define(check.undefined)}>
                  {t('library.variables.defineAll')}
                </Button>
              )}
            </div>
          )}
          {!readOnly && (
            <Text size="xs" c="dimmed" mt="xs">
              {t('library.editor.bodyHint')}
            </Text>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="variables">
          <VariablesEditor
            rows={form.variables}
            onChange={(variables) => onChange({ variables })}
            onRename={rename}
            unused={check.unused}
            flaws={flaws}
            showFlaws={showFlaws}
            readOnly={readOnly}
          />
        </Tabs.Panel>
        <Tabs.Panel value="letterhead">
          <LetterheadEditor
            letterhead={form.letterhead}
            onChange={(letterhead) => onChange({ letterhead })}
            flaws={flaws}
            readOnly={readOnly}
          />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** Three beginnings for those who would rather change something than face an empty page. */
function Starters({ onStart }: { onStart: (name: string, body: string) => void }) {
  return (
    <div className={classes.starters}>
      <Text size="sm" c="dimmed">
        {t('library.starters.intro')}
      </Text>
      {(['letter', 'report', 'minutes'] as const).map((kind) => (
        <Button
          key={kind}
          size="xs"
          variant="default"
          onClick={() => onStart(t(`library.starters.${kind}.name`), t(`library.starters.${kind}.body`))}
        >
          {t(`library.starters.${kind}.name`)}
        </Button>
      ))}
    </div>
  );
}
