import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../../api/client';
import type {
  ChangePassword,
  Me,
  Session,
  SetupRequest,
  SignedIn,
  SignInRequest,
  SignUpRequest,
  UpdateMe,
  UsageSummary,
} from '../../api/types';
import { meQuery, setupQuery } from '../../app/session';

/** Enters the workspace as the person who just proved who they are. */
function useEnter() {
  const queryClient = useQueryClient();
  return (answer: SignedIn) => {
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, answer.user);
    void queryClient.prefetchQuery(setupQuery);
  };
}

export function useSetUp() {
  const enter = useEnter();
  return async (request: SetupRequest) => {
    enter(await api.post<SignedIn>('/setup', { body: request, anonymous: true }));
  };
}

export function useSignIn() {
  const enter = useEnter();
  return async (request: Omit<SignInRequest, 'transport'>) => {
    enter(
      await api.post<SignedIn>('/auth/login', { body: { ...request, transport: 'cookie' }, anonymous: true }),
    );
  };
}

export function useSignUp() {
  const enter = useEnter();
  return async (request: Omit<SignUpRequest, 'transport'>) => {
    enter(
      await api.post<SignedIn>('/auth/signup', {
        body: { ...request, transport: 'cookie' },
        anonymous: true,
      }),
    );
  };
}

export function useUpdateMe() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateMe) => api.patch<Me>('/auth/me', { body }),
    onSuccess: (me) => queryClient.setQueryData(meQuery.queryKey, me),
  });
}

export function changePassword(body: ChangePassword): Promise<void> {
  return api.post<void>('/auth/password', { body });
}

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => api.get<Session[]>('/auth/sessions', { signal }),
});

export function useEndSession() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (sessionId: string) => api.delete(`/auth/sessions/${sessionId}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
}

/** The person's own model calls of the last 30 days. */
export const usageQuery = queryOptions({
  queryKey: ['usage', 30],
  queryFn: ({ signal }) => api.get<UsageSummary>('/usage', { query: { days: 30 }, signal }),
});
