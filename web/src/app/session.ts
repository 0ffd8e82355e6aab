import { queryOptions, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { ApiError, api } from '../api/client';
import type { Me, SetupStatus, SystemStatus } from '../api/types';
import { setCurrency } from './format';
import { notifyFailure } from './notify';
import { setAppName } from './useTitle';

/** Who is signed in. A 401 is the answer "nobody". */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.get<Me>('/auth/me', { signal, anonymous: true }),
  staleTime: 5 * 60_000,
  retry: false,
});

/** Whether this workspace still needs its first administrator, and how it is called. */
export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => api.get<SetupStatus>('/setup', { signal, anonymous: true }),
  staleTime: 60_000,
});

/** What is configured on this server (models, OCR, database, currency). */
export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: async ({ signal }) => {
    const status = await api.get<SystemStatus>('/status', { signal });
    setCurrency(status.currency);
    return status;
  },
  staleTime: 60_000,
});

/** The signed-in person; only inside the frame, whose guard has loaded it. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export type Permission =
  | 'documents:use'
  | 'templates:use'
  | 'templates:manage-global'
  | 'prompts:use'
  | 'models:use'
  | 'providers:manage'
  | 'settings:manage'
  | 'people:manage'
  | 'roles:manage'
  | 'documents:share'
  | 'api-keys:use'
  | 'api-keys:manage'
  | 'audit:read';

/** Whether the signed-in person may do this; what they may not is not shown. */
export function usePermission(permission: Permission): boolean {
  return useMe().permissions.includes(permission);
}

/** Ends the session here and shows the sign-in page. */
export function useSignOut(): () => Promise<void> {
  const queryClient = useQueryClient();
  const router = useRouter();
  return async () => {
    try {
      await api.post('/auth/logout', { anonymous: true });
    } catch (error) {
      // Whose session has ended already is signed out; otherwise the cookie would let the next one in.
      if (!(error instanceof ApiError) || error.status !== 401) return notifyFailure(error);
    }
    await router.navigate({ to: '/sign-in' });
    queryClient.clear();
  };
}

/** The workspace's name as the administrator set it, for the rail, the door and the browser tab. */
export function useWorkspaceName(): string {
  const name = useQuery(setupQuery).data?.appName || 'Carrel';
  setAppName(name);
  return name;
}
