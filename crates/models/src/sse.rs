//! Server-sent events, from bytes. Works on bytes so that a chunk may end anywhere, also inside a character or between
//! CR and LF, and holds at most one event of at most [`MOST_BYTES`], so that no provider can fill the memory.
//! (HTML Living Standard §9.2.6, "Interpreting an event stream".)

/// Largest event, in bytes without line ends.
pub const MOST_BYTES: usize = 1 << 20;

/// One event with data. Its bytes are as the server sent them; nothing promises that they are UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerEvent {
    /// The `event:` field; empty when there was none.
    pub name: Vec<u8>,
    /// The `data:` lines, joined by LF.
    pub data: Vec<u8>,
}

/// An event was larger than [`MOST_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than 1 MB")]
pub struct Oversized;

/// Turns chunks of bytes into events. The events don't depend on where the chunks end.
#[derive(Debug, Default)]
pub struct Parser {
    /// The unfinished line.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// Bytes of the finished lines of this event.
    held: usize,
    /// The last byte was a CR, so a LF that follows ends no second line.
    after_cr: bool,
    /// A byte order mark may only stand before the first line.
    begun: bool,
}

impl Parser {
    /// A parser at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a chunk and adds the events it completes to `out`. After an error the parser must not be used again.
    pub fn feed(&mut self, chunk: &[u8], out: &mut Vec<ServerEvent>) -> Result<(), Oversized> {
        let mut rest = chunk;
        while !rest.is_empty() {
            if std::mem::take(&mut self.after_cr) && rest[0] == b'\n' {
                rest = &rest[1..];
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', rest);
            let piece = &rest[..end.unwrap_or(rest.len())];
            if self.held + self.line.len() + piece.len() > MOST_BYTES {
                return Err(Oversized);
            }
            let Some(end) = end else {
                self.line.extend_from_slice(piece);
                return Ok(());
            };
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
            if self.line.is_empty() {
                self.take_line(piece, out);
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(piece);
                self.take_line(&line, out);
                line.clear();
                self.line = line;
            }
        }
        Ok(())
    }

    /// What an ended stream left behind: an event whose closing blank line is missing, its last line perhaps cut. The
    /// standard throws it away; servers that forget the blank line after their last event make it worth a look.
    pub fn finish(mut self) -> Option<ServerEvent> {
        let mut out = Vec::new();
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            self.take_line(&line, &mut out);
        }
        self.take_line(b"", &mut out);
        out.pop()
    }

    fn take_line(&mut self, line: &[u8], out: &mut Vec<ServerEvent>) {
        let mut line = line;
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let data = std::mem::take(&mut self.data);
            self.held = 0;
            if std::mem::take(&mut self.has_data) {
                out.push(ServerEvent { name, data });
            }
            return;
        }
        self.held += line.len();
        let (field, value) = match memchr::memchr(b':', line) {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, &b""[..]),
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.name = value.to_vec(),
            // Comments (an empty field), `id`, `retry` and unknown fields mean nothing here.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(chunks: &[&[u8]]) -> Vec<ServerEvent> {
        let mut parser = Parser::new();
        let mut out = Vec::new();
        for chunk in chunks {
            parser.feed(chunk, &mut out).expect("small events");
        }
        out
    }

    fn event(name: &str, data: &str) -> ServerEvent {
        ServerEvent {
            name: name.into(),
            data: data.into(),
        }
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        let expected = [event("a", "1\n2"), event("", "3")];
        for text in [
            "event: a\ndata: 1\ndata: 2\n\ndata:3\n\n",
            "event: a\rdata: 1\rdata: 2\r\rdata:3\r\r",
            "event: a\r\ndata: 1\r\ndata: 2\r\n\r\ndata:3\r\n\r\n",
        ] {
            assert_eq!(parse(&[text.as_bytes()]), expected);
        }
    }

    #[test]
    fn a_character_cut_by_a_chunk_arrives_whole() {
        let bytes = "data: é\n\n".as_bytes();
        assert_eq!(parse(&[&bytes[..7], &bytes[7..]]), [event("", "é")]);
    }

    #[test]
    fn comments_and_a_byte_order_mark_are_no_events() {
        let text = "\u{feff}: hello\n\n:\n\nid: 7\nretry: 3\n\ndata\n\n";
        assert_eq!(parse(&[text.as_bytes()]), [event("", "")]);
    }

    #[test]
    fn an_event_over_the_cap_is_refused_however_it_is_cut() {
        let mut text = b"data: 1\n\ndata: ".to_vec();
        text.resize(text.len() + MOST_BYTES, b'x');
        for size in [100, 4096, text.len()] {
            let mut parser = Parser::new();
            let mut out = Vec::new();
            let refused = text
                .chunks(size)
                .try_for_each(|chunk| parser.feed(chunk, &mut out));
            assert_eq!(refused, Err(Oversized));
            assert_eq!(out, [event("", "1")]);
        }
    }

    #[test]
    fn many_short_lines_count_as_one_event() {
        let text = "data: 0123456789\n".repeat(MOST_BYTES / 16 + 1);
        let mut out = Vec::new();
        assert_eq!(
            Parser::new().feed(text.as_bytes(), &mut out),
            Err(Oversized)
        );
    }

    #[test]
    fn an_event_without_its_blank_line_is_kept_for_the_end() {
        let mut parser = Parser::new();
        let mut out = Vec::new();
        parser.feed(b"data: [DONE]", &mut out).expect("small");
        assert!(out.is_empty());
        assert_eq!(parser.finish(), Some(event("", "[DONE]")));
        assert_eq!(Parser::new().finish(), None);
    }
}
