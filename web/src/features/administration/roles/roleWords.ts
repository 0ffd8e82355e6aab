import type { Named, Role } from '../../../api/types';
import { messageOrNull, t } from '../../../app/i18n';

/** What Carrel's own roles are described as until someone describes them otherwise. */
const OWN_DESCRIPTIONS = new Map([
  ['administrator', 'May do everything.'],
  ['staff', 'Works with documents, templates, prompts and models.'],
]);

/** A role's name; those of Carrel itself, which no other role can have, in the person's language. */
export function roleName(name: string): string {
  return (OWN_DESCRIPTIONS.has(name) && messageOrNull(`administration.builtInRole.${name}`)) || name;
}

/** Roles as pills and choices show them. */
export function namedRoles<T extends Named>(roles: readonly T[] | undefined): T[] {
  return (roles ?? []).map((role) => ({ ...role, name: roleName(role.name) }));
}

/** What a role is for. */
export function roleDescription({ name, description }: Pick<Role, 'name' | 'description'>): string {
  const own = OWN_DESCRIPTIONS.get(name) === description;
  return (own && messageOrNull(`administration.builtInRoleText.${name}`)) || description;
}

/** Whether a role is the one that allows everything and stays as it is. */
export function isFixed({ name, builtIn }: Pick<Role, 'name' | 'builtIn'>): boolean {
  return builtIn && name === 'administrator';
}

export function everything() {
  return [{ id: 'everything', name: t('administration.roles.everything') }];
}
