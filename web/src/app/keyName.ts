import { t } from './i18n';

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** What people call the key that shortcuts are pressed with on this machine. */
export function modKey(): string {
  return IS_MAC ? '⌘' : t('app.ctrl');
}

/** "Mod-b" as people read it on this machine. */
export function keyName(shortcut: string): string {
  return shortcut
    .replace('Mod', modKey())
    .replaceAll('-', IS_MAC ? ' ' : '+')
    .replace(/\b[a-z]$/, (letter) => letter.toUpperCase());
}
