//! What a file is, decided by its content.

use std::io::Cursor;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Refusal;
use crate::parse::{archive, text};

/// The kinds of file that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    Pdf,
    Docx,
    Doc,
    Odt,
    Rtf,
    Epub,
    Pptx,
    Ppt,
    Xlsx,
    Xls,
    Ods,
    Odp,
    Csv,
    Html,
    Markdown,
    Text,
    Eml,
    Png,
    Jpeg,
}

impl Format {
    /// The registered media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Doc => "application/msword",
            Self::Odt => "application/vnd.oasis.opendocument.text",
            Self::Rtf => "application/rtf",
            Self::Epub => "application/epub+zip",
            Self::Pptx => {
                "application/vnd.openxmlformats-officedocument.presentationml.presentation"
            }
            Self::Ppt => "application/vnd.ms-powerpoint",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Xls => "application/vnd.ms-excel",
            Self::Ods => "application/vnd.oasis.opendocument.spreadsheet",
            Self::Odp => "application/vnd.oasis.opendocument.presentation",
            Self::Csv => "text/csv",
            Self::Html => "text/html",
            Self::Markdown => "text/markdown",
            Self::Text => "text/plain",
            Self::Eml => "message/rfc822",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
        }
    }
}

/// What the file is, or `None` when it is nothing that is read here.
///
/// The name only breaks ties between kinds of plain text (`.md`, `.csv`, `.html`, `.eml`). Telling one office
/// format from another opens the container, so give bytes of unknown origin to this only behind the jail.
pub fn detect(bytes: &[u8], name: &str) -> Option<Format> {
    identify(bytes, &extension(name)).ok()
}

/// The part of a file name after its last dot, in lower case, at most 8 ASCII letters or digits; otherwise empty.
pub(crate) fn extension(name: &str) -> String {
    let Some((_, extension)) = name.rsplit_once('.') else {
        return String::new();
    };
    let plain = extension.len() <= 8 && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain {
        extension.to_ascii_lowercase()
    } else {
        String::new()
    }
}

const OLE_SIGNATURE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// [`detect`] with the reason for a refusal.
pub(crate) fn identify(bytes: &[u8], extension: &str) -> Result<Format, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if is_antivirus_test(bytes) {
        return Err(Refusal::Malware);
    }
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    }
    if bytes.starts_with(b"\xFF\xD8\xFF") {
        return Ok(Format::Jpeg);
    }
    if bytes.starts_with(b"{\\rtf") {
        return Ok(Format::Rtf);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        archive::check(bytes)?;
        return in_zip(bytes);
    }
    if bytes.starts_with(OLE_SIGNATURE) {
        return in_ole(bytes);
    }
    // ISO 32000 readers accept rubbish before the header; 1024 bytes is what they agree on.
    if bytes[..bytes.len().min(1024)]
        .windows(5)
        .any(|window| window == b"%PDF-")
    {
        return Ok(Format::Pdf);
    }
    if let Some(foreign) = foreign(bytes) {
        return Err(Refusal::Unsupported {
            detected: foreign.to_owned(),
        });
    }
    let text = text::decode(bytes).ok_or_else(|| Refusal::Unsupported {
        detected: "binary data".to_owned(),
    })?;
    if text.trim().is_empty() {
        return Err(Refusal::Empty);
    }
    Ok(text_format(&text, extension))
}

fn in_zip(bytes: &[u8]) -> Result<Format, Refusal> {
    use anydoc::Format as Found;
    match Found::from_bytes(bytes) {
        Some(Found::Docx) => Ok(Format::Docx),
        Some(Found::Pptx) => Ok(Format::Pptx),
        Some(Found::Excel) => Ok(Format::Xlsx),
        Some(Found::Odt) => Ok(Format::Odt),
        Some(Found::Ods) => Ok(Format::Ods),
        Some(Found::Odp) => Ok(Format::Odp),
        Some(Found::Epub) => Ok(Format::Epub),
        _ if archive::is_encrypted(bytes) => Err(Refusal::Encrypted),
        _ => Err(Refusal::Unsupported {
            detected: "a ZIP archive".to_owned(),
        }),
    }
}

fn in_ole(bytes: &[u8]) -> Result<Format, Refusal> {
    use anydoc::Format as Found;
    match Found::from_bytes(bytes) {
        Some(Found::Doc) => return Ok(Format::Doc),
        Some(Found::Ppt) => return Ok(Format::Ppt),
        Some(Found::Excel) => return Ok(Format::Xls),
        _ => {}
    }
    let container = cfb::CompoundFile::open(Cursor::new(bytes))
        .map_err(|_| Refusal::corrupt("its OLE container cannot be read; it may be cut off"))?;
    if container.exists("EncryptedPackage") || container.exists("EncryptionInfo") {
        return Err(Refusal::Encrypted);
    }
    let detected = if container.exists("__properties_version1.0") {
        "an Outlook message; save it as .eml"
    } else {
        "an OLE container without a document"
    };
    Err(Refusal::Unsupported {
        detected: detected.to_owned(),
    })
}

