import { expect, it } from 'vitest';
import { innerPath } from './innerPath';

it('lets a sign-in go on to a page of this app', () => {
  expect(innerPath('/documents/1?q=a#b')).toBe('/documents/1?q=a#b');
  expect(innerPath('/')).toBe('/');
});

it.each([
  'https://evil.example',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  'documents',
  '',
  7,
  undefined,
])('never sends anybody to %s', (value) => expect(innerPath(value)).toBeUndefined());
