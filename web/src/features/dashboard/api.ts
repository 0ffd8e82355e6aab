import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';
import type { Document, Export, Page } from '../../api/types';

/** The documents changed last, for the dashboard and the rail. Lives under `documents`, so edits refresh it. */
export const recentDocuments = queryOptions({
  queryKey: ['documents', 'list', 'recent'],
  queryFn: async ({ signal }) =>
    (await api.get<Page<Document>>('/documents', { query: { limit: 12, sort: 'updated' }, signal })).items,
  refetchInterval: ({ state }) =>
    state.data?.some((document) => document.processing || document.activeGenerationId) ? 2_000 : false,
});

/** Documents whose last step failed: somebody has to look at them. */
export const failedDocuments = queryOptions({
  queryKey: ['documents', 'list', 'failed'],
  queryFn: async ({ signal }) =>
    (await api.get<Page<Document>>('/documents', { query: { limit: 5, status: 'failed' }, signal })).items,
});

/** The newest exports, ready for download. */
export const recentExports = queryOptions({
  queryKey: ['exports', 'list', 'recent'],
  queryFn: async ({ signal }) =>
    (await api.get<Page<Export>>('/exports', { query: { limit: 4 }, signal })).items,
});
