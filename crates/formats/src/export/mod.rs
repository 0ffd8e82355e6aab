//! What both exporters share: the letterhead, the facts about a document, its pictures, its tables and its measures.

pub(crate) mod anchors;
pub(crate) mod grid;
pub(crate) mod measures;
pub(crate) mod picture;

use std::collections::HashMap;

/// The bytes of the pictures a tree names, by their `src` (`carrel:images/…`). Pictures given as `data:` addresses
/// need no entry; those that are missing or can't be decoded are replaced by their alternative text.
pub type Images = HashMap<String, Vec<u8>>;

/// Why a document can't be exported. Trees never are the reason: what can't be shown is replaced by words.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The .docx package couldn't be written.
    #[error("the .docx file can't be written: {0}")]
    Docx(String),
    /// The PDF couldn't be written.
    #[error("the PDF can't be written: {0}")]
    Pdf(String),
}

/// What stands around the text on every page.
#[derive(Debug, Clone, PartialEq)]
pub struct Letterhead {
    /// The bytes of a picture for the head of the page; PNG, JPEG, GIF or WebP.
    pub logo: Option<Vec<u8>>,
    /// Text at the head of every page; lines are kept.
    pub header: String,
    /// Text at the foot of every page; lines are kept.
    pub footer: String,
    /// Whether the foot says "Page 2 of 7".
    pub page_numbers: bool,
    /// The size of the sheet.
    pub paper: Paper,
    /// The white space around the text.
    pub margins: Margins,
}

impl Default for Letterhead {
    fn default() -> Self {
        Self {
            logo: None,
            header: String::new(),
            footer: String::new(),
            page_numbers: true,
            paper: Paper::A4,
            margins: Margins::default(),
        }
    }
}

/// The size of a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// Width and height in points (1/72 inch).
    #[must_use]
    pub fn size(self) -> (f32, f32) {
        match self {
            Self::A4 => (595.28, 841.89),
            Self::Letter => (612.0, 792.0),
        }
    }
}

/// The white space around the text, in millimetres; values outside 5 to 80 are moved to the nearer end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    /// From the upper edge to the text.
    pub top: f32,
    /// From the text to the right edge.
    pub right: f32,
    /// From the text to the lower edge.
    pub bottom: f32,
    /// From the left edge to the text.
    pub left: f32,
}

impl Default for Margins {
    fn default() -> Self {
        Self {
            top: 28.0,
            right: 28.0,
            bottom: 28.0,
            left: 28.0,
        }
    }
}

/// Facts about the document that go into the file's properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    /// The title.
    pub title: String,
    /// Who wrote it.
    pub author: Option<String>,
    /// The language of the text as BCP 47 tag, for example `en` or `de-AT`; it also chooses the words at the foot.
    pub language: Option<String>,
    /// When it was exported.
    pub created: time::OffsetDateTime,
}

impl Meta {
    /// The language tag, if it is one; `en` otherwise.
    pub(crate) fn language(&self) -> &str {
        match self.language.as_deref() {
            Some(tag)
                if (2..=35).contains(&tag.len())
                    && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') =>
            {
                tag
            }
            _ => "en",
        }
    }

    /// The words around the numbers in "Page 2 of 7".
    pub(crate) fn page_words(&self) -> (&'static str, &'static str) {
        let tag = self.language().to_ascii_lowercase();
        match tag.split('-').next().unwrap_or_default() {
            "de" => ("Seite", "von"),
            "es" | "pt" => ("Página", "de"),
            "fr" => ("Page", "sur"),
            "it" => ("Pagina", "di"),
            "nl" => ("Pagina", "van"),
            _ => ("Page", "of"),
        }
    }
}

/// The sheet and the place of the text on it, in points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet {
    pub width: f32,
    pub height: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    pub left: f32,
}

impl Sheet {
    pub fn of(letterhead: &Letterhead) -> Self {
        let (width, height) = letterhead.paper.size();
        let points = |millimetres: f32| {
            let millimetres = if millimetres.is_finite() {
                millimetres
            } else {
                28.0
            };
            millimetres.clamp(5.0, 80.0) * 72.0 / 25.4
        };
        let margins = letterhead.margins;
        Self {
            width,
            height,
            top: points(margins.top),
            right: points(margins.right),
            bottom: points(margins.bottom),
            left: points(margins.left),
        }
    }

    pub fn text_width(&self) -> f32 {
        self.width - self.left - self.right
    }

    pub fn text_height(&self) -> f32 {
        self.height - self.top - self.bottom
    }
}

/// Whether a text is read from right to left: its first letter with a direction decides.
pub(crate) fn is_right_to_left(text: &str) -> bool {
    text.chars()
        .find_map(|c| match c {
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => Some(true),
            c if c.is_alphabetic() => Some(false),
            _ => None,
        })
        .unwrap_or(false)
}

/// The lines of a header or footer, without control characters and empty ends; at most twelve, so that text remains.
pub(crate) fn margin_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .trim()
        .lines()
        .take(12)
        .map(|line| line.trim().chars().filter(|c| !c.is_control()).collect())
        .collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}
