import { t } from '../../app/i18n';

/** Whatever has a name has one of 1 to 100 characters. */
export const nameRule = (value: string) => (value.trim() ? null : t('administration.nameMissing'));
