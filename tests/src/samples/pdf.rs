//! PDF files written by hand (ISO 32000-1 §7.5), so that a test knows every byte of them.

use std::fmt::Write;
use std::process::Command;

const LINE: usize = 84;
const LINES: usize = 46;

/// A PDF with one page of text per item: the first line of each is set larger, as a heading.
pub fn pdf(pages: &[&str]) -> Vec<u8> {
    let mut file = File::new();
    let kids: Vec<_> = (0..pages.len())
        .map(|page| format!("{} 0 R", 4 + 2 * page))
        .collect();
    file.object(1, "<< /Type /Catalog /Pages 2 0 R >>");
    file.object(
        2,
        &format!(
            "<< /Type /Pages /Kids [{}] /Count {} >>",
            kids.join(" "),
            pages.len()
        ),
    );
    file.object(
        3,
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    );
    for (index, text) in pages.iter().enumerate() {
        let page = 4 + 2 * index;
        let resources = "<< /Font << /F1 3 0 R >> >>";
        let contents = page + 1;
        file.object(
            page,
            &format!("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources {resources} /Contents {contents} 0 R >>"),
        );
        file.stream(contents, "", text_operators(text).as_bytes());
    }
    file.finish("/Root 1 0 R")
}

/// A PDF of this many full pages of prose, with its number in the text of each page.
pub fn long_pdf(pages: usize) -> Vec<u8> {
    let prose = super::prose(pages * 450);
    let words: Vec<_> = prose.split_whitespace().collect();
    let texts: Vec<_> = words
        .chunks(450)
        .take(pages)
        .enumerate()
        .map(|(page, words)| {
            let (heading, number) = (words[..3].join(" "), page + 1);
            format!(
                "{heading}\nLeaf {number} of the long report. {}",
                words.join(" ")
            )
        })
        .collect();
    pdf(&texts.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A PDF that wants a password nobody knows: an encryption dictionary whose check values fit no password
/// (ISO 32000-1 §7.6.3).
pub fn encrypted_pdf() -> Vec<u8> {
    let mut file = File::new();
    file.object(1, "<< /Type /Catalog /Pages 2 0 R >>");
    file.object(2, "<< /Type /Pages /Kids [4 0 R] /Count 1 >>");
    file.object(3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    file.object(
        4,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 5 0 R >>",
    );
    let scrambled: Vec<u8> = (0..200_u32)
        .map(|n| n.wrapping_mul(97).to_le_bytes()[0] ^ 0x5a)
        .collect();
    file.stream(5, "", &scrambled);
    let check = |seed: u32| {
        (0..32_u32).fold(String::new(), |hex, n| {
            hex + &format!("{:02X}", (n * seed + 11) % 251)
        })
    };
    file.object(
        6,
        &format!(
            "<< /Filter /Standard /V 2 /R 3 /Length 128 /P -3904 /O <{}> /U <{}> >>",
            check(7),
            check(13)
        ),
    );
    let id = "<00112233445566778899AABBCCDDEEFF>";
    file.finish(&format!("/Root 1 0 R /Encrypt 6 0 R /ID [{id} {id}]"))
}

/// A PDF whose only page is a picture of this text, as a scanner makes it. Drawn by poppler's `pdftoppm`.
pub fn scanned_pdf(text: &str) -> Vec<u8> {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let written = directory.path().join("written.pdf");
    std::fs::write(&written, pdf(&[text])).expect("a scratch file");
    let drawn = Command::new("pdftoppm")
        .args(["-r", "150", "-gray", "-singlefile"])
        .arg(&written)
        .output();
    let drawn = drawn.expect("pdftoppm of poppler-utils is installed");
    assert!(
        drawn.status.success(),
        "pdftoppm: {}",
        String::from_utf8_lossy(&drawn.stderr)
    );

    // A binary PGM: "P5", width, height, 255, then the pixels.
    let mut fields = drawn.stdout.splitn(4, u8::is_ascii_whitespace);
    let mut field = || fields.next().expect("a picture has a header");
    assert_eq!(field(), b"P5");
    let mut number = || {
        String::from_utf8_lossy(field())
            .parse::<usize>()
            .expect("a picture has a size")
    };
    let (width, height) = (number(), number());
    let pixels = &drawn.stdout[drawn.stdout.len() - width * height..];

    let mut file = File::new();
    file.object(1, "<< /Type /Catalog /Pages 2 0 R >>");
    file.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    file.object(
        3,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>",
    );
    let picture = format!(
        "/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray /BitsPerComponent 8"
    );
    file.stream(4, &picture, pixels);
    file.stream(5, "", b"q 595 0 0 842 0 0 cm /I Do Q");
    file.finish("/Root 1 0 R")
}

fn text_operators(text: &str) -> String {
    let mut operators = String::from("BT\n");
    let mut y = 780;
    for (index, paragraph) in text.lines().enumerate() {
        let size = if index == 0 { 18 } else { 11 };
        for line in wrapped(paragraph) {
            let line = line
                .replace('\\', r"\\")
                .replace('(', r"\(")
                .replace(')', r"\)");
            writeln!(operators, "/F1 {size} Tf 1 0 0 1 56 {y} Tm ({line}) Tj")
                .expect("a String takes all");
            y -= if index == 0 { 28 } else { 15 };
        }
        y -= 6;
    }
    operators + "ET"
}

fn wrapped(paragraph: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in paragraph.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            word.clone_into(line);
        } else if line.len() + 1 + word.len() <= LINE {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    assert!(
        lines.len() <= LINES,
        "a page of a sample has room for {LINES} lines"
    );
    lines
}

struct File {
    bytes: Vec<u8>,
    offsets: Vec<usize>,
}

impl File {
    fn new() -> Self {
        Self {
            bytes: b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n".to_vec(),
            offsets: Vec::new(),
        }
    }

    /// Objects must come in the order of their numbers, from 1.
    fn object(&mut self, number: usize, value: &str) {
        self.begin(number);
        self.bytes
            .extend_from_slice(format!("{value}\nendobj\n").as_bytes());
    }

    fn stream(&mut self, number: usize, dictionary: &str, content: &[u8]) {
        self.begin(number);
        self.bytes.extend_from_slice(
            format!("<< {dictionary} /Length {} >>\nstream\n", content.len()).as_bytes(),
        );
        self.bytes.extend_from_slice(content);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    fn begin(&mut self, number: usize) {
        self.offsets.push(self.bytes.len());
        assert_eq!(number, self.offsets.len(), "objects are numbered in order");
        self.bytes
            .extend_from_slice(format!("{number} 0 obj\n").as_bytes());
    }

    fn finish(mut self, trailer: &str) -> Vec<u8> {
        let table = self.bytes.len();
        let size = self.offsets.len() + 1;
        let mut end = format!("xref\n0 {size}\n0000000000 65535 f \n");
        for offset in &self.offsets {
            writeln!(end, "{offset:010} 00000 n ").expect("a String takes all");
        }
        write!(
            end,
            "trailer\n<< /Size {size} {trailer} >>\nstartxref\n{table}\n%%EOF\n"
        )
        .expect("a String takes all");
        self.bytes.extend_from_slice(end.as_bytes());
        self.bytes
    }
}
