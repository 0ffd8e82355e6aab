import { expect, it } from 'vitest';
import type { ProviderModel } from '../../api/types';
import { mergeModels, microsToPrice, priceToMicros } from './models';

const known: ProviderModel = {
  id: 'small',
  name: 'Small one',
  enabled: true,
  contextWindow: 8192,
  priceIn: 150_000,
  priceOut: 600_000,
};

it('turns prices into micro-units and back without losing a digit', () => {
  for (const price of [0, 0.15, 0.075, 2.5, 15]) expect(microsToPrice(priceToMicros(price))).toBe(price);
  expect(priceToMicros('0.1')).toBe(100_000);
});

it('keeps an unknown price unknown', () => {
  expect(priceToMicros('')).toBeNull();
  expect(priceToMicros(-1)).toBeNull();
  expect(microsToPrice(null)).toBe('');
});

it('keeps the settings of known models when a test finds them again', () => {
  expect(mergeModels([known], ['small'])).toEqual([known]);
});

it('leaves new models off when others were chosen before', () => {
  expect(mergeModels([known], ['small', 'large']).map(({ id, enabled }) => [id, enabled])).toEqual([
    ['small', true],
    ['large', false],
  ]);
});

it('switches on the few models of a new provider, and none of a long list', () => {
  expect(mergeModels([], ['a', 'b']).every(({ enabled }) => enabled)).toBe(true);
  const many = Array.from({ length: 40 }, (_, index) => `model-${index}`);
  expect(mergeModels([], many).some(({ enabled }) => enabled)).toBe(false);
});
