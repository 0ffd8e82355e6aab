import type { Document } from '../../../api/types';

/** Whether the person may change the document; what they may not is not shown. */
export function mayWrite({ role }: Pick<Document, 'role'>): boolean {
  return role !== 'viewer';
}

/** Whether the document is the person's own. */
export function isOwn({ role }: Pick<Document, 'role'>): boolean {
  return role === 'owner';
}

/** Whether a text has the shape of an e-mail address; whether it is one the server says. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}
