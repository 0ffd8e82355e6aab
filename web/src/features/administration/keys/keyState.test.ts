import { expect, it } from 'vitest';
import { keyState } from './keyState';

it('tells keys that can be used from those that were revoked or have expired', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');
  const expiresAt = '2026-11-20T12:00:00Z';
  expect(keyState({ expiresAt: null, revokedAt: null }, now)).toBe('live');
  expect(keyState({ expiresAt, revokedAt: null }, now)).toBe('expired');
  expect(keyState({ expiresAt, revokedAt: null }, now - 1)).toBe('live');
  expect(keyState({ expiresAt, revokedAt: '2026-11-19T12:00:00Z' }, now)).toBe('revoked');
});
