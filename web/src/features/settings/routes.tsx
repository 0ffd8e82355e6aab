import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { frameRoute } from '../../app/roots';

const settingsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$tab', params: { tab: 'profile' }, replace: true });
  },
});

const settingsTabRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/settings/$tab',
  component: lazyRouteComponent(() => import('./SettingsPage'), 'SettingsPage'),
});

export const settingsRoutes = [settingsRoute, settingsTabRoute] as const;
