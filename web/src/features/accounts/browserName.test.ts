import { expect, it } from 'vitest';
import { browserName } from './browserName';

it('names the browser and the system of a session', () => {
  const edge =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0';
  const safari =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
  expect(browserName(edge)).toBe('Edge, Windows');
  expect(browserName(safari)).toBe('Safari, iPhone');
});

it('keeps the own name of a program', () => {
  expect(browserName('curl/8.9.1')).toBe('curl');
});

it('says nothing about a session without a user agent', () => {
  expect(browserName(null)).toBeNull();
  expect(browserName('')).toBeNull();
});
