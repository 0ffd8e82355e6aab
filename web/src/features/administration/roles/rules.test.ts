import { expect, it } from 'vitest';
import { mayChoose, namesOf, ruleFor, rulesOf } from './rules';

it('reads what a role says about each permission, and writes it in their order', () => {
  const rules = rulesOf({ allow: ['models:use', 'documents:use'], deny: ['people:manage'] });
  expect(ruleFor(rules, 'people:manage')).toBe('deny');
  expect(ruleFor(rules, 'audit:read')).toBe('none');
  const order = ['documents:use', 'models:use', 'people:manage', 'audit:read'];
  expect(namesOf(rules, order, 'allow')).toEqual(['documents:use', 'models:use']);
});

it('lets nobody give what they do not have themselves', () => {
  expect(mayChoose('none', 'allow', false)).toBe(false);
  expect(mayChoose('deny', 'none', false)).toBe(false);
  expect(mayChoose('deny', 'allow', false)).toBe(false);
  expect(mayChoose('allow', 'none', false)).toBe(true);
  expect(mayChoose('none', 'deny', false)).toBe(true);
  expect(mayChoose('allow', 'allow', false)).toBe(true);
  expect(mayChoose('none', 'allow', true)).toBe(true);
});
