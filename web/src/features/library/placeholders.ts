/**
 * The `{{name}}` placeholders of a template body or a saved prompt: finding them, telling good ones from
 * bad ones, renaming them. Nothing here knows React; the server reads them by the same grammar.
 */

/** What a variable may be called: a letter or underscore, then up to 63 letters, digits or underscores. */
export const VARIABLE_NAME = /^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/;

/** One stretch of text: plain words, a variable, or what looks like one but has a name that none can have. */
export type Span =
  | { kind: 'text'; text: string; start: number }
  | { kind: 'variable' | 'malformed'; text: string; name: string; start: number };

const LOOKS_LIKE_ONE = /(?<!\{)\{\{([^{}\n]+)\}\}(?!\})/g;

/** Cuts text into its stretches; joined again, they are the text itself. */
export function spans(text: string): Span[] {
  const found: Span[] = [];
  let settled = 0;
  let from = 0;
  for (;;) {
    const open = text.indexOf('{{', from);
    const close = open < 0 ? -1 : text.indexOf('}}', open + 2);
    if (close < 0) break;
    const name = text.slice(open + 2, close).trim();
    if (VARIABLE_NAME.test(name)) {
      found.push(...plain(text, settled, open));
      settled = close + 2;
      from = settled;
      found.push({ kind: 'variable', text: text.slice(open, settled), name, start: open });
    } else {
      from = open + 2;
    }
  }
  found.push(...plain(text, settled, text.length));
  return found;
}

/** The stretches of text between two variables. */
function plain(text: string, from: number, to: number): Span[] {
  const found: Span[] = [];
  const words = text.slice(from, to);
  let settled = 0;
  for (const match of words.matchAll(LOOKS_LIKE_ONE)) {
    const name = (match[1] ?? '').trim();
    if (name === '') continue;
    if (match.index > settled) {
      found.push({ kind: 'text', text: words.slice(settled, match.index), start: from + settled });
    }
    settled = match.index + match[0].length;
    found.push({ kind: 'malformed', text: match[0], name, start: from + match.index });
  }
  if (settled < words.length) {
    found.push({ kind: 'text', text: words.slice(settled), start: from + settled });
  }
  return found;
}

/** The variables of a text, each once, in the order they first appear. */
export function variableNames(text: string): string[] {
  return namesOf(text, 'variable');
}

function namesOf(text: string, kind: 'variable' | 'malformed'): string[] {
  const names = new Set<string>();
  for (const span of spans(text)) if (span.kind === kind) names.add(span.name);
  return [...names];
}

/** How the placeholders of a body stand against the variables that are defined for it. */
export interface PlaceholderCheck {
  /** Good names in the body that no variable defines. */
  undefined: string[];
  /** Names in the body that can't be a variable, e.g. `{{due date}}`. */
  malformed: string[];
  /** Defined variables that the body never mentions. */
  unused: string[];
}

export function checkPlaceholders(body: string, defined: readonly string[]): PlaceholderCheck {
  const used = variableNames(body);
  return {
    undefined: used.filter((name) => !defined.includes(name)),
    malformed: namesOf(body, 'malformed'),
    unused: defined.filter((name) => name !== '' && !used.includes(name)),
  };
}

/** Renames one placeholder everywhere, be it well or badly named, and says in how many places. */
export function renamePlaceholder(body: string, from: string, to: string): { body: string; places: number } {
  let places = 0;
  const renamed = spans(body).map((span) => {
    if (span.kind === 'text' || span.name !== from) return span.text;
    places += 1;
    return `{{${to}}}`;
  });
  return { body: renamed.join(''), places };
}

/** The nearest allowed name to what somebody typed: `Due date (2nd)` becomes `due_date_2nd`. */
export function nearestName(typed: string): string {
  const plain = typed
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/ß/g, 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const started = /^[0-9]/.test(plain) ? `_${plain}` : plain;
  return started.slice(0, 64) || 'variable';
}

/** `name`, or `name_2`, `name_3` … when it is taken. */
export function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  for (let n = 2; ; n += 1) {
    const suffix = `_${n}`;
    const candidate = name.slice(0, 64 - suffix.length) + suffix;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** A label a person would write for a name: `due_date` becomes `Due date`, `clientName` becomes `Client name`. */
export function labelFor(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/_+/g, ' ')
    .trim()
    .toLowerCase();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}
