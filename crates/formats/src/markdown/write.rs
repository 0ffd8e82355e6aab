//! Blocks to Markdown.

use super::inline::{Place, destination, escaped, inline, longest_run};
use crate::tree::{Align, Block, DocumentTree, ListItem, TableRow};

/// Writes a tree as Markdown. Spans, widths and the alignment of paragraphs outside of tables have no words in
/// Markdown and are lost; so are marks that its rules for emphasis can't express at their place.
#[must_use]
pub fn write(tree: &DocumentTree) -> String {
    write_blocks(&tree.content)
}

/// Writes blocks as Markdown; see [`write`].
#[must_use]
pub fn write_blocks(blocks: &[Block]) -> String {
    let mut text = lines_of(blocks).join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn lines_of(blocks: &[Block]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut previous: Option<&Block> = None;
    let mut other_marker = false;
    for block in blocks {
        // Two lists of a kind in a row are told apart by their markers.
        other_marker = match (previous, block) {
            (Some(Block::BulletList(_)), Block::BulletList(_))
            | (Some(Block::OrderedList { .. }), Block::OrderedList { .. }) => !other_marker,
            _ => false,
        };
        let block_lines = lines_of_block(block, other_marker);
        if block_lines.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.extend(block_lines);
        previous = Some(block);
    }
    lines
}

fn lines_of_block(block: &Block, other_marker: bool) -> Vec<String> {
    match block {
        Block::Paragraph { content, .. } => {
            let text = inline(content, Place::Paragraph);
            if text.is_empty() {
                Vec::new()
            } else {
                text.split('\n').map(str::to_owned).collect()
            }
        }
        Block::Heading { level, content, .. } => {
            let hashes = "#".repeat(usize::from(*level));
            let text = inline(content, Place::Heading);
            vec![format!("{hashes} {text}").trim_end().to_owned()]
        }
        Block::BulletList(items) => {
            let marker = if other_marker { "*" } else { "-" };
            items
                .iter()
                .flat_map(|item| lines_of_item(item, marker))
                .collect()
        }
        Block::OrderedList { start, items } => {
            let delimiter = if other_marker { ')' } else { '.' };
            (u64::from(*start)..)
                .zip(items)
                .flat_map(|(number, item)| {
                    lines_of_item(item, &format!("{}{delimiter}", number.min(999_999_999)))
                })
                .collect()
        }
        Block::Blockquote(content) => {
            let mut lines = lines_of(content);
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
        Block::CodeBlock { language, text } => {
            let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
            let language: String = language
                .iter()
                .flat_map(|language| language.chars())
                .filter(|&c| {
                    !c.is_whitespace() && !c.is_control() && !matches!(c, '`' | '\\' | '&')
                })
                .collect();
            let mut lines = vec![format!("{fence}{language}")];
            if !text.is_empty() {
                lines.extend(text.split('\n').map(|line| line.replace('\r', "")));
            }
            lines.push(fence);
            lines
        }
        Block::Table(rows) => lines_of_table(rows),
        Block::Image(image) => {
            let alt = escaped(image.alt.as_deref().unwrap_or_default(), Place::Heading);
            let title = match &image.title {
                Some(title) if !title.trim().is_empty() => {
                    let title = title.replace(['\n', '\r'], " ");
                    format!(" \"{}\"", title.replace('\\', "\\\\").replace('"', "\\\""))
                }
                _ => String::new(),
            };
            vec![format!("![{alt}]({}{title})", destination(&image.src))]
        }
        Block::HorizontalRule => vec!["___".to_owned()],
        Block::PageBreak => vec!["<!-- pagebreak -->".to_owned()],
    }
}

fn lines_of_item(item: &ListItem, marker: &str) -> Vec<String> {
    let mut content = &item.content[..];
    // An item that begins with something else than text has an empty paragraph first in the tree.
    if let [Block::Paragraph { content: first, .. }, rest @ ..] = content
        && first.is_empty()
        && !rest.is_empty()
    {
        content = rest;
    }
    let tight = match content {
        [Block::Paragraph { .. }, Block::BulletList(items)]
        | [
            Block::Paragraph { .. },
            Block::OrderedList { start: 1, items },
        ] => items
            .first()
            .is_some_and(|item| !lines_of(&item.content).is_empty()),
        _ => false,
    };
    let mut lines = lines_of(content);
    if tight && let Some(blank) = lines.iter().position(String::is_empty) {
        lines.remove(blank);
    }
    if lines.is_empty() {
        return vec![marker.to_owned()];
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

fn lines_of_table(rows: &[TableRow]) -> Vec<String> {
    let width = |row: &TableRow| -> usize {
        row.cells
            .iter()
            .map(|cell| cell.colspan.clamp(1, 100) as usize)
            .sum()
    };
    let columns = rows.iter().map(width).max().unwrap_or(0);
    if columns == 0 {
        return Vec::new();
    }
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for (index, row) in rows.iter().enumerate() {
        let mut line = String::from("|");
        let mut column = 0;
        let mut rule = String::from("|");
        for cell in &row.cells {
            let texts: Vec<String> = cell.content.iter().map(cell_text).collect();
            let texts: Vec<&str> = texts
                .iter()
                .map(String::as_str)
                .filter(|text| !text.is_empty())
                .collect();
            line.push(' ');
            line.push_str(&texts.join("<br>"));
            line.push_str(" |");
            rule.push_str(match cell.content.first() {
                Some(Block::Paragraph {
                    align: Some(align), ..
                }) => match align {
                    Align::Center => " :-: |",
                    Align::Right => " --: |",
                    Align::Left => " :-- |",
                    Align::Justify => " --- |",
                },
                _ => " --- |",
            });
            column += 1;
            for _ in 1..cell.colspan.clamp(1, 100) {
                line.push_str("  |");
                rule.push_str(" --- |");
                column += 1;
            }
        }
        for _ in column..columns {
            line.push_str("  |");
            rule.push_str(" --- |");
        }
        lines.push(line);
        if index == 0 {
            lines.push(rule);
        }
    }
    lines
}

/// A block in a cell, where only a line of text can be.
fn cell_text(block: &Block) -> String {
    match block {
        Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
            inline(content, Place::Cell)
        }
        other => {
            let text = crate::tree::plain_text(std::slice::from_ref(other));
            let lines: Vec<String> = text
                .lines()
                .map(|line| escaped(line.trim(), Place::Cell))
                .filter(|line| !line.is_empty())
                .collect();
            lines.join("<br>")
        }
    }
}
