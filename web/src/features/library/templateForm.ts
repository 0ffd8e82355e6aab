/** The template editor's form: its shape, how it comes from and goes to the API, and what is wrong with it. */
import type { FieldError, Letterhead, Template, TemplateInput, TemplateVariable } from '../../api/types';
import { checkPlaceholders, freeName, labelFor, VARIABLE_NAME } from './placeholders';
import { type MarginSide, marginFits, PAPER, PLAIN_LETTERHEAD } from './sheet';

/** A variable in the form; `key` stays with the row while its name is being typed. */
export interface VariableRow extends TemplateVariable {
  key: string;
}

export interface TemplateForm {
  name: string;
  description: string;
  scope: 'own' | 'global';
  body: string;
  variables: VariableRow[];
  letterhead: Letterhead;
}

export const NAME_LIMIT = 120;
export const DESCRIPTION_LIMIT = 1000;
export const BODY_LIMIT = 100_000;
export const VARIABLES_LIMIT = 50;
export const OPTION_LIMIT = 200;
export const OPTIONS_LIMIT = 100;

// Kept forms bring their keys back, so keys of different page loads must not meet.
const load = Date.now().toString(36);
let keys = 0;
function nextKey(): string {
  keys += 1;
  return `${load}-${keys}`;
}

export function blankForm(): TemplateForm {
  return {
    name: '',
    description: '',
    scope: 'own',
    body: '',
    variables: [],
    letterhead: PLAIN_LETTERHEAD,
  };
}

export function formOf(template: Template): TemplateForm {
  return {
    name: template.name,
    description: template.description,
    scope: template.scope,
    body: template.body,
    variables: template.variables.map((variable) => ({ ...variable, key: nextKey() })),
    letterhead: template.letterhead,
  };
}

export function inputOf(form: TemplateForm): TemplateInput {
  return {
    name: form.name.trim(),
    description: form.description.trim(),
    scope: form.scope,
    body: form.body,
    variables: form.variables.map(variableOf),
    letterhead: form.letterhead,
  };
}

/** The variable as the API takes it: no row key, options only where there is a choice. */
export function variableOf({ key: _, ...variable }: VariableRow): TemplateVariable {
  return {
    ...variable,
    label: variable.label.trim() || labelFor(variable.name),
    options: variable.kind === 'select' ? variable.options : [],
  };
}

/** A new row for a name; without one, a free name is made up. */
export function newVariable(rows: readonly VariableRow[], name?: string): VariableRow {
  const chosen = name ?? freeName('variable', names(rows));
  return {
    key: nextKey(),
    name: chosen,
    label: name === undefined ? '' : labelFor(chosen),
    kind: /(^|_)(date|datum|fecha)$/i.test(chosen) ? 'date' : 'text',
    required: false,
    default: '',
    options: [],
  };
}

/** Recognises a form that was kept in the browser. */
export function isTemplateForm(value: unknown): value is TemplateForm {
  if (typeof value !== 'object' || value === null) return false;
  const form = value as Partial<TemplateForm>;
  return (
    typeof form.name === 'string' &&
    typeof form.description === 'string' &&
    typeof form.body === 'string' &&
    Array.isArray(form.variables) &&
    form.variables.every(
      (row) => typeof row?.key === 'string' && typeof row.name === 'string' && Array.isArray(row.options),
    ) &&
    typeof form.letterhead === 'object' &&
    form.letterhead !== null &&
    typeof form.letterhead.header === 'string' &&
    typeof form.letterhead.footer === 'string' &&
    form.letterhead.paper in PAPER &&
    typeof form.letterhead.margins === 'object' &&
    form.letterhead.margins !== null
  );
}

export function names(rows: readonly VariableRow[]): string[] {
  return rows.map((row) => row.name);
}

/** Moves a row up (-1) or down (1); at either end nothing changes. */
export function moved(rows: readonly VariableRow[], key: string, by: -1 | 1): VariableRow[] {
  const from = rows.findIndex((row) => row.key === key);
  const to = from + by;
  const list = [...rows];
  const row = list[from];
  const other = list[to];
  if (!row || !other) return list;
  list[from] = other;
  list[to] = row;
  return list;
}

