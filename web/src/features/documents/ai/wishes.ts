// The wishes behind the one-click buttons. They are spoken to a model, not shown to people, so they
// stay in one language; each says that the draft's own language is kept.
export type QuickWish = 'shorten' | 'formal' | 'simpler' | 'correct';

export const QUICK_WISHES: { key: QuickWish; prompt: string }[] = [
  {
    key: 'shorten',
    prompt:
      'Make this clearly shorter. Keep every fact, name, number and date. Keep the language it is written in.',
  },
  {
    key: 'formal',
    prompt:
      'Rewrite this in a formal, courteous tone. Keep the meaning and all facts. Keep the language it is written in.',
  },
  {
    key: 'simpler',
    prompt:
      'Rewrite this in plain words and short sentences that anybody understands. Keep all facts. Keep the language it is written in.',
  },
  {
    key: 'correct',
    prompt:
      'Correct spelling, grammar and punctuation only. Do not change the wording otherwise. Keep the language it is written in.',
  },
];

/** The wish with this key. */
export function quickPrompt(key: QuickWish): string {
  return QUICK_WISHES.find((wish) => wish.key === key)?.prompt ?? '';
}

/** Languages offered for translating, by their own names. */
export const TRANSLATIONS = [
  'English',
  'Deutsch',
  'Español',
  'Français',
  'Italiano',
  'Polski',
  'Português',
  'Türkçe',
  'Українська',
  'العربية',
] as const;

export function translatePrompt(language: string): string {
  return `Translate this into ${language}. Keep the structure, the formatting, names and numbers.`;
}
