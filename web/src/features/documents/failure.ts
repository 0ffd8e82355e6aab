import type { Failure, GenerationFailure } from '../../api/types';
import { sentence } from '../../app/explain';
import { messageOrNull } from '../../app/i18n';

/** Why something failed, in the person's language where we have words for the code. */
export function failureText({ code, detail }: Failure | GenerationFailure): string {
  const known = messageOrNull(`documents.failure.${code}`) ?? messageOrNull(`documents.error.${code}`);
  if (known) return known;
  return sentence(detail) || code;
}
