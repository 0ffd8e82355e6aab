/** One server-sent event as the specification reads it (HTML Living Standard, §9.2.6). */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/** Cuts a text stream into events. `feed` takes chunks in any split; incomplete events wait for more. */
export class EventStreamParser {
  private rest = '';
  private data: string[] = [];
  private event = '';
  private id: string | null = null;
  /** The server asked for this reconnection delay, in milliseconds. */
  retry: number | null = null;

  feed(chunk: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const text = this.rest + chunk;
    let start = 0;
    for (let at = 0; at < text.length; at += 1) {
      const char = text[at];
      if (char !== '\n' && char !== '\r') continue;
      // A lone \r at the very end may be the first half of \r\n: wait for the next chunk.
      if (char === '\r' && at + 1 === text.length) break;
      const line = text.slice(start, at);
      if (char === '\r' && text[at + 1] === '\n') at += 1;
      start = at + 1;
      const event = this.line(line);
      if (event) events.push(event);
    }
    this.rest = text.slice(start);
    return events;
  }

  private line(line: string): ServerEvent | null {
    if (line === '') {
      const event =
        this.data.length > 0
          ? { id: this.id, event: this.event || 'message', data: this.data.join('\n') }
          : null;
      this.data = [];
      this.event = '';
      return event;
    }
    if (line.startsWith(':')) return null;
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }
}
