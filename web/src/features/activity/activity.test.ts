import { expect, test } from 'vitest';
import type { Document, Generation } from '../../api/types';
import { activityOf } from './activity';

const NOW = Date.parse('2026-11-20T12:00:00Z');

const document = (id: string, more: Partial<Document> = {}) =>
  ({
    id,
    title: `Title of ${id}`,
    status: 'extracted',
    processing: null,
    failure: null,
    activeGenerationId: null,
    updatedAt: '2026-11-20T11:00:00Z',
    ...more,
  }) as Document;

const run = (id: string, subjectId: string, more: Partial<Generation> = {}) =>
  ({
    id,
    subjectId,
    status: 'done',
    failure: null,
    createdAt: '2026-11-20T11:30:00Z',
    finishedAt: '2026-11-20T11:31:00Z',
    ...more,
  }) as Generation;

test('a document that is read and one that is drafted are both running, each once', () => {
  const reading = document('a', { processing: { step: 'extracting', done: 2, total: 9 } });
  const drafting = document('b', {
    processing: { step: 'drafting', done: 0, total: 3 },
    activeGenerationId: 'r1',
  });
  const { running, failed } = activityOf(
    [reading, drafting],
    [],
    [run('r1', 'b', { status: 'running' })],
    NOW,
  );
  expect(running.map(({ documentId }) => documentId).sort()).toEqual(['a', 'b']);
  expect(failed).toEqual([]);
});

test('a failed run is forgotten when a later one succeeded', () => {
  const runs = [run('r2', 'a'), run('r1', 'a', { status: 'failed' })];
  expect(activityOf([document('a')], [], runs, NOW).failed).toEqual([]);
});

test('a failed run is shown for a day', () => {
  const runs = [
    run('r1', 'a', { status: 'failed' }),
    run('r2', 'b', { status: 'interrupted', createdAt: '2026-11-18T11:30:00Z' }),
  ];
  expect(activityOf([], [], runs, NOW).failed.map(({ key }) => key)).toEqual(['r1']);
});

test('a failed document is shown once, also when its run failed', () => {
  const lost = document('a', { status: 'failed' });
  const runs = [run('r1', 'a', { status: 'failed' })];
  expect(activityOf([lost], [lost], runs, NOW).failed.map(({ key }) => key)).toEqual(['a']);
});
