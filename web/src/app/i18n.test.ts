import { afterEach, expect, it } from 'vitest';
import { formatBytes, formatCost, formatDuration, formatRelative } from './format';
import { showLanguage, t } from './i18n';

const files = import.meta.glob<Record<string, string>>('../locales/*/*.json', {
  eager: true,
  import: 'default',
});

afterEach(() => showLanguage('en'));

function variablesOf(text: string | undefined): string[] {
  return [...new Set(text?.replace(/\{\{.*?\}\}/g, '').match(/\{\w+\}/g) ?? [])].sort();
}

const parts = Object.keys(files)
  .filter((path) => path.includes('/en/'))
  .flatMap((path) => ['de', 'es'].map((language) => [language, path.split('/').at(-1) ?? ''] as const));

it.each(parts)('has every message of %s/%s with the same variables', (language, part) => {
  const english = files[`../locales/en/${part}`] ?? {};
  const translated = files[`../locales/${language}/${part}`] ?? {};
  expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
  const wrong = Object.keys(english).filter(
    (key) => String(variablesOf(english[key])) !== String(variablesOf(translated[key])),
  );
  expect(wrong).toEqual([]);
});

it('chooses the form of a message by its count and writes numbers as the language does', async () => {
  expect(t('dashboard.words', { count: 1 })).toBe('1 word');
  expect(t('dashboard.words', { count: 1200 })).toBe('1,200 words');
  await showLanguage('de');
  expect(t('dashboard.words', { count: 1200 })).toBe('1.200 Wörter');
});

it('shows costs to the cent, a trace of cost as less than a cent, and all digits on demand', () => {
  expect(formatCost(1_234_567)).toBe('$1.23');
  expect(formatCost(1_234_567, true)).toBe('$1.234567');
  expect(formatCost(120)).toBe('< $0.01');
  expect(formatCost(0)).toBe('$0.00');
});

it('gives sizes, durations and times with their units', () => {
  expect(formatBytes(512)).toBe('512 byte');
  expect(formatBytes(1_440_000)).toBe('1.4 MB');
  expect(formatDuration(1_240)).toBe('1.2 sec');
  expect(formatDuration(200_000)).toBe('3 min 20 sec');
  const now = Date.parse('2026-11-20T12:00:00Z');
  expect(formatRelative('2026-11-20T11:57:00Z', now)).toBe('3 minutes ago');
  expect(formatRelative('2026-11-19T11:00:00Z', now)).toBe('yesterday');
  expect(formatRelative('2026-11-20T11:59:50Z', now)).toBe('just now');
});
