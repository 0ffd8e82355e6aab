import { describe, expect, it } from 'vitest';
import {
  checkPlaceholders,
  freeName,
  labelFor,
  nearestName,
  renamePlaceholder,
  spans,
  VARIABLE_NAME,
  variableNames,
} from './placeholders';

describe('placeholders', () => {
  it('the spans of a text joined again are the text itself', () => {
    for (const text of [
      '',
      'plain',
      '{{a}}',
      'x {{ a }}{{b}} y',
      '{{ {{a}} }}',
      '{{a',
      '{{\n}}',
      '{{b c}}{{{a}}}',
      '}}{{',
    ]) {
      expect(
        spans(text)
          .map((span) => span.text)
          .join(''),
      ).toBe(text);
    }
  });

  it('a name is found once, trimmed, in the order of first appearance', () => {
    expect(variableNames('{{ b }} {{a}} {{b}} {{}} {b}')).toEqual(['b', 'a']);
  });

  it('a body is told apart into undefined, malformed and unused names', () => {
    expect(checkPlaceholders('{{client}} {{due date}} {{1st}}', ['client', 'signature', ''])).toEqual({
      undefined: [],
      malformed: ['due date', '1st'],
      unused: ['signature'],
    });
    expect(checkPlaceholders('{{client}}', []).undefined).toEqual(['client']);
  });

  it('variables are found where the server finds them', () => {
    const text = 'Dear {{ name }}, {{name}} {{1x}} {{a {{due_on}} }} {{{not}}} {{\nwrapped\n}}';
    expect(variableNames(text)).toEqual(['name', 'due_on', 'wrapped']);
    expect(checkPlaceholders(text, []).malformed).toEqual(['1x']);
  });

  it('renaming touches only the placeholder of that name and counts the places', () => {
    const renamed = renamePlaceholder('{{a}} {{ a }} {{ab}} a', 'a', 'b');
    expect(renamed).toEqual({ body: '{{b}} {{b}} {{ab}} a', places: 2 });
  });

  it('a name containing replacement patterns is inserted literally', () => {
    expect(renamePlaceholder('{{a}}', 'a', '$&').body).toBe('{{$&}}');
  });

  it('whatever is typed becomes an allowed name', () => {
    for (const typed of ['Due date (2nd)', '1. Größe', '日付', '', '__', 'x'.repeat(90)]) {
      expect(nearestName(typed)).toMatch(VARIABLE_NAME);
    }
    expect(nearestName('Größe der Straße')).toBe('grosse_der_strasse');
  });

  it('a free name never exceeds 64 characters and is never taken', () => {
    const long = 'x'.repeat(64);
    const free = freeName(long, [long, `${'x'.repeat(62)}_2`]);
    expect(free).toBe(`${'x'.repeat(62)}_3`);
    expect(freeName('a', ['b'])).toBe('a');
  });

  it('a label reads like words', () => {
    expect(labelFor('due_date')).toBe('Due date');
    expect(labelFor('clientName')).toBe('Client name');
    expect(labelFor('__')).toBe('__');
  });
});
