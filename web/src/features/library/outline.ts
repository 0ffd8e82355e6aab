/** The headings of a Markdown body, for the small sheet on a template's card. */
export interface OutlineLine {
  kind: 'heading' | 'text';
  level: number;
  text: string;
}

/** The first lines of a Markdown body as a reader would see them: no fences, no markers, no blank lines. */
export function outline(body: string, limit: number): OutlineLine[] {
  const lines: OutlineLine[] = [];
  let fenced = false;
  for (const raw of body.split('\n')) {
    if (lines.length >= limit) break;
    const line = raw.trim();
    if (/^(```|~~~)/.test(line)) {
      fenced = !fenced;
      continue;
    }
    if (line === '' || fenced || /^([-*_]\s*){3,}$/.test(line)) continue;
    if (/^\|?[\s:|-]+\|[\s:|-]*$/.test(line)) continue;
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    if (heading) {
      lines.push({ kind: 'heading', level: (heading[1] ?? '#').length, text: unmarked(heading[2] ?? '') });
    } else {
      const text = line.replace(/^(>\s*)+/, '').replace(/^([-*+]|\d+[.)])\s+/, '');
      lines.push({ kind: 'text', level: 0, text: unmarked(cells(text)) });
    }
  }
  return lines;
}

/** A table's row as a line of its cells. */
function cells(line: string): string {
  if (!line.startsWith('|')) return line;
  return line
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join(' · ');
}

/** Removes inline Markdown marks, keeping the words. */
function unmarked(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/(\*\*|__)(.+?)\1/g, '$2')
    .replace(/(?<![\w{])([*_])(\S.*?)\1(?![\w}])/g, '$2')
    .replace(/`([^`]*)`/g, '$1');
}
