import { messageOrNull } from '../../app/i18n';

/** A permission in a few words; its name when this version doesn't know it. */
export function permissionTitle(name: string): string {
  return messageOrNull(`administration.permission.${name}`) ?? name;
}

/** What a permission allows, in the person's language where there are words for it. */
export function permissionMeaning(name: string, meaning = ''): string {
  return messageOrNull(`administration.permissionText.${name}`) ?? meaning;
}

/** Permissions as pills. */
export function permissionPills(names: readonly string[]): { id: string; name: string }[] {
  return names.map((name) => ({ id: name, name: permissionTitle(name) }));
}
