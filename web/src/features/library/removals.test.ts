import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Removals } from './removals';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('a deletion hides at once and is carried out once the grace period is over', async () => {
  const removals = new Removals(1000);
  const remove = vi.fn(async () => {});
  const done = vi.fn();
  removals.begin('a', remove, done);
  expect(removals.hidden.has('a')).toBe(true);
  expect(remove).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(remove).toHaveBeenCalledExactlyOnceWith(false);
  expect(done).toHaveBeenCalledExactlyOnceWith('removed');
  expect(removals.hidden.has('a')).toBe(true);
});

it('a deletion taken back is never carried out', async () => {
  const removals = new Removals(1000);
  const remove = vi.fn(async () => {});
  removals.begin('a', remove, vi.fn());
  expect(removals.undo('a')).toBe(true);
  await vi.advanceTimersByTimeAsync(5000);
  expect(remove).not.toHaveBeenCalled();
  expect(removals.hidden.has('a')).toBe(false);
  expect(removals.undo('a')).toBe(false);
});

it('a failed deletion shows the thing again and says why', async () => {
  const removals = new Removals(1000);
  const error = new Error('no');
  const done = vi.fn();
  removals.begin('a', () => Promise.reject(error), done);
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toHaveBeenCalledExactlyOnceWith('failed', error);
  expect(removals.hidden.has('a')).toBe(false);
});

it('closing the page carries out what waits, once, with requests that outlive it', async () => {
  const removals = new Removals(1000);
  const remove = vi.fn(async () => {});
  removals.begin('a', remove, vi.fn());
  removals.begin('a', remove, vi.fn());
  removals.flush();
  await vi.advanceTimersByTimeAsync(5000);
  expect(remove).toHaveBeenCalledExactlyOnceWith(true);
});

it('the set of hidden ids changes identity only when it changes', () => {
  const removals = new Removals(1000);
  const heard = vi.fn();
  removals.subscribe(heard);
  const before = removals.hidden;
  expect(removals.hidden).toBe(before);
  removals.begin('a', async () => {}, vi.fn());
  expect(removals.hidden).not.toBe(before);
  expect(heard).toHaveBeenCalledOnce();
});
