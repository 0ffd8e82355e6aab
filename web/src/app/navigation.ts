import {
  IconFileExport,
  IconFileText,
  IconHome,
  IconMessage2Bolt,
  IconSettings,
  IconTemplate,
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
  permission?: Permission;
}

/** The places of the workspace, in the order of the rail. */
export const PLACES: Place[] = [
  { to: '/', label: 'app.dashboard', icon: IconHome, key: 'h' },
  { to: '/documents', label: 'app.documents', icon: IconFileText, key: 'd', permission: 'documents:use' },
  { to: '/templates', label: 'app.templates', icon: IconTemplate, key: 't', permission: 'templates:use' },
  { to: '/prompts', label: 'app.prompts', icon: IconMessage2Bolt, key: 'p', permission: 'prompts:use' },
  { to: '/exports', label: 'app.exports', icon: IconFileExport, key: 'e', permission: 'documents:use' },
];

export const SETTINGS: Place = { to: '/settings', label: 'app.settings', icon: IconSettings, key: 's' };
