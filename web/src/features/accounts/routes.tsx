import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { doorRoute } from '../../app/roots';
import { setupQuery } from '../../app/session';
import { innerPath } from './innerPath';

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const setupRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/setup',
  validateSearch: (search: Record<string, unknown>): { token?: string } => ({ token: text(search.token) }),
  component: lazyRouteComponent(() => import('./SetupPage'), 'SetupPage'),
});

const signInRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: innerPath(search.next) }),
  beforeLoad: async ({ context }) => {
    const setup = await context.queryClient.ensureQueryData(setupQuery);
    if (setup.needed) throw redirect({ to: '/setup', search: {} });
  },
  component: lazyRouteComponent(() => import('./SignInPage'), 'SignInPage'),
});

const signUpRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/sign-up',
  validateSearch: (search: Record<string, unknown>): { next?: string } => ({ next: innerPath(search.next) }),
  component: lazyRouteComponent(() => import('./SignUpPage'), 'SignUpPage'),
});

const forgotPasswordRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('./ForgotPasswordPage'), 'ForgotPasswordPage'),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./ResetPasswordPage'), 'ResetPasswordPage'),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/verify-email',
  component: lazyRouteComponent(() => import('./ConfirmEmailPage'), 'VerifyEmailPage'),
});

const confirmEmailRoute = createRoute({
  getParentRoute: () => doorRoute,
  path: '/confirm-email',
  component: lazyRouteComponent(() => import('./ConfirmEmailPage'), 'ConfirmEmailPage'),
});

export const accountsRoutes = [
  setupRoute,
  signInRoute,
  signUpRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  verifyEmailRoute,
  confirmEmailRoute,
] as const;
