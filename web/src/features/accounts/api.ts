import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, send } from '../../api/client';
import type {
  ApiKey,
  ChangePassword,
  MadeApiKey,
  Me,
  NewApiKey,
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

/** Signs up. Answers with false when a mail says how to go on, and nobody is signed in yet. */
export function useSignUp() {
  const enter = useEnter();
  return async (request: Omit<SignUpRequest, 'transport'>): Promise<boolean> => {
    const answer = await send<SignedIn | undefined>('POST', '/auth/signup', {
      body: { ...request, transport: 'cookie' },
      anonymous: true,
    });
    if (answer.data) enter(answer.data);
    return answer.data !== undefined;
  };
}

/** Has a link for a new password sent. The answer says nothing about the address. */
export function forgotPassword(email: string): Promise<void> {
  return api.post<void>('/auth/forgot-password', { body: { email }, anonymous: true });
}

/** Sets a password with a link from a mail; whoever was signed in here is not any more. */
export function useResetPassword() {
  const queryClient = useQueryClient();
  return async (body: { token: string; newPassword: string }) => {
    await api.post<void>('/auth/reset-password', { body, anonymous: true });
    queryClient.removeQueries({ queryKey: meQuery.queryKey });
  };
}

/** Confirms the address of a new account, or the new address of an old one, with a link from a mail. */
export function useConfirmEmail(what: 'verify' | 'change') {
  const queryClient = useQueryClient();
  const path = what === 'verify' ? '/auth/verify-email' : '/auth/confirm-email';
  return async (token: string) => {
    await api.post<void>(path, { body: { token }, anonymous: true });
    queryClient.removeQueries({ queryKey: meQuery.queryKey });
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

export const keysQuery = queryOptions({
  queryKey: ['keys'],
  queryFn: ({ signal }) => api.get<ApiKey[]>('/keys', { signal }),
});

export function useMakeKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => api.post<MadeApiKey>('/keys', { body }),
    // Nothing keeps the key itself, not even this page once its dialog is closed.
    gcTime: 0,
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
}

export function useRevokeKey() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (keyId: string) => api.delete(`/keys/${keyId}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keysQuery.queryKey }),
  });
}

/** The person's own model calls of the last 30 days. */
export const usageQuery = queryOptions({
  queryKey: ['usage', 30],
  queryFn: ({ signal }) => api.get<UsageSummary>('/usage', { query: { days: 30 }, signal }),
});
