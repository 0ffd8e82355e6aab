import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { frameRoute } from '../../app/roots';
import { meQuery } from '../../app/session';
import { type AuditSearch, auditSearchOf } from './audit/filters';
import { pagesFor } from './pages';
import { type PersonStatus, statusOf } from './people/status';

/** The address of something that isn't made yet. */
export const NEW = 'new';

function text(value: unknown): string | undefined {
  // The router reads a number out of ?q=2026.
  return value === undefined || value === '' ? undefined : String(value).slice(0, 200);
}

const adminRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/admin',
  component: lazyRouteComponent(() => import('./AdministrationFrame'), 'AdministrationFrame'),
});

const firstRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/',
  beforeLoad: ({ context }) => {
    const me = context.queryClient.getQueryData(meQuery.queryKey);
    const first = pagesFor(me?.permissions ?? [])[0];
    if (first) throw redirect({ to: first.to, replace: true });
  },
});

export interface PeopleSearch {
  q?: string | undefined;
  status?: PersonStatus | undefined;
  /** The person whose drawer is open, or `new`. */
  person?: string | undefined;
}

export const peopleRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/people',
  validateSearch: (search: Record<string, unknown>): PeopleSearch => ({
    q: text(search.q),
    status: statusOf(search.status),
    person: text(search.person),
  }),
  component: lazyRouteComponent(() => import('./people/PeoplePage'), 'PeoplePage'),
});

export interface RolesSearch {
  /** The role whose drawer is open, or `new`. */
  role?: string | undefined;
}

export const rolesRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/roles',
  validateSearch: (search: Record<string, unknown>): RolesSearch => ({ role: text(search.role) }),
  component: lazyRouteComponent(() => import('./roles/RolesPage'), 'RolesPage'),
});

export interface GroupsSearch {
  /** The group whose drawer is open, or `new`. */
  group?: string | undefined;
}

export const groupsRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/groups',
  validateSearch: (search: Record<string, unknown>): GroupsSearch => ({ group: text(search.group) }),
  component: lazyRouteComponent(() => import('./groups/GroupsPage'), 'GroupsPage'),
});

const keysRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/keys',
  component: lazyRouteComponent(() => import('./keys/KeysPage'), 'KeysPage'),
});

export const auditRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): AuditSearch => auditSearchOf(search),
  component: lazyRouteComponent(() => import('./audit/AuditPage'), 'AuditPage'),
});

const encryptionRoute = createRoute({
  getParentRoute: () => adminRoute,
  path: '/encryption',
  component: lazyRouteComponent(() => import('./encryption/EncryptionPage'), 'EncryptionPage'),
});

export const administrationRoutes = adminRoute.addChildren([
  firstRoute,
  peopleRoute,
  rolesRoute,
  groupsRoute,
  keysRoute,
  auditRoute,
  encryptionRoute,
]);
