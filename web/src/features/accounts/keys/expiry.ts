/** How long a key is to live. */
export type Life = '7' | '30' | '90' | '365' | 'date' | 'never';

export const LIVES: readonly Life[] = ['7', '30', '90', '365', 'date', 'never'];

const DAY = 86_400_000;

/** The server takes no key that lives longer, in years. */
const LONGEST = 5;

/** A day as date fields write it. */
export function dayOf(time: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

/** The first and the last day on which a key made now may end. */
export function daysAllowed(now = new Date()): { first: string; last: string } {
  const last = new Date(now.getFullYear() + LONGEST, now.getMonth(), now.getDate() - 1);
  return { first: dayOf(new Date(now.getTime() + DAY)), last: dayOf(last) };
}

/** When a key made now ends; null for never. A key that ends on a day lives until that day is over here. */
export function endOf(life: Life, day: string, now = new Date()): string | null {
  if (life === 'never') return null;
  if (life !== 'date') return new Date(now.getTime() + Number(life) * DAY).toISOString();
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + 1).toISOString();
}

export function isDayAllowed(day: string, now = new Date()): boolean {
  const { first, last } = daysAllowed(now);
  return day >= first && day <= last;
}