/** Whether two forms would be saved as the same template. */
export function sameForm(a: TemplateForm, b: TemplateForm): boolean {
  return JSON.stringify(inputOf(a)) === JSON.stringify(inputOf(b));
}

/** What is wrong with one field, by name; the words are in the message files under `errors`. */
export type Flaw =
  | 'nameMissing'
  | 'nameLong'
  | 'descriptionLong'
  | 'bodyMissing'
  | 'bodyLong'
  | 'variablesUndefined'
  | 'variableNameMissing'
  | 'variableNameInvalid'
  | 'variableNameTaken'
  | 'optionsMissing'
  | 'optionsMany'
  | 'defaultNotAnOption'
  | 'marginRange';

export interface Flaws {
  name?: Flaw;
  description?: Flaw;
  body?: Flaw;
  /** By row key. */
  variableNames: Record<string, Flaw>;
  variableOptions: Record<string, Flaw>;
  variableDefaults: Record<string, Flaw>;
  margins: Partial<Record<MarginSide, Flaw>>;
}

/** Everything the server would refuse about the form, so that it is said beside the field before saving. */
export function flawsOf(form: TemplateForm): Flaws {
  const flaws: Flaws = {
    variableNames: {},
    variableOptions: {},
    variableDefaults: {},
    margins: {},
  };
  if (form.name.trim() === '') flaws.name = 'nameMissing';
  else if ([...form.name.trim()].length > NAME_LIMIT) flaws.name = 'nameLong';
  if ([...form.description.trim()].length > DESCRIPTION_LIMIT) flaws.description = 'descriptionLong';

  const check = checkPlaceholders(form.body, names(form.variables));
  if (form.body.trim() === '') flaws.body = 'bodyMissing';
  else if ([...form.body].length > BODY_LIMIT) flaws.body = 'bodyLong';
  else if (check.undefined.length > 0) flaws.body = 'variablesUndefined';

  for (const row of form.variables) {
    const flaw = nameFlaw(row, form.variables);
    if (flaw) flaws.variableNames[row.key] = flaw;
    if (row.kind !== 'select') continue;
    if (row.options.length === 0) flaws.variableOptions[row.key] = 'optionsMissing';
    else if (tooMany(row.options)) flaws.variableOptions[row.key] = 'optionsMany';
    else if (row.default !== '' && !row.options.includes(row.default)) {
      flaws.variableDefaults[row.key] = 'defaultNotAnOption';
    }
  }
  for (const side of ['top', 'right', 'bottom', 'left'] as const) {
    if (!marginFits(form.letterhead.margins[side])) flaws.margins[side] = 'marginRange';
  }
  return flaws;
}

function tooMany(options: readonly string[]): boolean {
  return options.length > OPTIONS_LIMIT || options.some((option) => [...option].length > OPTION_LIMIT);
}

/** What is wrong with a row's name; of two rows with one name the later one is at fault. */
export function nameFlaw(row: VariableRow, rows: readonly VariableRow[]): Flaw | undefined {
  if (row.name === '') return 'variableNameMissing';
  if (!VARIABLE_NAME.test(row.name)) return 'variableNameInvalid';
  const first = rows.find((other) => other.name === row.name);
  return first && first.key !== row.key ? 'variableNameTaken' : undefined;
}

/** The part of the editor that a flaw is in, to open it when saving is refused. */
export type Section = 'about' | 'text' | 'variables' | 'letterhead';

/** The first section with a flaw, or undefined when the form can be saved. */
export function firstFlawed(flaws: Flaws): Section | undefined {
  if (flaws.name || flaws.description) return 'about';
  if (flaws.body) return 'text';
  const rows = [flaws.variableNames, flaws.variableOptions, flaws.variableDefaults];
  if (rows.some((byKey) => Object.keys(byKey).length > 0)) return 'variables';
  if (Object.keys(flaws.margins).length > 0) return 'letterhead';
  return undefined;
}

/** The section a field error of the server belongs to (`variables[2].name`, `/letterhead/margins/top` …). */
export function sectionOf(error: FieldError): Section {
  const root = error.field.replace(/^[/.]/, '').split(/[/.[]/)[0];
  if (root === 'body') return 'text';
  if (root === 'variables') return 'variables';
  if (root === 'letterhead') return 'letterhead';
  return 'about';
}
