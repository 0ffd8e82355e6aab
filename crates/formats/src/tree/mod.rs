//! Carrel's document tree: what a draft is, and what both exporters read.
//!
//! Its JSON *is* the JSON of the editor (TipTap, that is ProseMirror): `{"type":"doc","content":[…]}`, so a draft
//! travels between the browser, the database and the exporters without a second format. The types below hold only
//! what the editor's schema allows; everything else is refused while reading, with the path of the offending node
//! (see [`TreeError`]), so that no later floor has to ask what an unknown node means.
//!
//! Every tree that was read or normalised is valid for the editor: the document, quotes, list items and cells hold at
//! least one block, list items begin with a paragraph, texts are never empty and equal neighbours are merged.

mod normalise;
mod positions;
mod read;
mod replace;
mod text;
mod write;

#[cfg(test)]
mod json_tests;
#[cfg(test)]
mod position_tests;
#[cfg(test)]
pub(crate) mod samples;

pub(crate) use normalise::normalise_inlines;
pub use positions::PositionError;
pub(crate) use read::inline_image;
pub use read::{TreeError, TreeErrorKind};
pub use text::{OutlineEntry, inline_text, plain_text, word_count};

/// How deep nodes may nest below the document. JSON readers stop at 128 levels and a node takes two of them.
pub const MAX_DEPTH: usize = 60;
/// How many nodes (blocks, items, rows, cells, texts, breaks) a tree may hold.
pub const MAX_NODES: usize = 200_000;
/// How many bytes of UTF-8 text a tree may hold.
pub const MAX_TEXT_BYTES: usize = 5 * 1024 * 1024;
/// How many bytes one picture given as a `data:` address may have once decoded.
pub const MAX_INLINE_IMAGE_BYTES: usize = 5 * 1024 * 1024;
/// How many columns a table may have, spans included.
pub const MAX_COLUMNS: u32 = 100;

/// A whole document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct DocumentTree {
    /// The blocks at the top level, in reading order.
    pub content: Vec<Block>,
}

/// A node that stands on its own lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Block {
    /// Running text.
    Paragraph {
        /// How its lines are set; none means the default of the reader.
        align: Option<Align>,
        /// Its text.
        content: Vec<Inline>,
    },
    /// The title of a part of the document.
    Heading {
        /// 1 (the greatest) to 6.
        level: u8,
        /// How its lines are set.
        align: Option<Align>,
        /// Its text.
        content: Vec<Inline>,
    },
    /// A list whose items have no order.
    BulletList(Vec<ListItem>),
    /// A numbered list.
    OrderedList {
        /// The number of the first item.
        start: u32,
        /// The items.
        items: Vec<ListItem>,
    },
    /// Words of somebody else.
    Blockquote(Vec<Block>),
    /// Preformatted text.
    CodeBlock {
        /// The name of the language, as the author gave it.
        language: Option<String>,
        /// The text, with its line feeds.
        text: String,
    },
    /// A table.
    Table(Vec<TableRow>),
    /// A picture on its own line.
    Image(Image),
    /// A thin line across the page.
    HorizontalRule,
    /// What follows begins on a new page.
    PageBreak,
}

/// An item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ListItem {
    /// A paragraph, then whatever belongs to the item.
    pub content: Vec<Block>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TableRow {
    /// The cells that begin in this row.
    pub cells: Vec<TableCell>,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableCell {
    /// Whether it names what its column or row holds.
    pub header: bool,
    /// How many columns it covers, from 1.
    pub colspan: u32,
    /// How many rows it covers, from 1.
    pub rowspan: u32,
    /// The width of each column it covers, in CSS pixels (1/96 inch), where the author set one.
    pub colwidth: Option<Vec<u32>>,
    /// The blocks inside.
    pub content: Vec<Block>,
}

impl Default for TableCell {
    fn default() -> Self {
        Self {
            header: false,
            colspan: 1,
            rowspan: 1,
            colwidth: None,
            content: Vec::new(),
        }
    }
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Image {
    /// `carrel:images/<id>` for a stored one, or a `data:` address with the bytes in it.
    pub src: String,
    /// What is to be seen, for those who can't see it.
    pub alt: Option<String>,
    /// A caption.
    pub title: Option<String>,
    /// The width to show it at, in CSS pixels (1/96 inch).
    pub width: Option<u32>,
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Inline {
    /// Characters that share their marks.
    Text {
        /// Never empty in a normalised tree.
        text: String,
        /// How it is set.
        marks: Marks,
    },
    /// A new line within the same paragraph.
    HardBreak,
}

/// How a piece of text is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "marks are independent of each other"
)]
pub struct Marks {
    /// Heavier letters.
    pub bold: bool,
    /// Slanted letters.
    pub italic: bool,
    /// A line below.
    pub underline: bool,
    /// A line through.
    pub strike: bool,
    /// A fixed-width face.
    pub code: bool,
    /// Where the text leads: `http:`, `https:`, `mailto:` or `#…` within the document.
    pub link: Option<String>,
}

/// How the lines of a paragraph are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Align {
    /// Flush left.
    Left,
    /// Around the middle.
    Center,
    /// Flush right.
    Right,
    /// Flush on both sides.
    Justify,
}

impl DocumentTree {
    /// A document of these blocks, made valid for the editor.
    #[must_use]
    pub fn new(content: Vec<Block>) -> Self {
        let mut tree = Self { content };
        tree.normalise();
        tree
    }
}

impl Block {
    /// A paragraph of plain text.
    #[must_use]
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph {
            align: None,
            content: Inline::plain(text),
        }
    }

    /// A heading of plain text; `level` outside 1 to 6 is moved to the nearer end.
    #[must_use]
    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        Self::Heading {
            level: level.clamp(1, 6),
            align: None,
            content: Inline::plain(text),
        }
    }

    /// The name of the node in JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Paragraph { .. } => "paragraph",
            Self::Heading { .. } => "heading",
            Self::BulletList(_) => "bulletList",
            Self::OrderedList { .. } => "orderedList",
            Self::Blockquote(_) => "blockquote",
            Self::CodeBlock { .. } => "codeBlock",
            Self::Table(_) => "table",
            Self::Image(_) => "image",
            Self::HorizontalRule => "horizontalRule",
            Self::PageBreak => "pageBreak",
        }
    }
}

impl Marks {
    /// Whether nothing is set.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

impl Inline {
    /// Text without marks.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text {
            text: text.into(),
            marks: Marks::default(),
        }
    }

    fn plain(text: impl Into<String>) -> Vec<Self> {
        let text = text.into();
        if text.is_empty() {
            Vec::new()
        } else {
            vec![Self::text(text)]
        }
    }
}

/// Whether a link may lead to `href`: `http`, `https`, `mailto`, or a place in the document (`#…`).
#[must_use]
pub fn is_allowed_link(href: &str) -> bool {
    if href.len() > 4096
        || href
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() && c != ' ')
    {
        return false;
    }
    let lower = href
        .get(..href.len().min(8))
        .unwrap_or(href)
        .to_ascii_lowercase();
    href.starts_with('#')
        || ["http://", "https://", "mailto:"]
            .iter()
            .any(|scheme| lower.starts_with(scheme) && href.len() > scheme.len())
}
