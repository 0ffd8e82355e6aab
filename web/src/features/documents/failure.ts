import type { Failure, GenerationFailure } from '../../api/types';
import { messageOrNull } from '../../app/i18n';

/** Why something failed, in the person's language where we have words for the code. */
export function failureText({ code, detail }: Failure | GenerationFailure): string {
  const known = messageOrNull(`documents.failure.${code}`) ?? messageOrNull(`documents.error.${code}`);
  if (known) return known;
  if (!detail) return code;
  const sentence = detail.charAt(0).toUpperCase() + detail.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}
