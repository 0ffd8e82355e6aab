import { expect, it } from 'vitest';
import { choicesOf, sameIds } from './choices';
import { suggestPassword } from './suggestPassword';

it('suggests passwords that can be read aloud and are never the same', () => {
  const suggested = new Set(Array.from({ length: 50 }, suggestPassword));
  expect(suggested.size).toBe(50);
  for (const password of suggested) expect(password).toMatch(/^([a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
});

it('offers what is chosen before it knows what there is, and nothing twice', () => {
  const chosen = [{ id: 'a', name: 'Staff' }];
  expect(choicesOf(undefined, chosen)).toEqual([{ value: 'a', label: 'Staff' }]);
  expect(choicesOf([...chosen, { id: 'b', name: 'Teachers' }], chosen)).toHaveLength(2);
});

it('compares choices without their order', () => {
  expect(sameIds(['a', 'b'], ['b', 'a'])).toBe(true);
  expect(sameIds(['a'], ['b'])).toBe(false);
  expect(sameIds([], ['b'])).toBe(false);
});
