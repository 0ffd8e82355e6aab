//! Real files made on the spot: whole, and broken in the ways files are broken.

use std::fmt::Write;

mod compound;
mod office;
mod pdf;
mod picture;

pub use compound::encrypted_office;
pub use office::{docx, docx_of_zeros, unzip};
pub use pdf::{encrypted_pdf, long_pdf, pdf, scanned_pdf};
pub use picture::png;

pub const PDF: &str = "application/pdf";
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub const MARKDOWN: &str = "text/markdown";
pub const HTML: &str = "text/html";
pub const CSV: &str = "text/csv";
pub const EML: &str = "message/rfc822";
pub const TEXT: &str = "text/plain";

/// Several sections of plain facts, enough to draft from.
pub const NOTES: &str = "# Field trip to the harbour museum\n\n\
    The fifth grade visits the harbour museum on 14 May. Two buses leave the school at 8:15 in the morning.\n\n\
    ## Costs\n\n\
    Each pupil pays 12 euros. The parents' association pays for the buses. Families who need help ask the office.\n\n\
    ## Safety\n\n\
    One adult accompanies every eight pupils. Allergies must be reported to the school nurse before 1 May.\n\n\
    - Bring a packed lunch without nuts.\n- Wear shoes for wet decks.\n\n\
    ## Programme\n\n\
    | Time | What |\n| --- | --- |\n| 9:30 | Tour of the lightship |\n| 11:00 | Knot workshop |\n| 13:00 | Return |\n";

/// Text of about this many words in which every paragraph is different.
pub fn prose(words: usize) -> String {
    const VOCABULARY: [&str; 32] = [
        "harbour",
        "committee",
        "budget",
        "lantern",
        "assessment",
        "river",
        "teacher",
        "museum",
        "archive",
        "garden",
        "permission",
        "timetable",
        "library",
        "bridge",
        "evaluation",
        "pupil",
        "winter",
        "agreement",
        "measure",
        "report",
        "carries",
        "explains",
        "requires",
        "opens",
        "reviews",
        "follows",
        "describes",
        "holds",
        "the",
        "a",
        "every",
        "this",
    ];
    // Numbers that look random and are the same in every run (Knuth's 64-bit linear congruential generator).
    let mut state: u64 = 1;
    let mut text = String::new();
    for index in 0..words {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let word = VOCABULARY[usize::try_from(state >> 59).expect("five bits")];
        text.push_str(word);
        match index {
            _ if index % 120 == 119 => write!(text, " {index}.\n\n").expect("a String takes all"),
            _ if index % 12 == 11 => text.push_str(". "),
            _ => text.push(' '),
        }
    }
    text
}

/// A mail with a plain text body.
pub fn mail() -> Vec<u8> {
    b"From: Ada Lovelace <ada@example.org>\r\nTo: Grace Hopper <grace@example.org>\r\nDate: Fri, 14 Nov 2025 09:30:00 +0000\r\n\
      Subject: Minutes of the lighthouse committee\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
      Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n\
      The committee met on Thursday.\r\n\r\nIt agreed to repaint the lighthouse before winter.\r\n"
        .to_vec()
}

/// The harmless file that every virus scanner reports, put together here so that this source is not reported.
pub fn virus_test_file() -> Vec<u8> {
    [
        r"X5O!P%@AP[4\PZX54(P^)7CC)7}$",
        "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!",
        "$H+H*",
    ]
    .concat()
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// What a program of poppler-utils says about a file.
    fn asked(program: &str, bytes: &[u8], arguments: &[&str]) -> (bool, String) {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let path = directory.path().join("sample.pdf");
        std::fs::write(&path, bytes).expect("a scratch file");
        let output = Command::new(program)
            .arg(&path)
            .args(arguments)
            .output()
            .expect("poppler-utils is installed");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    #[test]
    fn a_sample_pdf_is_read_by_others_without_complaint() {
        let bytes = long_pdf(3);
        let (read, text) = asked("pdftotext", &bytes, &["-"]);
        assert!(read && text.contains("Leaf 3 of the long report"), "{text}");
        assert!(!text.contains("Syntax"), "{text}");
        assert_eq!(text.matches('\u{c}').count(), 3, "three pages");
    }

    #[test]
    fn an_encrypted_sample_wants_a_password() {
        let (read, text) = asked("pdftotext", &encrypted_pdf(), &["-"]);
        assert!(!read && text.contains("Incorrect password"), "{text}");
    }

    #[test]
    fn a_scanned_sample_has_a_picture_and_no_text() {
        let bytes = scanned_pdf("Lighthouse keeper");
        let (_, text) = asked("pdftotext", &bytes, &["-"]);
        assert_eq!(text.trim(), "");
        let (_, pictures) = asked("pdfimages", &bytes, &["-list"]);
        assert!(pictures.contains("image"), "{pictures}");
    }

    #[test]
    fn a_sample_word_file_has_its_parts() {
        let parts = unzip(&docx("# Title\n\nText & more\n| a | b |"));
        let body = String::from_utf8_lossy(&parts["word/document.xml"]);
        assert!(
            body.contains("Heading1")
                && body.contains("Text &amp; more")
                && body.contains("<w:tc>")
        );
    }
}
