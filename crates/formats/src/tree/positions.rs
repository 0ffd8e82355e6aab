//! Places in a tree, counted as the editor counts them, and what lies between two of them.
//!
//! ProseMirror counts UTF-16 code units in text, one for each opening and each closing of a node, and one for a leaf
//! (a break, a picture, a rule). The document itself has no opening, so position 0 is before its first block.

use super::{Block, DocumentTree, Inline, ListItem, TableCell, TableRow, text};

/// Why a range of positions can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// The range ends behind the document or before its own beginning.
    #[error("the range {from} to {to} is not within the document, which ends at {size}")]
    OutOfRange {
        /// Where the range begins.
        from: usize,
        /// Where the range ends.
        to: usize,
        /// The last position of the document.
        size: usize,
    },
    /// A replacement would have to tear cells out of a table.
    #[error(
        "the range covers parts of several table cells; choose one cell, or the table as a whole"
    )]
    AcrossCells,
}

impl DocumentTree {
    /// The last position, which is behind the last block.
    #[must_use]
    pub fn size(&self) -> usize {
        blocks_size(&self.content)
    }

    /// The blocks between two positions, cut where the range begins and ends within a block.
    pub fn slice(&self, from: usize, to: usize) -> Result<Vec<Block>, PositionError> {
        self.check(from, to)?;
        Ok(cut_blocks(&self.content, from, to))
    }

    /// The plain text between two positions.
    pub fn text_between(&self, from: usize, to: usize) -> Result<String, PositionError> {
        Ok(text::plain_text(&self.slice(from, to)?))
    }

    pub(super) fn check(&self, from: usize, to: usize) -> Result<(), PositionError> {
        let size = self.size();
        if from <= to && to <= size {
            Ok(())
        } else {
            Err(PositionError::OutOfRange { from, to, size })
        }
    }
}

fn utf16(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

pub(super) fn inlines_size(inlines: &[Inline]) -> usize {
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } => utf16(text),
            Inline::HardBreak => 1,
        })
        .sum()
}

pub(super) fn blocks_size(blocks: &[Block]) -> usize {
    blocks.iter().map(block_size).sum()
}

pub(super) fn item_size(item: &ListItem) -> usize {
    2 + blocks_size(&item.content)
}

pub(super) fn cell_size(cell: &TableCell) -> usize {
    2 + blocks_size(&cell.content)
}

pub(super) fn row_size(row: &TableRow) -> usize {
    2 + row.cells.iter().map(cell_size).sum::<usize>()
}

/// The size of a block with its opening and closing.
pub(super) fn block_size(block: &Block) -> usize {
    match block {
        Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
            2 + inlines_size(content)
        }
        Block::BulletList(items) | Block::OrderedList { items, .. } => {
            2 + items.iter().map(item_size).sum::<usize>()
        }
        Block::Blockquote(content) => 2 + blocks_size(content),
        Block::CodeBlock { text, .. } => 2 + utf16(text),
        Block::Table(rows) => 2 + rows.iter().map(row_size).sum::<usize>(),
        Block::Image(_) | Block::HorizontalRule | Block::PageBreak => 1,
    }
}

/// The part of `text` between two UTF-16 offsets; an offset within a surrogate pair counts as before it.
fn cut_text(text: &str, from: usize, to: usize) -> &str {
    &text[byte_offset(text, from)..byte_offset(text, to)]
}

pub(super) fn byte_offset(text: &str, utf16_offset: usize) -> usize {
    let mut units = 0;
    for (index, c) in text.char_indices() {
        if units + c.len_utf16() > utf16_offset {
            return index;
        }
        units += c.len_utf16();
    }
    text.len()
}

pub(super) fn cut_inlines(inlines: &[Inline], from: usize, to: usize) -> Vec<Inline> {
    let mut kept = Vec::new();
    let mut at = 0;
    for inline in inlines {
        match inline {
            Inline::Text { text, marks } => {
                let size = utf16(text);
                if from < at + size && to > at {
                    let part = cut_text(text, from.saturating_sub(at), (to - at).min(size));
                    if !part.is_empty() {
                        kept.push(Inline::Text {
                            text: part.to_owned(),
                            marks: marks.clone(),
                        });
                    }
                }
                at += size;
            }
            Inline::HardBreak => {
                if from <= at && to > at {
                    kept.push(Inline::HardBreak);
                }
                at += 1;
            }
        }
    }
    kept
}

/// Keeps what lies between two positions of a sequence. Children that lie wholly within are kept as they are, the
/// others are cut by `cut`, which gets positions relative to the inside of the child.
fn cut_children<T: Clone>(
    children: &[T],
    from: usize,
    to: usize,
    size: impl Fn(&T) -> usize,
    cut: impl Fn(&T, usize, usize) -> Option<T>,
) -> Vec<T> {
    let mut kept = Vec::new();
    let mut at = 0;
    for child in children {
        let end = at + size(child);
        if from <= at && to >= end {
            kept.push(child.clone());
        } else if from < end && to > at {
            let inside_from = from.saturating_sub(at + 1);
            let inside_to = (to - at).saturating_sub(1).min(end - at - 1);
            kept.extend(cut(child, inside_from, inside_to));
        }
        at = end;
    }
    kept
}

pub(super) fn cut_blocks(blocks: &[Block], from: usize, to: usize) -> Vec<Block> {
    cut_children(blocks, from, to, block_size, cut_block)
}

pub(super) fn cut_items(items: &[ListItem], from: usize, to: usize) -> Vec<ListItem> {
    cut_children(items, from, to, item_size, |item, from, to| {
        let content = cut_blocks(&item.content, from, to);
        (!content.is_empty()).then_some(ListItem { content })
    })
}

/// What of a block lies between two positions inside it; nothing when no content does.
fn cut_block(block: &Block, from: usize, to: usize) -> Option<Block> {
    match block {
        Block::Paragraph { align, content } => {
            let content = cut_inlines(content, from, to);
            (!content.is_empty()).then_some(Block::Paragraph {
                align: *align,
                content,
            })
        }
        Block::Heading {
            level,
            align,
            content,
        } => {
            let content = cut_inlines(content, from, to);
            (!content.is_empty()).then_some(Block::Heading {
                level: *level,
                align: *align,
                content,
            })
        }
        Block::BulletList(items) => {
            let items = cut_items(items, from, to);
            (!items.is_empty()).then_some(Block::BulletList(items))
        }
        Block::OrderedList { start, items } => {
            let items = cut_items(items, from, to);
            (!items.is_empty()).then_some(Block::OrderedList {
                start: *start,
                items,
            })
        }
        Block::Blockquote(content) => {
            let content = cut_blocks(content, from, to);
            (!content.is_empty()).then_some(Block::Blockquote(content))
        }
        Block::CodeBlock { language, text } => {
            let text = cut_text(text, from, to);
            (!text.is_empty()).then(|| Block::CodeBlock {
                language: language.clone(),
                text: text.to_owned(),
            })
        }
        Block::Table(rows) => {
            let rows = cut_children(rows, from, to, row_size, |row, from, to| {
                let cells = cut_children(&row.cells, from, to, cell_size, |cell, from, to| {
                    let content = cut_blocks(&cell.content, from, to);
                    (!content.is_empty()).then(|| TableCell {
                        content,
                        ..cell.clone()
                    })
                });
                (!cells.is_empty()).then_some(TableRow { cells })
            });
            (!rows.is_empty()).then_some(Block::Table(rows))
        }
        Block::Image(_) | Block::HorizontalRule | Block::PageBreak => None,
    }
}
