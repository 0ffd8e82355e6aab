import { expect, it } from 'vitest';
import {
  blankForm,
  firstFlawed,
  flawsOf,
  formOf,
  inputOf,
  moved,
  newVariable,
  sameForm,
  sectionOf,
  type TemplateForm,
} from './templateForm';

function letter(): TemplateForm {
  return {
    ...blankForm(),
    name: 'Letter',
    body: 'Dear {{client}}',
    variables: [newVariable([], 'client')],
  };
}

it('a complete form has no flaw', () => {
  expect(firstFlawed(flawsOf(letter()))).toBeUndefined();
});

it('the first flaw decides which section is opened', () => {
  expect(firstFlawed(flawsOf({ ...letter(), name: ' ' }))).toBe('about');
  expect(firstFlawed(flawsOf({ ...letter(), variables: [] }))).toBe('text');
  const margins = { top: 4, right: 20, bottom: 20, left: 20 };
  const form = letter();
  expect(firstFlawed(flawsOf({ ...form, letterhead: { ...form.letterhead, margins } }))).toBe('letterhead');
});

it('of two variables with one name the later one is at fault', () => {
  const form = letter();
  const twin = newVariable(form.variables, 'client');
  const flaws = flawsOf({ ...form, variables: [...form.variables, twin] });
  expect(flaws.variableNames).toEqual({ [twin.key]: 'variableNameTaken' });
});

it('a choice needs options, and its default is one of them', () => {
  const form = letter();
  const row = { ...newVariable([], 'client'), kind: 'select' as const };
  expect(flawsOf({ ...form, variables: [row] }).variableOptions[row.key]).toBe('optionsMissing');
  const chosen = { ...row, options: ['a'], default: 'b' };
  expect(flawsOf({ ...form, variables: [chosen] }).variableDefaults[row.key]).toBe('defaultNotAnOption');
});

it('row keys and surrounding blanks make no difference to what is saved', () => {
  const form = letter();
  const loaded = formOf({
    ...inputOf(form),
    description: '',
    scope: 'own',
    id: 't',
    mine: true,
    version: 1,
    createdAt: '',
    updatedAt: '',
    variables: inputOf(form).variables ?? [],
    letterhead: form.letterhead,
  });
  expect(loaded.variables[0]?.key).not.toBe(form.variables[0]?.key);
  expect(sameForm(form, { ...loaded, name: ' Letter ' })).toBe(true);
  expect(sameForm(form, { ...loaded, body: '' })).toBe(false);
});

it('options are saved only where there is a choice', () => {
  const row = { ...newVariable([], 'client'), options: ['a'] };
  expect(inputOf({ ...letter(), variables: [row] }).variables?.[0]?.options).toEqual([]);
});

it('a variable moves by one place and stays at the ends', () => {
  const first = newVariable([], 'a');
  const second = newVariable([first], 'b');
  expect(moved([first, second], second.key, -1).map((row) => row.name)).toEqual(['b', 'a']);
  expect(moved([first, second], second.key, 1).map((row) => row.name)).toEqual(['a', 'b']);
});

it('a field error of the server is shown in the section it belongs to', () => {
  const at = (field: string) => sectionOf({ field, code: '', detail: '' });
  expect(['variables[2].name', '/letterhead/margins/top', 'body', 'name'].map(at)).toEqual([
    'variables',
    'letterhead',
    'text',
    'about',
  ]);
});
