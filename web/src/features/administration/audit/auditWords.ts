import type { AuditEvent } from '../../../api/types';
import { messageOrNull, t } from '../../../app/i18n';
import type { Outcome } from './filters';

/** An action in a few words; its name when this version doesn't know it. */
export function actionTitle(name: string): string {
  return messageOrNull(`administration.action.${name}`) ?? name;
}

/** A kind of thing that something was done to. */
export function kindTitle(kind: string): string {
  return messageOrNull(`administration.kind.${kind}`) ?? kind;
}

export function outcomeTitle(outcome: string): string {
  return messageOrNull(`administration.outcome.${outcome}`) ?? outcome;
}

const COLORS: Record<Outcome, string> = { done: 'green', denied: 'red', failed: 'amber' };

export function outcomeColor(outcome: string): string {
  return COLORS[outcome as Outcome] ?? 'gray';
}

/** Who did it: a person, one that is gone, or nobody who signed in. */
export function actorName({ actor, credential }: Pick<AuditEvent, 'actor' | 'credential'>): string {
  if (actor) return actor.name ?? t('administration.audit.gone');
  return credential === 'command line'
    ? t('administration.audit.commandLine')
    : t('administration.audit.nobody');
}

/** What a request was authenticated by. */
export function credentialTitle(credential: string): string {
  if (credential === 'command line') return t('administration.audit.commandLine');
  const [kind = '', id = ''] = credential.split(':');
  const title = messageOrNull(`administration.audit.credential.${kind}`);
  return title ? `${title} ${id}` : credential;
}

/** A value of the details as one line of text. */
export function detailText(value: unknown): string {
  if (Array.isArray(value)) return value.length > 0 ? value.map(detailText).join(', ') : '–';
  if (value === null || value === undefined) return '–';
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${detailText(inner)}`)
      .join('; ');
  }
  const text = String(value);
  return (
    messageOrNull(`administration.audit.value.${text}`) ??
    messageOrNull(`administration.permission.${text}`) ??
    text
  );
}
