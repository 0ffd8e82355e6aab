import type { ProviderModel } from '../../api/types';

/** Micro-units in one unit of money. */
const MICROS = 1_000_000;

/** "0.15" per million tokens as micro-units, null when the price is not known. */
export function priceToMicros(price: number | string): number | null {
  if (price === '') return null;
  const value = typeof price === 'number' ? price : Number.parseFloat(price);
  return Number.isFinite(value) && value >= 0 ? Math.round(value * MICROS) : null;
}

/** Micro-units per million tokens as the number a person types. */
export function microsToPrice(micros: number | null): number | '' {
  return micros === null ? '' : micros / MICROS;
}

/**
 * The models of a provider after a test: what was known keeps its settings, what is new comes switched off,
 * unless nothing was known yet and there are few, then all are on.
 */
export function mergeModels(known: ProviderModel[], found: string[]): ProviderModel[] {
  const enableNew = known.length === 0 && found.length <= 8;
  const fresh = found
    .filter((id) => !known.some((model) => model.id === id))
    .map(
      (id): ProviderModel => ({
        id,
        name: id,
        enabled: enableNew,
        contextWindow: null,
        priceIn: null,
        priceOut: null,
      }),
    );
  return [...known, ...fresh];
}
