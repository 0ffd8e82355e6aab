//! Reading the editor's JSON.

use std::borrow::Cow;

use base64::Engine as _;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::{
    Align, Block, DocumentTree, Image, Inline, ListItem, MAX_COLUMNS, MAX_DEPTH,
    MAX_INLINE_IMAGE_BYTES, MAX_NODES, MAX_TEXT_BYTES, Marks, TableCell, TableRow, is_allowed_link,
};

/// Why a tree was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct TreeError {
    /// Where in the JSON, for example `content[3].content[0].marks[1]`; `doc` is the root.
    pub path: String,
    /// What is wrong there.
    pub kind: TreeErrorKind,
}

/// What is wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeErrorKind {
    /// The text is not JSON at all, or nests deeper than JSON readers allow.
    #[error("the document is not valid JSON: {0}")]
    Json(String),
    /// A value of another type was expected.
    #[error("expected {wanted}")]
    Expected {
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// A node this place can't hold, or that Carrel doesn't know.
    #[error("a node of the type \"{found}\" can't be here")]
    UnknownNode {
        /// The type that was found, shortened to 64 characters.
        found: String,
    },
    /// A mark Carrel doesn't know.
    #[error("the mark \"{found}\" is not known")]
    UnknownMark {
        /// The type that was found, shortened to 64 characters.
        found: String,
    },
    /// An attribute out of its range.
    #[error("the attribute \"{name}\" must be {wanted}")]
    Attribute {
        /// The attribute.
        name: &'static str,
        /// What it may be.
        wanted: &'static str,
    },
    /// A link to a place links may not lead to.
    #[error("links may lead to http, https, mailto and # addresses only")]
    Link,
    /// A picture from a place pictures may not come from.
    #[error(
        "pictures must be stored ones (carrel:…) or PNG, JPEG, GIF or WebP data of at most 5 MB"
    )]
    ImageSource,
    /// Nodes nest too deeply.
    #[error("nodes nest deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// There are too many nodes.
    #[error("the document has more than {MAX_NODES} nodes")]
    TooManyNodes,
    /// There is too much text.
    #[error("the document has more than 5 MB of text")]
    TooMuchText,
}

impl DocumentTree {
    /// Reads a tree from the editor's JSON and normalises it.
    ///
    /// Attributes Carrel has no use for are ignored, because the editor adds them (`target`, `rel`, `class` …); nodes
    /// and marks it doesn't know are errors, because ignoring them would lose somebody's words. U+0000, which no
    /// database column can hold, is dropped.
    pub fn from_value(value: Value) -> Result<Self, TreeError> {
        let mut reader = Reader::default();
        let mut node = reader.node(value)?;
        if node.kind != "doc" {
            return Err(reader.unknown_node(&node.kind));
        }
        let content = reader.blocks(&mut node)?;
        let mut tree = Self { content };
        tree.normalise();
        Ok(tree)
    }

    /// Reads a tree from JSON text; see [`DocumentTree::from_value`].
    pub fn from_json(json: &str) -> Result<Self, TreeError> {
        let value = serde_json::from_str(json).map_err(|error| TreeError {
            path: "doc".into(),
            kind: TreeErrorKind::Json(error.to_string()),
        })?;
        Self::from_value(value)
    }
}

impl Block {
    /// Reads one block from the editor's JSON, with the rules of [`DocumentTree::from_value`] but without normalising.
    pub fn from_value(value: Value) -> Result<Self, TreeError> {
        let mut reader = Reader::default();
        let node = reader.node(value)?;
        reader.block(node)
    }
}

struct Node {
    kind: String,
    object: Map<String, Value>,
    attrs: Map<String, Value>,
}

#[derive(Clone, Copy)]
enum Step {
    Content(usize),
    Mark(usize),
}

#[derive(Default)]
struct Reader {
    path: Vec<Step>,
    nodes: usize,
    text_bytes: usize,
}

