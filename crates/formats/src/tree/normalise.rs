//! Making a tree valid for the editor without changing what it says.

use super::{Block, DocumentTree, Inline, ListItem, TableCell, TableRow};

impl DocumentTree {
    /// Merges equal neighbouring texts, drops empty ones, and fills what the editor's schema wants filled: an empty
    /// document, quote, item or cell gets an empty paragraph; an item begins with a paragraph; empty lists and tables go.
    pub fn normalise(&mut self) {
        normalise_blocks(&mut self.content);
    }
}

fn normalise_blocks(blocks: &mut Vec<Block>) {
    for block in blocks.iter_mut() {
        match block {
            Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                normalise_inlines(content);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                items.iter_mut().for_each(normalise_item);
            }
            Block::Blockquote(content) => normalise_blocks(content),
            Block::Table(rows) => normalise_rows(rows),
            Block::CodeBlock { .. }
            | Block::Image(_)
            | Block::HorizontalRule
            | Block::PageBreak => {}
        }
    }
    blocks.retain(|block| match block {
        Block::BulletList(items) | Block::OrderedList { items, .. } => !items.is_empty(),
        Block::Table(rows) => !rows.is_empty(),
        _ => true,
    });
    if blocks.is_empty() {
        blocks.push(Block::paragraph(""));
    }
}

fn normalise_item(item: &mut ListItem) {
    if !matches!(item.content.first(), Some(Block::Paragraph { .. })) {
        item.content.insert(0, Block::paragraph(""));
    }
    normalise_blocks(&mut item.content);
}

fn normalise_rows(rows: &mut Vec<TableRow>) {
    rows.retain(|row| !row.cells.is_empty());
    for cell in rows.iter_mut().flat_map(|row| row.cells.iter_mut()) {
        normalise_cell(cell);
    }
}

fn normalise_cell(cell: &mut TableCell) {
    cell.colspan = cell.colspan.max(1);
    cell.rowspan = cell.rowspan.max(1);
    normalise_blocks(&mut cell.content);
}

/// Merges equal neighbours and drops empty texts.
pub(crate) fn normalise_inlines(inlines: &mut Vec<Inline>) {
    let untouched = inlines.windows(2).all(|pair| match pair {
        [Inline::Text { marks: a, .. }, Inline::Text { marks: b, .. }] => a != b,
        _ => true,
    }) && inlines
        .iter()
        .all(|inline| !matches!(inline, Inline::Text { text, .. } if text.is_empty()));
    if untouched {
        return;
    }
    let mut merged: Vec<Inline> = Vec::with_capacity(inlines.len());
    for inline in inlines.drain(..) {
        match (merged.last_mut(), inline) {
            (_, Inline::Text { text, .. }) if text.is_empty() => {}
            (
                Some(Inline::Text {
                    text: before,
                    marks: same,
                }),
                Inline::Text { text, marks },
            ) if *same == marks => before.push_str(&text),
            (_, inline) => merged.push(inline),
        }
    }
    *inlines = merged;
}

#[cfg(test)]
mod tests {
    use super::super::Marks;
    use super::*;

    #[test]
    fn equal_neighbours_become_one_text_and_empty_texts_go() {
        let bold = Marks {
            bold: true,
            ..Marks::default()
        };
        let tree = DocumentTree::new(vec![Block::Paragraph {
            align: None,
            content: vec![
                Inline::text("a"),
                Inline::text(""),
                Inline::text("b"),
                Inline::Text {
                    text: "c".into(),
                    marks: bold.clone(),
                },
            ],
        }]);
        assert_eq!(
            tree.content,
            [Block::Paragraph {
                align: None,
                content: vec![
                    Inline::text("ab"),
                    Inline::Text {
                        text: "c".into(),
                        marks: bold
                    }
                ],
            }]
        );
    }

    #[test]
    fn what_the_editor_wants_filled_is_filled() {
        let tree = DocumentTree::new(vec![
            Block::Blockquote(vec![]),
            Block::BulletList(vec![ListItem {
                content: vec![Block::heading(1, "x")],
            }]),
            Block::BulletList(vec![]),
            Block::Table(vec![TableRow { cells: vec![] }]),
        ]);
        assert_eq!(tree.content.len(), 2, "{tree:?}");
        assert_eq!(
            tree.content[0],
            Block::Blockquote(vec![Block::paragraph("")])
        );
        let Block::BulletList(items) = &tree.content[1] else {
            panic!("{tree:?}")
        };
        assert_eq!(items[0].content[0], Block::paragraph(""));
    }
}
