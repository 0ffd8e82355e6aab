import type { ApiKey } from '../../../api/types';

export type KeyState = 'live' | 'revoked' | 'expired';

/** Whether a key can be used at this moment. */
export function keyState(key: Pick<ApiKey, 'expiresAt' | 'revokedAt'>, now = Date.now()): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  return key.expiresAt !== null && Date.parse(key.expiresAt) <= now ? 'expired' : 'live';
}
