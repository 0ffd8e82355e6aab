import type { Document, Letterhead, Template } from '../../../api/types';

/** Whether pages with this letterhead carry more than the text and a page number. */
export function isPrinted({ logo, header, footer }: Letterhead): boolean {
  return logo !== null || header.trim() !== '' || footer.trim() !== '';
}

export interface Letterheads {
  /** The template the document was drafted from, as far as it is known here. */
  own: Template | null;
  /** Other templates whose letterhead an export may carry instead. */
  others: Template[];
}

/** The letterheads that an export of this document can have. */
export function letterheadsFor(
  { templateId }: Pick<Document, 'templateId'>,
  templates: readonly Template[],
): Letterheads {
  return {
    own: templates.find(({ id }) => id === templateId) ?? null,
    others: templates.filter(({ id, letterhead }) => id !== templateId && isPrinted(letterhead)),
  };
}
