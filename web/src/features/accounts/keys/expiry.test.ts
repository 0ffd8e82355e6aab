import { expect, it } from 'vitest';
import { daysAllowed, endOf, isDayAllowed } from './expiry';

const now = new Date(2026, 10, 20, 15, 30);

it('ends a key after its days, at the end of a day, or never', () => {
  expect(endOf('7', '', now)).toBe(new Date(now.getTime() + 7 * 86_400_000).toISOString());
  expect(endOf('date', '2026-12-31', now)).toBe(new Date(2027, 0, 1).toISOString());
  expect(endOf('never', '2026-12-31', now)).toBeNull();
});

it('offers days from tomorrow to just under five years on', () => {
  expect(daysAllowed(now)).toEqual({ first: '2026-11-21', last: '2031-11-19' });
  expect(isDayAllowed('2026-11-20', now)).toBe(false);
  expect(isDayAllowed('2026-11-21', now)).toBe(true);
  expect(isDayAllowed('2031-11-20', now)).toBe(false);
  expect(isDayAllowed('', now)).toBe(false);
});
