/** Which events of the audit trail to show, as the address of the page says it. */
export interface AuditSearch {
  /** The person who did it. */
  actor?: string | undefined;
  action?: string | undefined;
  outcome?: Outcome | undefined;
  /** What kind of thing it was done to. */
  kind?: string | undefined;
  /** The thing it was done to. */
  target?: string | undefined;
  /** The first day, as `2026-11-20`, in the person's own time zone. */
  from?: string | undefined;
  /** The last day. */
  to?: string | undefined;
}

export const OUTCOMES = ['done', 'denied', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
}

function day(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) && startOf(value) !== undefined
    ? value
    : undefined;
}

/** The filter in an address; whatever is not understood is left out. */
export function auditSearchOf(search: Record<string, unknown>): AuditSearch {
  return {
    actor: text(search.actor),
    action: text(search.action),
    outcome: OUTCOMES.find((outcome) => outcome === search.outcome),
    kind: text(search.kind),
    target: text(search.target),
    from: day(search.from),
    to: day(search.to),
  };
}

/** The moment a day begins here, moved by some days; nothing for a day that doesn't exist. */
function startOf(day: string, later = 0): string | undefined {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number);
  const moment = new Date(year, month - 1, date + later);
  if (later === 0 && (moment.getMonth() !== month - 1 || moment.getDate() !== date)) return undefined;
  return moment.toISOString();
}

/** The filter as the API takes it: a last day ends where the next one begins. */
export function auditQueryOf(search: AuditSearch): Record<string, string | undefined> {
  return {
    actor: search.actor,
    action: search.action,
    outcome: search.outcome,
    targetKind: search.kind,
    targetId: search.target,
    from: search.from && startOf(search.from),
    to: search.to && startOf(search.to, 1),
  };
}
