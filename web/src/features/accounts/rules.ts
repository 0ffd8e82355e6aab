import { t } from '../../app/i18n';

/** The shortest password the server takes. */
export const PASSWORD_LENGTH = 10;

export const nameRule = (value: string) => (value.trim() ? null : t('accounts.nameMissing'));

export const emailRule = (value: string) =>
  /^\S+@\S+\.\S+$|^\S+@localhost$/.test(value.trim()) ? null : t('accounts.emailInvalid');

export const newPasswordRule = (value: string) =>
  [...value].length >= PASSWORD_LENGTH ? null : t('accounts.passwordShort', { count: PASSWORD_LENGTH });

export const passwordRule = (value: string) => (value ? null : t('accounts.passwordMissing'));
