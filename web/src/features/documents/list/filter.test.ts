import { describe, expect, it } from 'vitest';
import { idsBetween, parseFilter } from './filter';

describe('parseFilter', () => {
  it('takes what it knows and drops the rest', () => {
    expect(parseFilter({ q: 2026, status: 'failed', sort: 'size', trash: true, x: 1 })).toEqual({
      q: '2026',
      status: 'failed',
      sort: undefined,
      shared: undefined,
      trash: true,
    });
  });

  it('reads an empty address as no filter at all', () => {
    expect(Object.values(parseFilter({ q: '', trash: 'yes' })).every((value) => value === undefined)).toBe(
      true,
    );
  });
});

describe('idsBetween', () => {
  it('selects both ends, in either direction', () => {
    const ids = ['a', 'b', 'c', 'd'];
    expect(idsBetween(ids, 'd', 'b')).toEqual(['b', 'c', 'd']);
    expect(idsBetween(ids, 'a', 'a')).toEqual(['a']);
  });

  it('selects the clicked row alone when the other end has left the list', () => {
    expect(idsBetween(['a', 'b'], 'gone', 'b')).toEqual(['b']);
  });
});
