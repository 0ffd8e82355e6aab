import { describe, expect, it } from 'vitest';
import { linkToken } from './linkToken';

describe('linkToken', () => {
  it('reads the token of a link', () => {
    expect(linkToken('#token=a-b_C1')).toBe('a-b_C1');
  });

  it('gives nothing for a link that was cut', () => {
    expect(linkToken('')).toBe('');
    expect(linkToken('#tok')).toBe('');
  });
});
