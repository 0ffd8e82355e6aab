// The two roots every page hangs on. Features import these, never the router itself.
import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { ApiError } from '../api/client';
import { WorkspaceFailure } from './FailurePages';
import { meQuery, setupQuery, statusQuery } from './session';

export interface RouterContext {
  queryClient: QueryClient;
}

export const rootRoute = createRootRouteWithContext<RouterContext>()({
  errorComponent: WorkspaceFailure,
});

/** Pages of the workspace: signed in, inside the frame. */
export const frameRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'frame',
  beforeLoad: async ({ context, location }) => {
    const { queryClient } = context;
    try {
      await queryClient.ensureQueryData(meQuery);
      // Costs are shown in the workspace's currency from the first page on; without an answer pages still work.
      await queryClient.ensureQueryData(statusQuery).catch(() => undefined);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      const setup = await queryClient.fetchQuery(setupQuery);
      if (setup.needed) throw redirect({ to: '/setup', search: {} });
      throw redirect({ to: '/sign-in', search: location.href === '/' ? {} : { next: location.href } });
    }
  },
  errorComponent: WorkspaceFailure,
  component: lazyRouteComponent(() => import('./Frame'), 'Frame'),
});

/** Pages before signing in: a single quiet sheet. */
export const doorRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'door',
  errorComponent: WorkspaceFailure,
  component: lazyRouteComponent(() => import('../features/accounts/Door'), 'Door'),
});
