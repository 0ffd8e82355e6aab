import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '../api/client';

/** Reads are repeated only when the server or the line failed; a refusal stays a refusal. */
function worthRepeating(failures: number, error: unknown): boolean {
  const temporary = error instanceof ApiError && (error.status === 0 || error.status >= 502);
  return temporary && failures < 2;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: worthRepeating, staleTime: 15_000, refetchOnWindowFocus: true },
    mutations: { retry: false },
  },
});
