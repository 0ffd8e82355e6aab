import { Badge } from '@mantine/core';
import type { ApiKey } from '../../../api/types';
import { t } from '../../../app/i18n';
import { Time } from '../../../app/Time';
import { keyState } from './keyState';

/** Until when a key can be used, or that it can't any more. */
export function KeyExpiry({ apiKey }: { apiKey: ApiKey }) {
  const state = keyState(apiKey);
  if (state !== 'live') {
    return (
      <Badge miw="max-content" color={state === 'revoked' ? 'red' : 'gray'}>
        {t(`administration.keys.${state}`)}
      </Badge>
    );
  }
  return (
    <span>{apiKey.expiresAt === null ? t('administration.keys.never') : <Time at={apiKey.expiresAt} />}</span>
  );
}
