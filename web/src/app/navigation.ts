import {
  IconFileExport,
  IconFileText,
  IconHome,
  IconMessage2Bolt,
  IconSettings,
  IconTemplate,
  IconUsersGroup,
  type TablerIcon,
} from '@tabler/icons-react';
import type { LinkProps } from '@tanstack/react-router';
import type { MessageKey } from './i18n';
import type { Permission } from './session';

export interface Place {
  to: LinkProps['to'];
  label: MessageKey;
  icon: TablerIcon;
  /** Pressed after `g`. */
  key: string;
  /** Shown to whoever has one of these; to everyone when absent. */
  permissions?: readonly Permission[];
}

/** The places of the workspace, in the order of the rail. */
export const PLACES: Place[] = [
  { to: '/', label: 'app.dashboard', icon: IconHome, key: 'h' },
  { to: '/documents', label: 'app.documents', icon: IconFileText, key: 'd', permissions: ['documents:use'] },
  { to: '/templates', label: 'app.templates', icon: IconTemplate, key: 't', permissions: ['templates:use'] },
  { to: '/prompts', label: 'app.prompts', icon: IconMessage2Bolt, key: 'p', permissions: ['prompts:use'] },
  { to: '/exports', label: 'app.exports', icon: IconFileExport, key: 'e', permissions: ['documents:use'] },
];

export const SETTINGS: Place = { to: '/settings', label: 'app.settings', icon: IconSettings, key: 's' };

export const ADMINISTRATION: Place = {
  to: '/admin',
  label: 'app.administration',
  icon: IconUsersGroup,
  key: 'a',
  permissions: ['people:manage', 'roles:manage', 'api-keys:manage', 'audit:read', 'settings:manage'],
};

/** The places that somebody with these permissions may go to. */
export function placesFor(permissions: readonly string[], places: readonly Place[]): Place[] {
  return places.filter((place) => place.permissions?.some((one) => permissions.includes(one)) ?? true);
}
