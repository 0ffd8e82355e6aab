import { describe, expect, it } from 'vitest';
import { isOwn, looksLikeEmail, mayWrite } from './roles';

describe('roles', () => {
  it('lets owners and editors write', () => {
    expect((['owner', 'editor', 'viewer'] as const).map((role) => mayWrite({ role }))).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('calls only the own documents own', () => {
    expect((['owner', 'editor', 'viewer'] as const).map((role) => isOwn({ role }))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe('looksLikeEmail', () => {
  it('tells addresses from names', () => {
    expect(['ada@example.org', 'admin@localhost'].every(looksLikeEmail)).toBe(true);
    expect(['Ada', 'ada@', '@example.org', 'a b@example.org', 'a@b@c'].some(looksLikeEmail)).toBe(false);
  });
});
