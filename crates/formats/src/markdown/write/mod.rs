//! Blocks to Markdown.

mod escape;
mod running;
mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use self::escape::{destination, escaped, longest_run, title};
use self::running::running;
use crate::tree::{Block, DocumentTree, Image, Inline, ListItem};

#[cfg(test)]
pub(super) use self::table::{cell_content, grid};

/// The greatest number a list may begin with in Markdown: nine digits.
pub(super) const MAX_NUMBER: u32 = 999_999_999;

/// Writes a tree as Markdown that [`parse`](super::parse) reads back with the same text, letter for letter, and the
/// same structure but for what the [module](super) says Markdown has no words for.
#[must_use]
pub fn write(tree: &DocumentTree) -> String {
    write_blocks(&tree.content)
}

/// Writes blocks as Markdown; see [`write`].
#[must_use]
pub fn write_blocks(blocks: &[Block]) -> String {
    let mut text = lines_of(blocks, false).join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Where a piece of text stands, which decides what must be escaped.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Paragraph,
    Heading,
    Cell,
}

fn lines_of(blocks: &[Block], in_item: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut previous: Option<&Block> = None;
    let mut other_marker = false;
    for block in blocks {
        // Two lists of a kind in a row are told apart by their markers.
        let marker = match (previous, block) {
            (Some(Block::BulletList(_)), Block::BulletList(_))
            | (Some(Block::OrderedList { .. }), Block::OrderedList { .. }) => !other_marker,
            _ => false,
        };
        let block_lines = lines_of_block(block, marker, in_item);
        if block_lines.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(block_lines);
        previous = Some(block);
        other_marker = marker;
    }
    lines
}

fn lines_of_block(block: &Block, other_marker: bool, in_item: bool) -> Vec<String> {
    match block {
        Block::Paragraph { content, .. } => {
            let text = running(content, Place::Paragraph);
            if text.is_empty() {
                Vec::new()
            } else {
                text.split('\n').map(str::to_owned).collect()
            }
        }
        Block::Heading { level, content, .. } => {
            let hashes = "#".repeat(usize::from(*level));
            let text = running(content, Place::Heading);
            let blank = if text.is_empty() { "" } else { " " };
            vec![format!("{hashes}{blank}{text}")]
        }
        Block::BulletList(items) => {
            let marker = if other_marker { "*" } else { "-" };
            items
                .iter()
                .flat_map(|item| lines_of_item(item, marker, in_item))
                .collect()
        }
        Block::OrderedList { start, items } => {
            let delimiter = if other_marker { ')' } else { '.' };
            let numbers = u64::from((*start).min(MAX_NUMBER))..;
            numbers
                .zip(items)
                .flat_map(|(number, item)| {
                    let number = number.min(u64::from(MAX_NUMBER));
                    lines_of_item(item, &format!("{number}{delimiter}"), in_item)
                })
                .collect()
        }
        Block::Blockquote(content) => lines_of_quote(content, in_item),
        Block::CodeBlock { language, text } => lines_of_code(language.as_deref(), text),
        Block::Table(rows) => table::lines(rows),
        Block::Image(image) => vec![picture(image, Place::Heading)],
        Block::HorizontalRule => vec!["___".to_owned()],
        Block::PageBreak => vec!["<!-- pagebreak -->".to_owned()],
    }
}

fn lines_of_quote(content: &[Block], in_item: bool) -> Vec<String> {
    let mut lines = lines_of(content, in_item);
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
        .into_iter()
        .map(|line| {
            if line.is_empty() {
                ">".to_owned()
            } else {
                format!("> {line}")
            }
        })
        .collect()
}

fn lines_of_code(language: Option<&str>, text: &str) -> Vec<String> {
    let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
    let language: String = language
        .unwrap_or_default()
        .chars()
        .filter(|&c| !c.is_whitespace() && !c.is_control() && !matches!(c, '`' | '\\' | '&'))
        .collect();
    let mut lines = vec![format!("{fence}{language}")];
    if !text.is_empty() {
        lines.extend(with_line_feeds(text).split('\n').map(str::to_owned));
    }
    lines.push(fence);
    lines
}

/// Preformatted text with line feeds alone; a carriage return ends a line too, as everywhere in Markdown.
fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n").into()
    } else {
        text.into()
    }
}

fn picture(image: &Image, place: Place) -> String {
    let alt = escaped(image.alt.as_deref().unwrap_or_default(), place);
    let src = destination(&image.src);
    match image.title.as_deref() {
        Some(caption) if !caption.is_empty() => format!("![{alt}]({src} {})", title(caption)),
        _ => format!("![{alt}]({src})"),
    }
}

fn lines_of_item(item: &ListItem, marker: &str, in_item: bool) -> Vec<String> {
    let mut lines = lines_of(&item.content, true);
    if begins_tightly(&item.content)
        && let Some(blank) = lines.iter().position(String::is_empty)
    {
        lines.remove(blank);
    }
    if lines.is_empty() {
        // A marker alone: among those of outer items it could be read as a line across the page, and what follows
        // after a blank line as its content. A comment that says nothing keeps the item what it is.
        let nothing = if in_item { " <!-- -->" } else { "" };
        return vec![format!("{marker}{nothing}")];
    }
    let indent = " ".repeat(marker.len() + 1);
    lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| {
            if index == 0 {
                format!("{marker} {line}")
            } else if line.is_empty() {
                line
            } else {
                format!("{indent}{line}")
            }
        })
        .collect()
}

/// Whether an item is a paragraph and a list that may follow it without a blank line.
fn begins_tightly(content: &[Block]) -> bool {
    let [
        Block::Paragraph {
            content: paragraph, ..
        },
        Block::BulletList(items) | Block::OrderedList { start: 1, items },
    ] = content
    else {
        return false;
    };
    let has_content = |item: &ListItem| !lines_of(&item.content, true).is_empty();
    // A break alone is a line with nothing but a tag, which takes all lines up to a blank one for HTML.
    let has_text = |inline: &Inline| matches!(inline, Inline::Text { .. });
    paragraph.iter().any(has_text) && items.first().is_some_and(has_content)
}
