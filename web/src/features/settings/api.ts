import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import type {
  Model,
  ModelProvider,
  ProviderInput,
  ProviderTest,
  ProviderTestRequest,
  Settings,
} from '../../api/types';
import { setCurrency } from '../../app/format';
import { statusQuery } from '../../app/session';

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => api.get<ModelProvider[]>('/admin/providers', { signal }),
});

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  queryFn: ({ signal }) => api.get<Model[]>('/models', { signal }),
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: async ({ signal }) => {
    const settings = await api.get<Settings>('/admin/settings', { signal });
    setCurrency(settings.currency);
    return settings;
  },
});

/** What changes for everyone when a provider changes: the lists of models and "is a model configured". */
function useProvidersChanged() {
  const queryClient = useQueryClient();
  return () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: providersQuery.queryKey }),
      queryClient.invalidateQueries({ queryKey: modelsQuery.queryKey }),
      queryClient.invalidateQueries({ queryKey: statusQuery.queryKey }),
    ]);
}

export function useSaveProvider() {
  const changed = useProvidersChanged();
  return useMutation({
    mutationFn: ({ id, input }: { id: string | null; input: ProviderInput }) =>
      id
        ? api.put<ModelProvider>(`/admin/providers/${id}`, { body: input })
        : api.post<ModelProvider>('/admin/providers', { body: input }),
    onSuccess: changed,
  });
}

export function useDeleteProvider() {
  const changed = useProvidersChanged();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/admin/providers/${id}`),
    onSuccess: changed,
  });
}

/** Asks a provider whether it answers and which models it has; works before saving. */
export function useTestProvider() {
  return useMutation({
    mutationFn: (body: ProviderTestRequest) => api.post<ProviderTest>('/admin/providers/test', { body }),
  });
}

export function useSaveSettings() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: Settings) => api.put<Settings>('/admin/settings', { body }),
    onSuccess: async (settings) => {
      setCurrency(settings.currency);
      queryClient.setQueryData(settingsQuery.queryKey, settings);
      await Promise.all([
        queryClient.invalidateQueries({ queryKey: ['setup'] }),
        queryClient.invalidateQueries({ queryKey: modelsQuery.queryKey }),
      ]);
    },
  });
}
