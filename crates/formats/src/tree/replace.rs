//! Replacing what lies between two positions.

use super::normalise::normalise_inlines;
use super::positions::{
    block_size, blocks_size, byte_offset, cell_size, cut_blocks, cut_inlines, cut_items,
    inlines_size, item_size, row_size,
};
use super::{Block, DocumentTree, Inline, ListItem, PositionError, TableRow, text};

impl DocumentTree {
    /// The tree with what lies between two positions replaced by `blocks`.
    ///
    /// A single paragraph that replaces a part of one paragraph (or heading, or code) goes into it and takes its form.
    /// Otherwise the blocks that the range touches make room: what is left of the first and of the last of them is
    /// joined to paragraphs at the ends of the replacement. Within a list, items are replaced by items.
    pub fn replace_between(
        &self,
        from: usize,
        to: usize,
        blocks: Vec<Block>,
    ) -> Result<Self, PositionError> {
        self.check(from, to)?;
        let mut replacement = blocks;
        // A replacement that says nothing is a deletion.
        replacement.retain(
            |block| !matches!(block, Block::Paragraph { content, .. } if content.is_empty()),
        );
        let mut tree = self.clone();
        replace_in_blocks(&mut tree.content, from, to, replacement)?;
        tree.normalise();
        Ok(tree)
    }
}

/// The child in whose inside both positions lie, with the position where its inside begins.
fn child_around<T>(
    children: &[T],
    from: usize,
    to: usize,
    size: impl Fn(&T) -> usize,
) -> Option<(usize, usize)> {
    let mut at = 0;
    for (index, child) in children.iter().enumerate() {
        let end = at + size(child);
        if from > at && to < end {
            return Some((index, at + 1));
        }
        if at >= to {
            break;
        }
        at = end;
    }
    None
}

fn replace_in_blocks(
    blocks: &mut Vec<Block>,
    from: usize,
    to: usize,
    replacement: Vec<Block>,
) -> Result<(), PositionError> {
    if let Some((index, inside)) = child_around(blocks, from, to, block_size) {
        let (from, to) = (from - inside, to - inside);
        match &mut blocks[index] {
            Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                let new: Option<&[Inline]> = match &replacement[..] {
                    [] => Some(&[]),
                    [Block::Paragraph { content: new, .. }] => Some(new),
                    _ => None,
                };
                if let Some(new) = new {
                    replace_inlines(content, from, to, new);
                    return Ok(());
                }
            }
            Block::CodeBlock { text, .. } => {
                let new = match &replacement[..] {
                    [] => Some(String::new()),
                    [Block::Paragraph { content, .. }] => Some(text::inline_text(content)),
                    [Block::CodeBlock { text, .. }] => Some(text.clone()),
                    _ => None,
                };
                if let Some(new) = new {
                    text.replace_range(byte_offset(text, from)..byte_offset(text, to), &new);
                    return Ok(());
                }
            }
            Block::Blockquote(content) => {
                return replace_in_blocks(content, from, to, replacement);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                return replace_in_items(items, from, to, replacement);
            }
            Block::Table(rows) => return replace_in_table(rows, from, to, replacement),
            Block::Image(_) | Block::HorizontalRule | Block::PageBreak => {}
        }
    }
    let (first, last) = touched(blocks, from, to, block_size);
    if blocks[first..last]
        .iter()
        .any(|block| matches!(block, Block::Table(_)) && is_torn(blocks, block, from, to))
    {
        return Err(PositionError::AcrossCells);
    }
    let size = blocks_size(blocks);
    let left = cut_blocks(blocks, 0, from).split_off(first);
    let mut right = cut_blocks(blocks, to, size);
    right.truncate(right.len().saturating_sub(blocks.len() - last));
    blocks.splice(first..last, join(left, replacement, right));
    Ok(())
}

/// Whether the range takes a part of this table but not the whole.
fn is_torn(blocks: &[Block], table: &Block, from: usize, to: usize) -> bool {
    let mut at = 0;
    for block in blocks {
        let end = at + block_size(block);
        if std::ptr::eq(block, table) {
            return !(from <= at && to >= end);
        }
        at = end;
    }
    false
}

