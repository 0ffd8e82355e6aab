/** The administration's questions to the server. Only this file names their addresses. */
import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query';
import { api, apiUrl } from '../../api/client';
import type {
  AdminPerson,
  AuditAction,
  AuditEvent,
  ChangePerson,
  CreatePerson,
  EncryptionState,
  GroupInput,
  GroupSummary,
  OwnedApiKey,
  Page,
  PeopleGroup,
  PermissionMeaning,
  Role,
  RoleInput,
  Verification,
} from '../../api/types';
import { meQuery } from '../../app/session';
import { type AuditSearch, auditQueryOf } from './audit/filters';

/** How many rows a list asks for at once. */
const PAGE_SIZE = 50;

/** The most rows the server gives at once. */
const LARGEST_PAGE = 200;

/** Choices of groups are read whole, up to so many pages. */
const MOST_PAGES = 10;

/** While values are being sealed anew, how often the state is read again, in milliseconds. */
const ROTATION_POLL = 3_000;

function listed<T>(data: InfiniteData<Page<T>>): T[] {
  return data.pages.flatMap((page) => page.items);
}

/** One cursor-paginated list; `key` and `query` name it in the cache. */
function listOf<T>(key: string, path: string, query: Record<string, string | undefined> = {}) {
  return infiniteQueryOptions({
    queryKey: ['admin', key, 'list', query],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<T>>(path, { query: { ...query, cursor: pageParam, limit: PAGE_SIZE }, signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.nextCursor,
    placeholderData: keepPreviousData,
    select: listed,
  });
}

/** Whatever a change of people, roles or groups may show in: their lists, and what oneself may do. */
function useRightsChanged() {
  const cache = useQueryClient();
  return async () => {
    await Promise.all([
      cache.invalidateQueries({ queryKey: ['admin', 'people'] }),
      cache.invalidateQueries({ queryKey: ['admin', 'roles'] }),
      cache.invalidateQueries({ queryKey: ['admin', 'groups'] }),
      cache.invalidateQueries({ queryKey: meQuery.queryKey }),
    ]);
  };
}

// ---- people -----------------------------------------------------------------------------------------------------

export function peopleQuery(filter: { q?: string | undefined; status?: string | undefined }) {
  return listOf<AdminPerson>('people', '/admin/people', { q: filter.q, status: filter.status });
}

/** The first people whose name or address holds `q`, to choose one. */
export function findPeopleQuery(q: string) {
  return queryOptions({
    queryKey: ['admin', 'people', 'find', q],
    queryFn: async ({ signal }) =>
      (await api.get<Page<AdminPerson>>('/admin/people', { query: { q, limit: 20 }, signal })).items,
    placeholderData: keepPreviousData,
  });
}

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ['admin', 'people', 'one', id],
    queryFn: ({ signal }) => api.get<AdminPerson>(`/admin/people/${id}`, { signal }),
  });
}

export function useCreatePerson() {
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: (body: CreatePerson) => api.post<AdminPerson>('/admin/people', { body }),
    onSuccess: changed,
  });
}

export function useChangePerson() {
  const cache = useQueryClient();
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: ({ id, body }: { id: string; body: ChangePerson }) =>
      api.patch<AdminPerson>(`/admin/people/${id}`, { body }),
    onSuccess: (person) => {
      cache.setQueryData(personQuery(person.id).queryKey, person);
      return changed();
    },
  });
}

export function useSignPersonOut() {
  return useMutation({ mutationFn: (id: string) => api.post<void>(`/admin/people/${id}/sign-out`) });
}

// ---- roles ------------------------------------------------------------------------------------------------------

