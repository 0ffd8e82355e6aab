import { expect, it } from 'vitest';
import { auditQueryOf, auditSearchOf } from './filters';

it('leaves out of an address what is not understood', () => {
  expect(
    auditSearchOf({ outcome: 'perhaps', from: '2026-02-30', to: 'yesterday', action: '', kind: 7 }),
  ).toEqual({});
  expect(auditSearchOf({ outcome: 'denied', from: '2026-02-28', action: 'session.begun' })).toEqual({
    outcome: 'denied',
    from: '2026-02-28',
    action: 'session.begun',
  });
});

it('asks for whole days, the last one included', () => {
  const { from, to } = auditQueryOf({ from: '2026-12-31', to: '2026-12-31' });
  expect(from).toBe(new Date(2026, 11, 31).toISOString());
  expect(to).toBe(new Date(2027, 0, 1).toISOString());
});
