import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { doorRoute, frameRoute } from '../../app/roots';
import { parseFilter } from './list/filter';

const documentsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/documents',
  validateSearch: parseFilter,
  component: lazyRouteComponent(() => import('./list/DocumentsPage'), 'DocumentsPage'),
});

const documentRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/documents/$documentId',
  // The editor is large: it comes with this page and with no other.
  component: lazyRouteComponent(() => import('./document/DocumentPage'), 'DocumentPage'),
});

const invitationRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/invitations',
  component: lazyRouteComponent(() => import('./sharing/InvitationPage'), 'InvitationPage'),
});

export const invitationRoutes = [invitationRoute] as const;

export const documentsRoutes = [documentsRoute, documentRoute] as const;