fn replace_inlines(content: &mut Vec<Inline>, from: usize, to: usize, new: &[Inline]) {
    let mut joined = cut_inlines(content, 0, from);
    joined.extend(new.iter().cloned());
    joined.extend(cut_inlines(content, to, inlines_size(content)));
    normalise_inlines(&mut joined);
    *content = joined;
}

fn replace_in_items(
    items: &mut Vec<ListItem>,
    from: usize,
    to: usize,
    replacement: Vec<Block>,
) -> Result<(), PositionError> {
    let around = child_around(items, from, to, item_size);
    let replaces_items = matches!(
        replacement[..],
        [Block::BulletList(_) | Block::OrderedList { .. }]
    );
    if let Some((index, inside)) = around {
        let content = &mut items[index].content;
        // A whole item that becomes a list becomes the items of that list.
        let whole = cut_blocks(content, 0, from - inside).is_empty()
            && cut_blocks(content, to - inside, blocks_size(content)).is_empty();
        if !(whole && replaces_items) {
            return replace_in_blocks(content, from - inside, to - inside, replacement);
        }
    }
    let (first, last) = touched(items, from, to, item_size);
    let new_items: Vec<ListItem> = replacement
        .into_iter()
        .flat_map(|block| match block {
            Block::BulletList(items) | Block::OrderedList { items, .. } => items,
            block => vec![ListItem {
                content: vec![block],
            }],
        })
        .collect();
    let size = items.iter().map(item_size).sum();
    let mut left = cut_items(items, 0, from).split_off(first);
    let mut right = cut_items(items, to, size);
    right.truncate(right.len().saturating_sub(items.len() - last));
    left.extend(new_items);
    left.extend(right);
    items.splice(first..last, left);
    Ok(())
}

fn replace_in_table(
    rows: &mut [TableRow],
    from: usize,
    to: usize,
    replacement: Vec<Block>,
) -> Result<(), PositionError> {
    let (row, inside_row) =
        child_around(rows, from, to, row_size).ok_or(PositionError::AcrossCells)?;
    let (from, to) = (from - inside_row, to - inside_row);
    let cells = &mut rows[row].cells;
    let (cell, inside_cell) =
        child_around(cells, from, to, cell_size).ok_or(PositionError::AcrossCells)?;
    replace_in_blocks(
        &mut cells[cell].content,
        from - inside_cell,
        to - inside_cell,
        replacement,
    )
}

/// Which children a range touches: those that overlap it, or, for an empty range, none at its place (a place inside
/// a child touches that child).
fn touched<T>(
    children: &[T],
    from: usize,
    to: usize,
    size: impl Fn(&T) -> usize,
) -> (usize, usize) {
    let mut at = 0;
    let mut first = None;
    let mut last = 0;
    for (index, child) in children.iter().enumerate() {
        let end = at + size(child);
        let overlaps = from < end && to > at;
        if overlaps {
            first.get_or_insert(index);
            last = index + 1;
        } else if first.is_none() && from <= at {
            return (index, index);
        }
        at = end;
    }
    match first {
        Some(first) => (first, last),
        None => (children.len(), children.len()),
    }
}

/// Puts blocks between two remainders; paragraphs at the ends flow into the remainders they meet.
fn join(mut left: Vec<Block>, mut middle: Vec<Block>, mut right: Vec<Block>) -> Vec<Block> {
    if middle.is_empty() {
        if let [Block::Paragraph { content, .. } | Block::Heading { content, .. }] = &mut left[..]
            && let [Block::Paragraph { content: rest, .. } | Block::Heading { content: rest, .. }] =
                &mut right[..]
        {
            content.append(rest);
            right.clear();
        }
    } else {
        if let Some(Block::Paragraph { content: new, .. }) = middle.first_mut()
            && let Some(Block::Paragraph { content, .. } | Block::Heading { content, .. }) =
                left.last_mut()
        {
            content.append(new);
            middle.remove(0);
        }
        let end = if middle.is_empty() {
            left.last_mut()
        } else {
            middle.last_mut()
        };
        if let Some(Block::Paragraph { content, .. } | Block::Heading { content, .. }) = end
            && let Some(Block::Paragraph { content: rest, .. }) = right.first_mut()
        {
            content.append(rest);
            right.remove(0);
        }
    }
    left.append(&mut middle);
    left.append(&mut right);
    left
}
