//! Plain text: its encoding, and its paragraphs.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Parsed, Writer};
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;

/// The text behind the bytes, or `None` when they are no text.
///
/// A byte order mark decides; else valid UTF-8 is UTF-8; else zeros in every other byte are UTF-16; else the
/// encoding is guessed from the frequency of letters, as browsers do.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return looks_like_text(&text).then(|| text.into_owned());
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return looks_like_text(text).then(|| text.to_owned());
    }
    let sample = &bytes[..bytes.len().min(64 << 10)];
    let (even, odd) = zeros(sample);
    let half = sample.len() / 2;
    let encoding = if half >= 2 && odd * 10 > half * 4 && even * 20 < half {
        UTF_16LE
    } else if half >= 2 && even * 10 > half * 4 && odd * 20 < half {
        UTF_16BE
    } else if even + odd > 0 {
        return None;
    } else {
        guess(bytes)
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    looks_like_text(&text).then(|| text.into_owned())
}

/// The text of a web page; its own `<meta charset>` is believed unless a byte order mark or UTF-8 contradict.
pub(crate) fn decode_html(bytes: &[u8]) -> String {
    if Encoding::for_bom(bytes).is_none() && std::str::from_utf8(bytes).is_err() {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).to_ascii_lowercase();
        let declared = head
            .split_once("charset=")
            .map(|(_, rest)| rest.trim_start_matches(['"', '\'']));
        let label = declared.and_then(|rest| rest.split(['"', '\'', '>', ';', ' ', '/']).next());
        if let Some(encoding) = label.and_then(|label| Encoding::for_label(label.as_bytes())) {
            return encoding.decode_without_bom_handling(bytes).0.into_owned();
        }
    }
    decode(bytes).unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

fn zeros(sample: &[u8]) -> (usize, usize) {
    let zero = |offset: usize| {
        sample
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|&&byte| byte == 0)
            .count()
    };
    (zero(0), zero(1))
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(256 << 10)], true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Allow);
    // Mostly UTF-8 with a broken byte is better read as what it mostly is only when little is lost.
    if encoding == UTF_8 {
        WINDOWS_1252
    } else {
        encoding
    }
}

/// Whether hardly any character is a control or a replacement one.
fn looks_like_text(text: &str) -> bool {
    let mut odd = 0_usize;
    let mut all = 0_usize;
    for character in text.chars().take(64 << 10) {
        all += 1;
        let expected = matches!(
            character,
            '\n' | '\r' | '\t' | '\u{c}' | '\u{1a}' | '\u{1b}'
        );
        if character == '\0' {
            return false;
        }
        odd += usize::from((character.is_control() && !expected) || character == '\u{fffd}');
    }
    odd * 50 <= all
}

/// Paragraphs are what blank lines separate. Nothing is guessed beyond bullets: a plain text has no headings.
pub(super) fn parse(text: &str) -> Result<Parsed, Refusal> {
    let mut blocks = Writer::default();
    write_paragraphs(&mut blocks, text, None)?;
    Ok(Parsed {
        blocks: blocks.finish(),
        ..Parsed::default()
    })
}

/// Writes a text's paragraphs and list items as blocks on the page.
pub(crate) fn write_paragraphs(
    blocks: &mut Writer,
    text: &str,
    page: Option<u32>,
) -> Result<(), Refusal> {
    let text = crate::extraction::clean(text);
    let mut paragraph: Vec<&str> = Vec::new();
    let mut item = None;
    for line in text.lines().chain([""]) {
        let marker = list_marker(line);
        if (line.trim().is_empty() || marker.is_some()) && !paragraph.is_empty() {
            let kind = item.take().unwrap_or(SourceBlockKind::Paragraph);
            blocks.push(kind, page, &paragraph.join("\n"))?;
            paragraph.clear();
        }
        match marker {
            Some((kind, rest)) => {
                item = Some(kind);
                paragraph.push(rest);
            }
            None if !line.trim().is_empty() => paragraph.push(if item.is_some() {
                line.trim()
            } else {
                line.trim_end()
            }),
            None => {}
        }
    }
    Ok(())
}

/// A bullet or a number with a point at the start of a line, and what follows it.
pub(crate) fn list_marker(line: &str) -> Option<(SourceBlockKind, &str)> {
    let trimmed = line.trim_start();
    let indent = line.len() - trimmed.len();
    let depth = u8::try_from(indent / 4).unwrap_or(u8::MAX).min(8);
    let bullet = ["- ", "* ", "• ", "– ", "◦ ", "▪ ", "● ", "‣ ", "■ "]
        .iter()
        .find_map(|mark| trimmed.strip_prefix(mark));
    if let Some(rest) = bullet {
        return Some((
            SourceBlockKind::ListItem {
                depth,
                ordered: false,
            },
            rest.trim(),
        ));
    }
    let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
    // Four digits are a year at the start of a sentence.
    let rest = (1..=3).contains(&digits).then(|| &trimmed[digits..])?;
    let rest = rest.strip_prefix(['.', ')'])?;
    // Programs that draw the number and the text apart lose the blank; a decimal number goes on with a digit.
    let separated = rest.starts_with([' ', '\t']) || rest.starts_with(char::is_uppercase);
    (separated && !rest.trim().is_empty()).then(|| {
        (
            SourceBlockKind::ListItem {
                depth,
                ordered: true,
            },
            trimmed.trim_end(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_encodings_are_read_and_binary_is_not() {
        assert_eq!(decode("Grüße".as_bytes()).as_deref(), Some("Grüße"));
        assert_eq!(
            decode(b"\xEF\xBB\xBFGr\xC3\xBC\xC3\x9Fe").as_deref(),
            Some("Grüße")
        );
        assert_eq!(
            decode(b"Viele Gr\xFC\xDFe aus M\xFCnchen").as_deref(),
            Some("Viele Grüße aus München")
        );
        let wide: Vec<u8> = "Grüße, hello"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(decode(&wide).as_deref(), Some("Grüße, hello"));
        let russian = encoding_rs::WINDOWS_1251
            .encode("Уважаемые коллеги, отправляем договор")
            .0;
        assert_eq!(
            decode(&russian).as_deref(),
            Some("Уважаемые коллеги, отправляем договор")
        );
        assert_eq!(decode(b"\x00\x01\x02\x03abc\xFF"), None);
        assert_eq!(decode(b"\x01\x02\x03\x04\x05\x06\x07"), None);
    }

    #[test]
    fn paragraphs_and_bullets_become_blocks() {
        let parsed =
            parse("First line\nsecond line\n\n- one\n  more\n- two\n1. first\n\n2024. A year")
                .unwrap();
        let found: Vec<_> = parsed
            .blocks
            .iter()
            .map(|block| (block.kind.clone(), block.text.as_str()))
            .collect();
        let bullet = SourceBlockKind::ListItem {
            depth: 0,
            ordered: false,
        };
        assert_eq!(
            found,
            [
                (SourceBlockKind::Paragraph, "First line\nsecond line"),
                (bullet.clone(), "one\nmore"),
                (bullet, "two"),
                (
                    SourceBlockKind::ListItem {
                        depth: 0,
                        ordered: true
                    },
                    "1. first"
                ),
                (SourceBlockKind::Paragraph, "2024. A year"),
            ]
        );
    }
}
