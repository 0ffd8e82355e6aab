/** The form of a saved prompt and what may be wrong with it. */
import type { Prompt, PromptInput } from '../../api/types';

export interface PromptForm {
  title: string;
  content: string;
  tags: string[];
  shared: boolean;
}

export const TITLE_LIMIT = 120;
export const CONTENT_LIMIT = 20_000;
export const TAG_LIMIT = 40;
export const TAGS_LIMIT = 20;

export const BLANK_PROMPT: PromptForm = { title: '', content: '', tags: [], shared: false };

export function promptFormOf({ title, content, tags, shared }: Prompt): PromptForm {
  return { title, content, tags, shared };
}

export function promptInputOf(form: PromptForm): PromptInput {
  return {
    title: form.title.trim(),
    content: form.content.trim(),
    tags: tidyTags(form.tags),
    shared: form.shared,
  };
}

/** Tags without surrounding blanks, each once whatever its capitals, in the order they were typed. */
export function tidyTags(tags: readonly string[]): string[] {
  const seen = new Set<string>();
  return tags
    .map((tag) => tag.trim().replace(/\s+/g, ' '))
    .filter((tag) => {
      const same = tag.toLocaleLowerCase();
      if (tag === '' || seen.has(same)) return false;
      seen.add(same);
      return true;
    });
}

export function samePrompt(a: PromptForm, b: PromptForm): boolean {
  return JSON.stringify(promptInputOf(a)) === JSON.stringify(promptInputOf(b));
}

export type PromptFlaw =
  | 'titleMissing'
  | 'titleLong'
  | 'contentMissing'
  | 'contentLong'
  | 'tagLong'
  | 'tagsMany';

export interface PromptFlaws {
  title?: PromptFlaw;
  content?: PromptFlaw;
  tags?: PromptFlaw;
}

export function promptFlaws(form: PromptForm): PromptFlaws {
  const { title, content, tags = [] } = promptInputOf(form);
  const flaws: PromptFlaws = {};
  if (title === '') flaws.title = 'titleMissing';
  else if ([...title].length > TITLE_LIMIT) flaws.title = 'titleLong';
  if (content === '') flaws.content = 'contentMissing';
  else if ([...content].length > CONTENT_LIMIT) flaws.content = 'contentLong';
  if (tags.some((tag) => [...tag].length > TAG_LIMIT)) flaws.tags = 'tagLong';
  else if (tags.length > TAGS_LIMIT) flaws.tags = 'tagsMany';
  return flaws;
}

/** Recognises a form that was kept in the browser. */
export function isPromptForm(value: unknown): value is PromptForm {
  if (typeof value !== 'object' || value === null) return false;
  const form = value as Partial<PromptForm>;
  return (
    typeof form.title === 'string' &&
    typeof form.content === 'string' &&
    Array.isArray(form.tags) &&
    form.tags.every((tag) => typeof tag === 'string') &&
    typeof form.shared === 'boolean'
  );
}

/** The tags of some prompts, the most used first, then by name. */
export function tagsOf(prompts: readonly Pick<Prompt, 'tags'>[]): string[] {
  const uses = new Map<string, number>();
  for (const tag of prompts.flatMap((prompt) => prompt.tags)) uses.set(tag, (uses.get(tag) ?? 0) + 1);
  return [...uses].sort(([a, usesA], [b, usesB]) => usesB - usesA || a.localeCompare(b)).map(([tag]) => tag);
}
