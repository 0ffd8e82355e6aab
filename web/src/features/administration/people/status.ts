import type { PersonStatus } from '../../../api/types';

export type { PersonStatus };

const STATUSES: readonly PersonStatus[] = ['active', 'unverified', 'disabled'];

/** The status that this names; undefined for anything else. */
export function statusOf(value: unknown): PersonStatus | undefined {
  return STATUSES.find((status) => status === value);
}

export const STATUS_COLORS: Record<PersonStatus, string> = {
  active: 'green',
  unverified: 'amber',
  disabled: 'red',
};
