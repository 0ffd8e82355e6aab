import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { frameRoute } from '../../app/roots';
import type { Scope } from './api';

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export interface TemplatesSearch {
  q?: string | undefined;
  scope?: Scope | undefined;
}

export const templatesRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/templates',
  validateSearch: (search: Record<string, unknown>): TemplatesSearch => ({
    q: text(search.q),
    scope: search.scope === 'own' || search.scope === 'global' ? search.scope : undefined,
  }),
  component: lazyRouteComponent(() => import('./TemplatesPage'), 'TemplatesPage'),
});

/** The address of a template that isn't saved yet. */
export const NEW = 'new';

export const templateRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/templates/$templateId',
  component: lazyRouteComponent(() => import('./TemplateEditorPage'), 'TemplateEditorPage'),
});

export interface PromptsSearch {
  q?: string | undefined;
  tag?: string | undefined;
  show?: 'mine' | 'shared' | undefined;
  /** The prompt whose drawer is open, or `new`. */
  prompt?: string | undefined;
}

export const promptsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/prompts',
  validateSearch: (search: Record<string, unknown>): PromptsSearch => ({
    q: text(search.q),
    tag: text(search.tag),
    show: search.show === 'mine' || search.show === 'shared' ? search.show : undefined,
    prompt: text(search.prompt),
  }),
  component: lazyRouteComponent(() => import('./PromptsPage'), 'PromptsPage'),
});

export const exportsRoute = createRoute({
  getParentRoute: () => frameRoute,
  path: '/exports',
  component: lazyRouteComponent(() => import('./ExportsPage'), 'ExportsPage'),
});

export const libraryRoutes = [templatesRoute, templateRoute, promptsRoute, exportsRoute] as const;