/// Well-known kinds of file that are not read, by their signature.
fn foreign(bytes: &[u8]) -> Option<&'static str> {
    const SIGNATURES: &[(&[u8], &str)] = &[
        (b"\x7FELF", "a program"),
        (b"MZ", "a Windows program"),
        (b"GIF8", "a GIF picture"),
        (b"II*\0", "a TIFF picture"),
        (b"MM\0*", "a TIFF picture"),
        (b"\x1F\x8B", "a gzip archive"),
        (b"BZh", "a bzip2 archive"),
        (b"\xFD7zXZ\0", "an xz archive"),
        (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
        (b"Rar!\x1A\x07", "a RAR archive"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"%!PS", "a PostScript file"),
        (b"AT&TFORM", "a DjVu file"),
        (b"OggS", "an Ogg recording"),
        (b"ID3", "an MP3 recording"),
        (b"fLaC", "a FLAC recording"),
    ];
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some("a video, a recording or a HEIC picture");
    }
    if bytes.starts_with(b"RIFF") && bytes.len() > 12 {
        return Some(if &bytes[8..12] == b"WEBP" {
            "a WebP picture"
        } else {
            "a recording"
        });
    }
    // Two letters may begin a text; a program is not one.
    SIGNATURES
        .iter()
        .find(|(signature, _)| {
            bytes.starts_with(signature) && (signature.len() > 3 || text::decode(bytes).is_none())
        })
        .map(|(_, name)| *name)
}

fn text_format(text: &str, extension: &str) -> Format {
    let head: String = text
        .trim_start()
        .chars()
        .take(2048)
        .collect::<String>()
        .to_ascii_lowercase();
    let is_page = head.starts_with("<!doctype html") || head.starts_with("<html");
    let holds_page =
        head.starts_with('<') && (head.contains("<html") || head.contains("<!doctype html"));
    if is_page || holds_page {
        return Format::Html;
    }
    let mail_headers = mail_headers(text);
    match extension {
        "html" | "htm" | "xhtml" if head.contains('<') => Format::Html,
        "eml" if mail_headers >= 1 => Format::Eml,
        "md" | "markdown" | "mkd" => Format::Markdown,
        "csv" | "tsv" => Format::Csv,
        // A text that quotes a mail is a text; a mail starts with its headers and has several.
        _ if mail_headers >= 3 => Format::Eml,
        _ => Format::Text,
    }
}

/// How many of the headers every mail has stand at the top, in a block of nothing but headers (RFC 5322 §2.2).
fn mail_headers(text: &str) -> usize {
    const KNOWN: &[&str] = &[
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "received",
        "return-path",
        "mime-version",
        "content-type",
        "delivered-to",
        "reply-to",
    ];
    let mut known = 0;
    for line in text.lines().take(400) {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((field, _)) = line.split_once(':') else {
            return 0;
        };
        if field.is_empty() || !field.bytes().all(|byte| byte.is_ascii_graphic()) {
            return 0;
        }
        known += usize::from(KNOWN.contains(&field.to_ascii_lowercase().as_str()));
    }
    known
}

/// The EICAR test file: 68 given bytes at the start. Kept in two pieces, so that this program is not taken for it.
fn is_antivirus_test(bytes: &[u8]) -> bool {
    const FIRST: &[u8] = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND";
    const SECOND: &[u8] = b"ARD-ANTIVIRUS-TEST-FILE!$H+H*";
    bytes
        .strip_prefix(FIRST)
        .is_some_and(|rest| rest.starts_with(SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_the_name_only_breaks_ties() {
        assert_eq!(detect(b"%PDF-1.7\n", "letter.docx"), Some(Format::Pdf));
        assert_eq!(detect(b"{\\rtf1 x}", "x.pdf"), Some(Format::Rtf));
        assert_eq!(detect(b"\x89PNG\r\n\x1a\n", "x.txt"), Some(Format::Png));
        assert_eq!(detect(b"<!DOCTYPE html><p>x", "x.txt"), Some(Format::Html));
        assert_eq!(detect(b"a,b\n1,2\n", "x.csv"), Some(Format::Csv));
        assert_eq!(detect(b"a,b\n1,2\n", "x.pdf"), Some(Format::Text));
        assert_eq!(detect(b"# Title\n", "x.MD"), Some(Format::Markdown));
        assert_eq!(
            detect(b"MZ is a fine abbreviation.\n", "x"),
            Some(Format::Text)
        );
    }

    #[test]
    fn a_mail_is_known_by_its_headers() {
        let mail = b"From: a@example.org\nTo: b@example.org\nSubject: x\n\nFrom: nobody\n";
        assert_eq!(detect(mail, "mail"), Some(Format::Eml));
        assert_eq!(detect(b"Subject: x\n\nhello", "x.eml"), Some(Format::Eml));
        assert_eq!(
            detect(b"Dear all,\nFrom: a\nTo: b\nSubject: c\n", "x.txt"),
            Some(Format::Text)
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let detected = |bytes: &[u8]| match identify(bytes, "") {
            Err(Refusal::Unsupported { detected }) => detected,
            other => format!("{other:?}"),
        };
        assert_eq!(detected(b"\x7FELF\x02\x01\x01\0\0\0"), "a program");
        assert_eq!(detected(b"MZ\x90\0\x03\0\0\0"), "a Windows program");
        assert_eq!(detected(b"ab\0\x01\x02cd\0\0\x03"), "binary data");
        assert_eq!(identify(b"", ""), Err(Refusal::Empty));
        assert_eq!(identify(b" \r\n\t", ""), Err(Refusal::Empty));
    }

    #[test]
    fn the_antivirus_test_file_is_recognised() {
        let mut file = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STAND".to_vec();
        file.extend_from_slice(b"ARD-ANTIVIRUS-TEST-FILE!$H+H*");
        assert_eq!(file.len(), 68);
        assert_eq!(identify(&file, "txt"), Err(Refusal::Malware));
        assert_eq!(identify(&file[..67], "txt"), Ok(Format::Text));
    }

    #[test]
    fn only_a_harmless_extension_is_taken_from_a_name() {
        assert_eq!(extension("a.b.PDF"), "pdf");
        assert_eq!(extension("a.\u{202e}fdp"), "");
        assert_eq!(extension("a.p/../f"), "");
        assert_eq!(extension("none"), "");
    }
}