export const permissionsQuery = queryOptions({
  queryKey: ['admin', 'permissions'],
  queryFn: ({ signal }) => api.get<PermissionMeaning[]>('/admin/permissions', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

export const rolesQuery = queryOptions({
  queryKey: ['admin', 'roles'],
  queryFn: ({ signal }) => api.get<Role[]>('/admin/roles', { signal }),
});

/** Makes a role, or replaces the one with `id` if it still has `version`. */
export function useSaveRole() {
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: ({ id, version, body }: { id: string | null; version: number; body: RoleInput }) =>
      id === null
        ? api.post<Role>('/admin/roles', { body })
        : api.put<Role>(`/admin/roles/${id}`, { body, ifMatch: version }),
    onSuccess: changed,
  });
}

export function useDeleteRole() {
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/admin/roles/${id}`),
    onSuccess: changed,
  });
}

// ---- groups -----------------------------------------------------------------------------------------------------

export function groupsQuery() {
  return listOf<GroupSummary>('groups', '/admin/groups');
}

/** Every group, to choose from; of thousands the first two thousand. */
export const groupChoicesQuery = queryOptions({
  queryKey: ['admin', 'groups', 'choices'],
  queryFn: async ({ signal }) => {
    const groups: GroupSummary[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const answer: Page<GroupSummary> = await api.get('/admin/groups', {
        query: { cursor, limit: LARGEST_PAGE },
        signal,
      });
      groups.push(...answer.items);
      cursor = answer.nextCursor;
      if (cursor === null) break;
    }
    return groups;
  },
});

export function groupQuery(id: string) {
  return queryOptions({
    queryKey: ['admin', 'groups', 'one', id],
    queryFn: ({ signal }) => api.get<PeopleGroup>(`/admin/groups/${id}`, { signal }),
  });
}

/** Makes a group, or replaces the one with `id`. */
export function useSaveGroup() {
  const cache = useQueryClient();
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: ({ id, body }: { id: string | null; body: GroupInput }) =>
      id === null
        ? api.post<PeopleGroup>('/admin/groups', { body })
        : api.put<PeopleGroup>(`/admin/groups/${id}`, { body }),
    onSuccess: (group) => {
      cache.setQueryData(groupQuery(group.id).queryKey, group);
      return changed();
    },
  });
}

export function useDeleteGroup() {
  const changed = useRightsChanged();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/admin/groups/${id}`),
    onSuccess: changed,
  });
}

// ---- API keys of everyone -----------------------------------------------------------------------------------------

export function allKeysQuery() {
  return listOf<OwnedApiKey>('keys', '/admin/keys');
}

export function useRevokeAnyKey() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.delete(`/admin/keys/${id}`),
    onSettled: () => cache.invalidateQueries({ queryKey: ['admin', 'keys'] }),
  });
}

// ---- audit ------------------------------------------------------------------------------------------------------

export function auditQuery(search: AuditSearch) {
  // Whatever is done anywhere adds to the trail: a list from before is never good enough.
  return { ...listOf<AuditEvent>('audit', '/audit', auditQueryOf(search)), staleTime: 0 };
}

export const auditActionsQuery = queryOptions({
  queryKey: ['admin', 'audit', 'actions'],
  queryFn: ({ signal }) => api.get<AuditAction[]>('/audit/actions', { signal }),
  staleTime: Number.POSITIVE_INFINITY,
});

/** Where the events that match are given as a file. */
export function auditExportUrl(search: AuditSearch, format: 'csv' | 'json'): string {
  return apiUrl('/audit/export', { ...auditQueryOf(search), format });
}

export function useVerifyAudit() {
  return useMutation({ mutationFn: () => api.post<Verification>('/audit/verify') });
}

// ---- encryption -------------------------------------------------------------------------------------------------

export const encryptionQuery = queryOptions({
  queryKey: ['admin', 'encryption'],
  queryFn: ({ signal }) => api.get<EncryptionState>('/admin/encryption', { signal }),
  refetchInterval: (query: { state: { data?: EncryptionState | undefined } }) =>
    query.state.data?.rotation.running ? ROTATION_POLL : false,
});

export function useRotateKeys() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api.post<EncryptionState>('/admin/encryption/rotate'),
    onSuccess: (state) => cache.setQueryData(encryptionQuery.queryKey, state),
  });
}
