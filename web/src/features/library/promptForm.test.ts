import { expect, it } from 'vitest';
import {
  BLANK_PROMPT,
  isPromptForm,
  type PromptForm,
  promptFlaws,
  samePrompt,
  tagsOf,
  tidyTags,
} from './promptForm';

const good: PromptForm = { title: 'Plain', content: 'Rewrite {{text}}', tags: ['style'], shared: false };

it('a tag is kept once, whatever its capitals and blanks', () => {
  expect(tidyTags([' style ', 'Style', '', 'plain   words'])).toEqual(['style', 'plain words']);
});

it('an empty or overlong prompt says which field is at fault', () => {
  expect(promptFlaws(good)).toEqual({});
  expect(promptFlaws(BLANK_PROMPT)).toEqual({ title: 'titleMissing', content: 'contentMissing' });
  expect(promptFlaws({ ...good, title: 'x'.repeat(121), tags: ['x'.repeat(41)] })).toEqual({
    title: 'titleLong',
    tags: 'tagLong',
  });
});

it('a title of 120 characters outside the basic plane is not too long', () => {
  expect(promptFlaws({ ...good, title: '😀'.repeat(120) })).toEqual({});
});

it('blanks around the words are no unsaved change, another tag is', () => {
  expect(samePrompt(good, { ...good, title: ' Plain ' })).toBe(true);
  expect(samePrompt(good, { ...good, tags: ['style', 'new'] })).toBe(false);
});

it('something else kept in the browser is not taken for a prompt', () => {
  expect([good, null, {}, { ...good, tags: [1] }].map(isPromptForm)).toEqual([true, false, false, false]);
});

it('the most used tags come first', () => {
  expect(tagsOf([{ tags: ['b', 'a'] }, { tags: ['c', 'b'] }])).toEqual(['b', 'a', 'c']);
});
