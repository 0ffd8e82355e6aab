//! The nodes and marks of the editor's schema, one by one.

use serde_json::Value;

use super::attributes::round_to_u32;
use super::pictures::is_allowed_image;
use super::{Node, Reader, Step, TreeError, TreeErrorKind, shortened};
use crate::tree::{
    Block, Image, Inline, ListItem, MAX_COLUMNS, MAX_TEXT_BYTES, Marks, TableCell, TableRow,
    is_allowed_link,
};

impl Reader {
    pub(super) fn blocks(&mut self, node: &mut Node) -> Result<Vec<Block>, TreeError> {
        self.content(node, Self::block)
    }

    pub(super) fn block(&mut self, mut node: Node) -> Result<Block, TreeError> {
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
}
