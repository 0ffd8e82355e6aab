import { expect, it } from 'vitest';
import { EventStreamParser } from './sse';

const STREAM =
  ': heartbeat\n\nid: 7\nevent: text\ndata: {"text":"a"}\n\nevent: done\ndata: one\ndata: two\n\n';

it('reads the same events however the stream is cut', () => {
  const whole = new EventStreamParser().feed(STREAM);
  for (let size = 1; size < STREAM.length; size += 1) {
    const parser = new EventStreamParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.feed(STREAM.slice(at, at + size)));
    expect(events).toEqual(whole);
  }
  expect(whole).toEqual([
    { id: '7', event: 'text', data: '{"text":"a"}' },
    { id: '7', event: 'done', data: 'one\ntwo' },
  ]);
});

it('takes \\r\\n and \\r for line ends, also when a chunk ends between them', () => {
  const parser = new EventStreamParser();
  expect(parser.feed('data: a\r')).toEqual([]);
  expect(parser.feed('\n\r\ndata: b\r\rdata: c')).toEqual([
    { id: null, event: 'message', data: 'a' },
    { id: null, event: 'message', data: 'b' },
  ]);
});

it('keeps an unfinished event to itself', () => {
  expect(new EventStreamParser().feed('event: done\ndata: {}\n')).toEqual([]);
});

it('remembers the reconnection delay and ignores comments and events without data', () => {
  const parser = new EventStreamParser();
  expect(parser.feed(': hello\nretry: 3000\nevent: ping\n\n')).toEqual([]);
  expect(parser.retry).toBe(3000);
});
