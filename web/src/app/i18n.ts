// All words come from message files: locales/<language>/<part>.json, flat keys, addressed as 'part.key'.
// `{name}` is filled from the variables; a key with `_one` / `_other` forms is asked for without them and
// chosen by `count` with the language's own plural rules.
import { useSyncExternalStore } from 'react';
import accounts from '../locales/en/accounts.json';
import type administration from '../locales/en/administration.json';
import app from '../locales/en/app.json';
import dashboard from '../locales/en/dashboard.json';
import documents from '../locales/en/documents.json';
import library from '../locales/en/library.json';
import settings from '../locales/en/settings.json';

const english = { app, accounts, dashboard, documents, library, settings };

/** What comes with every page, and what `addMessages` adds with the pages that need it. */
type Parts = typeof english & { administration: typeof administration };
type Form = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
type Base<K extends string> = K extends `${infer B}_${Form}` ? B : K;

/** Every message there is: a typo is a type error. */
export type MessageKey = {
  [P in keyof Parts & string]: `${P}.${Base<keyof Parts[P] & string>}`;
}[keyof Parts & string];

export type MessageVariables = Record<string, string | number>;

export type Language = 'en' | 'de' | 'es';

export const LANGUAGES: { value: Language; label: string }[] = [
  { value: 'en', label: 'English' },
  { value: 'de', label: 'Deutsch' },
  { value: 'es', label: 'Español' },
];

type Messages = Record<string, string>;

const STORED = 'carrel.language';
const loaders = import.meta.glob<Record<string, string>>('../locales/{de,es}/*.json', { import: 'default' });

function flatten(part: string, messages: Record<string, string>, into: Messages) {
  for (const [key, text] of Object.entries(messages)) into[`${part}.${key}`] = text;
}

const fallback: Messages = {};
for (const [part, messages] of Object.entries(english)) flatten(part, messages, fallback);

let language: Language = 'en';
let current: Messages = fallback;
let plurals = new Intl.PluralRules('en');
const listeners = new Set<() => void>();

function isLanguage(value: string | null | undefined): value is Language {
  return LANGUAGES.some((known) => known.value === value);
}

/** Parts that most visits never need, and those of them that pages have asked for so far. */
const LATE = ['administration'];
const asked = new Set<string>();

/** Adds a late part: its English words, and those of the language on screen. */
export async function addMessages(part: string, messages: Record<string, string>): Promise<void> {
  asked.add(part);
  flatten(part, messages, fallback);
  for (const [key, text] of Object.entries(messages)) current[`${part}.${key}`] ??= text;
  // Without its translation a part is readable all the same.
  const load = loaders[`../locales/${language}/${part}.json`];
  if (load)
    await load().then(
      (words) => flatten(part, words, current),
      () => undefined,
    );
}

/** The language chosen earlier in this browser, else the first of the browser's languages that we speak. */
export function preferredLanguage(): Language {
  try {
    const stored = localStorage.getItem(STORED);
    if (isLanguage(stored)) return stored;
  } catch {
    // Storage may be forbidden; then the browser's own list decides.
  }
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** Loads a language's messages and shows them. English fills what a translation lacks. */
export async function showLanguage(chosen: Language): Promise<void> {
  const messages: Messages = { ...fallback };
  if (chosen !== 'en') {
    await Promise.all(
      Object.entries(loaders)
        .filter(([path]) => path.includes(`/${chosen}/`))
        .filter(([path]) => !LATE.some((part) => path.endsWith(`/${part}.json`) && !asked.has(part)))
        .map(async ([path, load]) => {
          const part = path.slice(path.lastIndexOf('/') + 1, -'.json'.length);
          flatten(part, await load(), messages);
        }),
    );
  }
  language = chosen;
  current = messages;
  plurals = new Intl.PluralRules(chosen);
  document.documentElement.lang = chosen;
  for (const listener of listeners) listener();
}

/** Switches the language for this browser. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await showLanguage(chosen);
  try {
    localStorage.setItem(STORED, chosen);
  } catch {
    // Storage may be forbidden; the choice then lasts until the page closes.
  }
}

/** The language on screen. */
export function currentLanguage(): Language {
  return language;
}

/** The language on screen as it is written where the person lives ("en-GB"), for `Intl` formats. */
export function currentLocale(): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

/** The language on screen; the component is drawn again when it changes. */
export function useLanguage(): Language {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, currentLanguage);
}

/** The message for `key` in the language on screen. */
export function t(key: MessageKey, variables: MessageVariables = {}): string {
  return fill(messageFor(current, key, variables), variables);
}

/** The message for a key made at run time (error codes, states), or null when there is none. */
export function messageOrNull(key: string, variables: MessageVariables = {}): string | null {
  const text = current[key];
  return text === undefined ? null : fill(text, variables);
}

function messageFor(messages: Messages, key: string, variables: MessageVariables): string {
  if (typeof variables.count === 'number') {
    const text = messages[`${key}_${plurals.select(variables.count)}`] ?? messages[`${key}_other`];
    if (text !== undefined) return text;
  }
  return messages[key] ?? key;
}

function fill(text: string, variables: MessageVariables): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = variables[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(currentLocale()).format(value) : value;
  });
}