impl Reader {
    fn error(&self, kind: TreeErrorKind) -> TreeError {
        let mut path = String::new();
        for step in &self.path {
            if !path.is_empty() {
                path.push('.');
            }
            let (name, index) = match step {
                Step::Content(index) => ("content", index),
                Step::Mark(index) => ("marks", index),
            };
            path.push_str(name);
            path.push('[');
            path.push_str(&index.to_string());
            path.push(']');
        }
        if path.is_empty() {
            path.push_str("doc");
        }
        TreeError { path, kind }
    }

    fn expected(&self, wanted: &'static str) -> TreeError {
        self.error(TreeErrorKind::Expected { wanted })
    }

    fn unknown_node(&self, found: &str) -> TreeError {
        self.error(TreeErrorKind::UnknownNode {
            found: shortened(found),
        })
    }

    fn attribute(&self, name: &'static str, wanted: &'static str) -> TreeError {
        self.error(TreeErrorKind::Attribute { name, wanted })
    }

    fn node(&mut self, value: Value) -> Result<Node, TreeError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(self.error(TreeErrorKind::TooManyNodes));
        }
        if self.path.len() > MAX_DEPTH {
            return Err(self.error(TreeErrorKind::TooDeep));
        }
        let Value::Object(mut object) = value else {
            return Err(self.expected("a node, that is an object with a type"));
        };
        let Some(Value::String(kind)) = object.remove("type") else {
            return Err(self.expected("a node, that is an object with a type"));
        };
        let attrs = match object.remove("attrs") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(attrs)) => attrs,
            Some(_) => return Err(self.expected("an object as attrs")),
        };
        Ok(Node {
            kind,
            object,
            attrs,
        })
    }

    fn content<T>(
        &mut self,
        node: &mut Node,
        mut read: impl FnMut(&mut Self, Node) -> Result<T, TreeError>,
    ) -> Result<Vec<T>, TreeError> {
        let children = match node.object.remove("content") {
            None | Some(Value::Null) => return Ok(Vec::new()),
            Some(Value::Array(children)) => children,
            Some(_) => return Err(self.expected("an array as content")),
        };
        let mut read_children = Vec::with_capacity(children.len());
        for (index, child) in children.into_iter().enumerate() {
            self.path.push(Step::Content(index));
            let child = self.node(child)?;
            read_children.push(read(self, child)?);
            self.path.pop();
        }
        Ok(read_children)
    }

    fn blocks(&mut self, node: &mut Node) -> Result<Vec<Block>, TreeError> {
        self.content(node, Self::block)
    }

    fn block(&mut self, mut node: Node) -> Result<Block, TreeError> {
        Ok(match node.kind.as_str() {
            "paragraph" => Block::Paragraph {
                align: self.align(&node)?,
                content: self.content(&mut node, Self::inline)?,
            },
            "heading" => Block::Heading {
                level: match node.attrs.get("level") {
                    None | Some(Value::Null) => 1,
                    Some(level) => level
                        .as_u64()
                        .and_then(|level| u8::try_from(level).ok())
                        .filter(|level| (1..=6).contains(level))
                        .ok_or_else(|| self.attribute("level", "a whole number from 1 to 6"))?,
                },
                align: self.align(&node)?,
                content: self.content(&mut node, Self::inline)?,
            },
            "bulletList" => Block::BulletList(self.content(&mut node, Self::item)?),
            "orderedList" => Block::OrderedList {
                start: self.number(&node, "start", 1, 0, 1_000_000_000)?,
                items: self.content(&mut node, Self::item)?,
            },
            "blockquote" => Block::Blockquote(self.blocks(&mut node)?),
            "codeBlock" => Block::CodeBlock {
                language: self.string(&node, "language")?,
                text: self
                    .content(&mut node, |reader, mut child| match child.kind.as_str() {
                        "text" => reader.characters(&mut child),
                        other => Err(reader.unknown_node(other)),
                    })?
                    .concat(),
            },
            "table" => Block::Table(self.content(&mut node, Self::row)?),
            "image" => Block::Image(self.image(&node)?),
            "horizontalRule" => Block::HorizontalRule,
            "pageBreak" => Block::PageBreak,
            other => return Err(self.unknown_node(other)),
        })
    }

    fn item(&mut self, mut node: Node) -> Result<ListItem, TreeError> {
        if node.kind != "listItem" {
            return Err(self.unknown_node(&node.kind));
        }
        Ok(ListItem {
            content: self.blocks(&mut node)?,
        })
    }

    fn row(&mut self, mut node: Node) -> Result<TableRow, TreeError> {
        if node.kind != "tableRow" {
            return Err(self.unknown_node(&node.kind));
        }
        let cells = self.content(&mut node, Self::cell)?;
        if cells.iter().map(|cell| cell.colspan).sum::<u32>() > MAX_COLUMNS {
            return Err(self.expected("at most 100 columns"));
        }
        Ok(TableRow { cells })
    }

    fn cell(&mut self, mut node: Node) -> Result<TableCell, TreeError> {
        let header = match node.kind.as_str() {
            "tableHeader" => true,
            "tableCell" => false,
            other => return Err(self.unknown_node(other)),
        };
        let colwidth = match node.attrs.get("colwidth") {
            None | Some(Value::Null) => None,
            Some(Value::Array(widths)) if widths.len() <= MAX_COLUMNS as usize => Some(
                widths
                    .iter()
                    .map(|width| match width {
                        Value::Null => Ok(0),
                        width => width
                            .as_f64()
                            .filter(|width| (0.0..=10_000.0).contains(width))
                            .map(round_to_u32)
                            .ok_or_else(|| {
                                self.attribute("colwidth", "widths from 0 to 10000 pixels")
                            }),
                    })
                    .collect::<Result<_, _>>()?,
            ),
            Some(_) => return Err(self.attribute("colwidth", "an array of widths")),
        };
        Ok(TableCell {
            header,
            colspan: self.number(&node, "colspan", 1, 1, MAX_COLUMNS)?,
            rowspan: self.number(&node, "rowspan", 1, 1, 10_000)?,
            colwidth,
            content: self.blocks(&mut node)?,
        })
    }

    fn image(&mut self, node: &Node) -> Result<Image, TreeError> {
        let src = self.string(node, "src")?.unwrap_or_default();
        if !is_allowed_image(&src) {
            return Err(self.error(TreeErrorKind::ImageSource));
        }
        Ok(Image {
            src,
            alt: self.string(node, "alt")?,
            title: self.string(node, "title")?,
            width: match node.attrs.get("width") {
                None | Some(Value::Null) => None,
                Some(width) => Some(
                    // The editor writes numbers, pasted HTML has strings.
                    width
                        .as_f64()
                        .or_else(|| width.as_str()?.trim_end_matches("px").parse().ok())
                        .filter(|width| (1.0..=10_000.0).contains(width))
                        .map(round_to_u32)
                        .ok_or_else(|| self.attribute("width", "from 1 to 10000 pixels"))?,
                ),
            },
        })
    }

    fn inline(&mut self, mut node: Node) -> Result<Inline, TreeError> {
        match node.kind.as_str() {
            "text" => {
                let marks = self.marks(&mut node)?;
                Ok(Inline::Text {
                    text: self.characters(&mut node)?,
                    marks,
                })
            }
            "hardBreak" => Ok(Inline::HardBreak),
            other => Err(self.unknown_node(other)),
        }
    }

    fn characters(&mut self, node: &mut Node) -> Result<String, TreeError> {
        let Some(Value::String(mut text)) = node.object.remove("text") else {
            return Err(self.expected("a string as text"));
        };
        if text.contains('\0') {
            text.retain(|c| c != '\0');
        }
        self.text_bytes += text.len();
        if self.text_bytes > MAX_TEXT_BYTES {
            return Err(self.error(TreeErrorKind::TooMuchText));
        }
        Ok(text)
    }

    fn marks(&mut self, node: &mut Node) -> Result<Marks, TreeError> {
        let mut marks = Marks::default();
        let list = match node.object.remove("marks") {
            None | Some(Value::Null) => return Ok(marks),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(self.expected("an array as marks")),
        };
        for (index, mark) in list.iter().enumerate() {
            self.path.push(Step::Mark(index));
            let Some(kind) = mark.get("type").and_then(Value::as_str) else {
                return Err(self.expected("a mark, that is an object with a type"));
            };
            match kind {
                "bold" => marks.bold = true,
                "italic" => marks.italic = true,
                "underline" => marks.underline = true,
                "strike" => marks.strike = true,
                "code" => marks.code = true,
                "link" => {
                    let href = mark.pointer("/attrs/href").and_then(Value::as_str);
                    let Some(href) = href.filter(|href| is_allowed_link(href)) else {
                        return Err(self.error(TreeErrorKind::Link));
                    };
                    marks.link = Some(href.to_owned());
                }
                found => {
                    return Err(self.error(TreeErrorKind::UnknownMark {
                        found: shortened(found),
                    }));
                }
            }
            self.path.pop();
        }
        Ok(marks)
    }

    fn align(&self, node: &Node) -> Result<Option<Align>, TreeError> {
        match node.attrs.get("textAlign") {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(align)) => match align.as_str() {
                "left" | "start" => Ok(Some(Align::Left)),
                "center" => Ok(Some(Align::Center)),
                "right" | "end" => Ok(Some(Align::Right)),
                "justify" => Ok(Some(Align::Justify)),
                _ => Err(self.attribute("textAlign", "left, center, right or justify")),
            },
            Some(_) => Err(self.attribute("textAlign", "left, center, right or justify")),
        }
    }

    fn string(&self, node: &Node, name: &'static str) -> Result<Option<String>, TreeError> {
        match node.attrs.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if name != "src" && text.len() > 16 * 1024 => {
                Err(self.attribute(name, "at most 16 kB long"))
            }
            Some(Value::String(text)) => Ok(Some(text.replace('\0', ""))),
            Some(_) => Err(self.attribute(name, "a string")),
        }
    }

    fn number(
        &self,
        node: &Node,
        name: &'static str,
        default: u32,
        least: u32,
        most: u32,
    ) -> Result<u32, TreeError> {
        match node.attrs.get(name) {
            None | Some(Value::Null) => Ok(default),
            Some(number) => number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| self.attribute(name, "a whole number within its range")),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers check that the number is between 0 and 10000"
)]
fn round_to_u32(number: f64) -> u32 {
    number.round() as u32
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Whether a picture may come from `src`.
fn is_allowed_image(src: &str) -> bool {
    if let Some(reference) = src.strip_prefix("carrel:") {
        return !reference.is_empty()
            && reference.len() <= 256
            && !reference.contains("..")
            && reference
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    }
    inline_image(src).is_some()
}

/// The bytes of a `data:` picture, if it is one of an allowed kind and size.
pub(crate) fn inline_image(src: &str) -> Option<Vec<u8>> {
    let rest = src.strip_prefix("data:image/")?;
    let (kind, encoded) = rest.split_once(";base64,")?;
    if !matches!(kind, "png" | "jpeg" | "jpg" | "gif" | "webp") {
        return None;
    }
    if encoded.len() > MAX_INLINE_IMAGE_BYTES / 3 * 4 + 8 {
        return None;
    }
    let compact: Cow<'_, str> = if encoded.contains(char::is_whitespace) {
        Cow::Owned(encoded.split_whitespace().collect())
    } else {
        Cow::Borrowed(encoded)
    };
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(compact.as_bytes())
        .ok()?;
    (bytes.len() <= MAX_INLINE_IMAGE_BYTES).then_some(bytes)
}

impl<'de> Deserialize<'de> for DocumentTree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
