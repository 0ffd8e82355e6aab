//! What a tree says, without how it looks.

use serde::Serialize;

use super::{Block, DocumentTree, Inline, ListItem, TableRow};

/// A heading of the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutlineEntry {
    /// 1 (the greatest) to 6.
    pub level: u8,
    /// The plain text of the heading.
    pub text: String,
    /// Which block of the top level holds it.
    pub block: usize,
}

impl DocumentTree {
    /// The text of the document: paragraphs apart by an empty line, items and rows by a line feed, cells by a tab.
    #[must_use]
    pub fn plain_text(&self) -> String {
        plain_text(&self.content)
    }

    /// How many words it has. A word is a run of characters without white space with a letter or digit in it; each
    /// ideograph of Chinese and Japanese, which are written without spaces, counts as one.
    #[must_use]
    pub fn word_count(&self) -> usize {
        word_count(&self.plain_text())
    }

    /// The headings, in reading order.
    #[must_use]
    pub fn outline(&self) -> Vec<OutlineEntry> {
        let mut entries = Vec::new();
        for (index, block) in self.content.iter().enumerate() {
            collect_headings(block, index, &mut entries);
        }
        entries
    }

    /// The addresses of all pictures, in reading order, repeated where a picture is.
    #[must_use]
    pub fn image_sources(&self) -> Vec<&str> {
        let mut sources = Vec::new();
        collect_images(&self.content, &mut sources);
        sources
    }
}

/// The text of blocks; see [`DocumentTree::plain_text`].
#[must_use]
pub fn plain_text(blocks: &[Block]) -> String {
    let mut text = String::new();
    write_blocks(blocks, "\n\n", &mut text);
    text
}

/// The text of a paragraph or heading; a break in a line is a line feed.
#[must_use]
pub fn inline_text(inlines: &[Inline]) -> String {
    let mut text = String::new();
    write_inlines(inlines, &mut text);
    text
}

fn write_inlines(inlines: &[Inline], out: &mut String) {
    for inline in inlines {
        match inline {
            Inline::Text { text, .. } => out.push_str(text),
            Inline::HardBreak => out.push('\n'),
        }
    }
}

fn write_blocks(blocks: &[Block], between: &str, out: &mut String) {
    let mut wrote = false;
    for block in blocks {
        let begin = out.len();
        if wrote {
            out.push_str(between);
        }
        let content = out.len();
        write_block(block, out);
        if out.len() == content {
            out.truncate(begin);
        } else {
            wrote = true;
        }
    }
}

fn write_block(block: &Block, out: &mut String) {
    match block {
        Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
            write_inlines(content, out);
        }
        Block::BulletList(items) | Block::OrderedList { items, .. } => write_items(items, out),
        Block::Blockquote(content) => write_blocks(content, "\n\n", out),
        Block::CodeBlock { text, .. } => out.push_str(text),
        Block::Table(rows) => write_rows(rows, out),
        Block::Image(image) => out.push_str(image.alt.as_deref().unwrap_or_default()),
        Block::HorizontalRule | Block::PageBreak => {}
    }
}

fn write_items(items: &[ListItem], out: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        write_blocks(&item.content, "\n", out);
    }
}

fn write_rows(rows: &[TableRow], out: &mut String) {
    for (index, row) in rows.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        for (column, cell) in row.cells.iter().enumerate() {
            if column > 0 {
                out.push('\t');
            }
            write_blocks(&cell.content, " ", out);
        }
    }
}

/// How many words a text has; see [`DocumentTree::word_count`].
#[must_use]
pub fn word_count(text: &str) -> usize {
    text.split_whitespace()
        .map(|run| {
            let ideographs = run.chars().filter(|&c| is_ideograph(c)).count();
            let other = run.chars().any(|c| c.is_alphanumeric() && !is_ideograph(c));
            ideographs + usize::from(other)
        })
        .sum()
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

fn collect_headings(block: &Block, index: usize, entries: &mut Vec<OutlineEntry>) {
    match block {
        Block::Heading { level, content, .. } => entries.push(OutlineEntry {
            level: *level,
            text: inline_text(content).replace('\n', " "),
            block: index,
        }),
        Block::Blockquote(content) => {
            for block in content {
                collect_headings(block, index, entries);
            }
        }
        Block::BulletList(items) | Block::OrderedList { items, .. } => {
            for block in items.iter().flat_map(|item| &item.content) {
                collect_headings(block, index, entries);
            }
        }
        _ => {}
    }
}

fn collect_images<'a>(blocks: &'a [Block], sources: &mut Vec<&'a str>) {
    for block in blocks {
        match block {
            Block::Image(image) => sources.push(&image.src),
            Block::Blockquote(content) => collect_images(content, sources),
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    collect_images(&item.content, sources);
                }
            }
            Block::Table(rows) => {
                for cell in rows.iter().flat_map(|row| &row.cells) {
                    collect_images(&cell.content, sources);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn plain_text_keeps_blocks_items_and_cells_apart() {
        let tree = DocumentTree::new(vec![
            Block::heading(1, "Title"),
            Block::HorizontalRule,
            Block::BulletList(vec![
                ListItem {
                    content: vec![Block::paragraph("one")],
                },
                ListItem {
                    content: vec![Block::paragraph("two")],
                },
            ]),
            samples::table(&[&["a", "b"], &["c", "d"]]),
            Block::paragraph(""),
            Block::paragraph("end"),
        ]);
        assert_eq!(tree.plain_text(), "Title\n\none\ntwo\n\na\tb\nc\td\n\nend");
    }

    #[test]
    fn words_are_counted_as_people_count_them() {
        assert_eq!(word_count("Don't panic – it's 42 % done."), 5);
        assert_eq!(word_count("  "), 0);
        assert_eq!(word_count("漢字 and kana かな"), 6);
    }

    #[test]
    fn the_outline_names_headings_with_their_block() {
        let tree = DocumentTree::new(vec![
            Block::paragraph("x"),
            Block::heading(2, "A"),
            Block::Blockquote(vec![Block::heading(3, "B")]),
        ]);
        let outline = tree.outline();
        assert_eq!(
            outline
                .iter()
                .map(|e| (e.level, e.text.as_str(), e.block))
                .collect::<Vec<_>>(),
            [(2, "A", 1), (3, "B", 2)]
        );
    }
}
