import { ApiError } from '../api/client';
import { messageOrNull, t } from './i18n';

/** What happened and what to do about it, in the person's language. */
export interface Explanation {
  happened: string;
  todo: string | null;
}

/** Feature message files may explain their own codes with `error.<code>` and `errorTodo.<code>`. */
const PARTS = ['accounts', 'settings', 'documents', 'library', 'dashboard', 'app'];

function found(prefix: string, code: string): string | null {
  for (const part of PARTS) {
    const message = messageOrNull(`${part}.${prefix}.${code}`);
    if (message) return message;
  }
  return null;
}

/** The words for any failure. Unknown codes show the server's own sentence. */
export function explain(error: unknown): Explanation {
  if (!(error instanceof ApiError)) {
    return { happened: t('app.error.unexpected'), todo: t('app.errorTodo.unexpected') };
  }
  const { code, detail, title, status } = error.problem;
  const happened = found('error', code) ?? (sentence(detail || title) || t('app.error.unexpected'));
  if (error.retryAfter !== null) return { happened, todo: t('app.waitSeconds', { count: error.retryAfter }) };
  const byStatus = status >= 500 ? t('app.errorTodo.server_unavailable') : null;
  return { happened, todo: found('errorTodo', code) ?? byStatus };
}

/** One line for notifications. */
export function explainInOneLine(error: unknown): string {
  const { happened, todo } = explain(error);
  return todo ? `${happened} ${todo}` : happened;
}

/** The server's lower-case sentence as one for the page. */
export function sentence(text: string): string {
  if (!text) return '';
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
