import { createRoute, createRouter } from '@tanstack/react-router';
import { accountsRoutes } from '../features/accounts/routes';
import { administrationRoutes } from '../features/administration/routes';
import { dashboardRoutes } from '../features/dashboard/routes';
import { documentsRoutes, invitationRoutes } from '../features/documents/routes';
import { libraryRoutes } from '../features/library/routes';
import { settingsRoutes } from '../features/settings/routes';
import { NotFoundPage, PageFailure } from './FailurePages';
import { queryClient } from './queryClient';
import { doorRoute, frameRoute, rootRoute } from './roots';

// Addresses that lead nowhere are answered inside the frame, so that the way on is at hand.
const nowhereRoute = createRoute({ getParentRoute: () => frameRoute, path: '$', component: NotFoundPage });

const routeTree = rootRoute.addChildren([
  frameRoute.addChildren([
    ...dashboardRoutes,
    ...documentsRoutes,
    ...libraryRoutes,
    ...settingsRoutes,
    administrationRoutes,
    nowhereRoute,
  ]),
  doorRoute.addChildren([...accountsRoutes, ...invitationRoutes]),
]);

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: NotFoundPage,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
