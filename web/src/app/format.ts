import { currentLocale, t } from './i18n';

/** "1.4 MB": decimal units, as file managers show them. */
export function formatBytes(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(currentLocale(), {
    style: 'unit',
    unit: units[unit],
    unitDisplay: 'short',
    maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1,
  }).format(value);
}

export function formatNumber(value: number): string {
  return new Intl.NumberFormat(currentLocale()).format(value);
}

let currency = 'USD';

/** Sets the currency of the workspace (ISO 4217). */
export function setCurrency(code: string) {
  currency = code;
}

/** Money from micro-units, to the cent; `exact` shows all six digits (for hovering). */
export function formatCost(micros: number, exact = false): string {
  const digits = exact ? 6 : 2;
  const format = (value: number) =>
    new Intl.NumberFormat(currentLocale(), {
      style: 'currency',
      currency,
      minimumFractionDigits: 2,
      maximumFractionDigits: digits,
    }).format(value);
  if (!exact && micros > 0 && micros < 10_000) return t('app.lessThan', { amount: format(0.01) });
  return format(micros / 1_000_000);
}

/** "1.2 s", "3 min 20 s" from milliseconds. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  const unit = (value: number, name: 'second' | 'minute', digits = 0) =>
    new Intl.NumberFormat(currentLocale(), {
      style: 'unit',
      unit: name,
      unitDisplay: 'short',
      maximumFractionDigits: digits,
    }).format(value);
  if (seconds < 60) return unit(seconds, 'second', seconds < 10 ? 1 : 0);
  const whole = Math.round(seconds);
  return `${unit(Math.floor(whole / 60), 'minute')} ${unit(whole % 60, 'second')}`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 minutes ago", "in 2 days", "just now". */
export function formatRelative(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000;
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) {
      // What lies ahead is rounded: a file kept for 14 days is gone "in 14 days" from its first second on.
      const count = seconds > 0 ? Math.round(seconds / length) : Math.trunc(seconds / length);
      return new Intl.RelativeTimeFormat(currentLocale(), { numeric: 'auto' }).format(count, unit);
    }
  }
  return t('app.justNow');
}

/** Date and time to the second, in the person's own time zone. */
export function formatExact(time: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'full', timeStyle: 'medium' }).format(
    new Date(time),
  );
}

/** Date and time to the minute, for a line that has little room. */
export function formatMoment(time: string): string {
  return new Intl.DateTimeFormat(currentLocale(), { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(time),
  );
}
