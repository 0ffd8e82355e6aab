import type { Permission } from '../../app/session';

export const PAGES = [
  { to: '/admin/people', label: 'administration.tab.people', permission: 'people:manage' },
  { to: '/admin/roles', label: 'administration.tab.roles', permission: 'roles:manage' },
  { to: '/admin/groups', label: 'administration.tab.groups', permission: 'people:manage' },
  { to: '/admin/keys', label: 'administration.tab.keys', permission: 'api-keys:manage' },
  { to: '/admin/audit', label: 'administration.tab.audit', permission: 'audit:read' },
  { to: '/admin/encryption', label: 'administration.tab.encryption', permission: 'settings:manage' },
] as const satisfies { to: string; label: string; permission: Permission }[];

/** The pages of the administration that someone with these permissions may use. */
export function pagesFor(permissions: readonly string[]) {
  return PAGES.filter(({ permission }) => permissions.includes(permission));
}
