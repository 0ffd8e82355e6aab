//! What is written comes back, for every tree.

use proptest::prelude::*;

use super::write::{MAX_NUMBER, cell_content, grid};
use super::*;
use crate::tree::{
    Align, Block, DocumentTree, Inline, ListItem, Marks, TableCell, TableRow, samples,
};

fn once_more(tree: &DocumentTree) -> DocumentTree {
    parse(&write(tree))
}

/// The tree that Markdown can express, which is to come back exactly. Each arm names what is lost and why.
fn expressible(tree: &DocumentTree) -> DocumentTree {
    // Also fills quotes, items and cells that had nothing but empty paragraphs.
    DocumentTree::new(expressible_blocks(&tree.content))
}

fn expressible_blocks(blocks: &[Block]) -> Vec<Block> {
    blocks.iter().filter_map(expressible_block).collect()
}

fn expressible_block(block: &Block) -> Option<Block> {
    Some(match block {
        // A paragraph is lines that aren't blank, so none is empty.
        Block::Paragraph { content, .. } if content.is_empty() => return None,
        // There is no alignment outside of tables.
        Block::Paragraph { content, .. } => Block::Paragraph {
            align: None,
            content: content.clone(),
        },
        Block::Heading { level, content, .. } => Block::Heading {
            level: *level,
            align: None,
            content: content.clone(),
        },
        Block::BulletList(items) => Block::BulletList(expressible_items(items)),
        // CommonMark §5.2: a number has at most nine digits.
        Block::OrderedList { start, items } => Block::OrderedList {
            start: (*start).min(MAX_NUMBER),
            items: expressible_items(items),
        },
        Block::Blockquote(content) => Block::Blockquote(expressible_blocks(content)),
        // CommonMark §2.1: a carriage return ends a line, and there is no reference for it in code.
        Block::CodeBlock { language, text } => Block::CodeBlock {
            language: language.clone(),
            text: text.replace("\r\n", "\n").replace('\r', "\n"),
        },
        Block::Table(rows) => Block::Table(expressible_rows(rows)),
        // An image has no width; a text that is empty is none.
        Block::Image(image) => {
            let mut image = image.clone();
            image.width = None;
            image.alt = image.alt.filter(|alt| !alt.is_empty());
            image.title = image.title.filter(|title| !title.is_empty());
            Block::Image(image)
        }
        Block::HorizontalRule => Block::HorizontalRule,
        Block::PageBreak => Block::PageBreak,
    })
}

fn expressible_items(items: &[ListItem]) -> Vec<ListItem> {
    items
        .iter()
        .map(|item| ListItem {
            content: expressible_blocks(&item.content),
        })
        .collect()
}

/// GitHub's tables: a header row and others with as many cells, no spans and no widths, the alignment given once for a
/// column, and a line of text (or pictures) in a cell.
fn expressible_rows(rows: &[TableRow]) -> Vec<TableRow> {
    let grid = grid(rows);
    let aligns: Vec<Option<Align>> = grid[0]
        .iter()
        .map(|cell| match cell.and_then(|cell| cell.content.first()) {
            Some(Block::Paragraph { align, .. }) => align.filter(|align| *align != Align::Justify),
            _ => None,
        })
        .collect();
    grid.iter()
        .enumerate()
        .map(|(row, cells)| TableRow {
            cells: cells
                .iter()
                .zip(&aligns)
                .map(|(cell, align)| {
                    let mut content = cell.map_or(Vec::new(), |cell| cell_content(&cell.content));
                    if content.is_empty() {
                        content.push(Block::paragraph(""));
                    }
                    for block in &mut content {
                        match block {
                            Block::Paragraph { align: own, .. } => *own = *align,
                            other => *other = expressible_block(other).expect("a picture"),
                        }
                    }
                    TableCell {
                        header: row == 0,
                        content,
                        ..TableCell::default()
                    }
                })
                .collect(),
        })
        .collect()
}

/// All that is to be seen of a text; blanks set blocks and cells apart, in other ways in a table that was flattened.
fn letters(tree: &DocumentTree) -> String {
    let text = tree.plain_text();
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn assert_comes_back(tree: &DocumentTree) {
    let markdown = write(tree);
    let back = parse(&markdown);
    assert_eq!(back, expressible(tree), "{markdown}");
    // What the tree above was made to expect doesn't count here.
    assert_eq!(letters(&back), letters(tree), "{markdown}");
}

/// Any tree, with the letters of its texts exchanged for signs that mean something in Markdown.
fn any_tree_of_signs() -> impl Strategy<Value = DocumentTree> {
    let signs = prop::sample::select(
        "*_`~#+-.=,:;!?<>&|\\[](){}'\"$^/@%0123456789 \t\n\rxyäé\u{a0}"
            .chars()
            .collect::<Vec<_>>(),
    );
    (samples::any_tree(), prop::collection::vec(signs, 26)).prop_map(|(mut tree, signs)| {
        exchange(&mut tree.content, &signs);
        DocumentTree::new(tree.content)
    })
}

fn exchange(blocks: &mut [Block], signs: &[char]) {
    let exchanged = |text: &str| -> String {
        let sign = |c: char| match c {
            'a'..='z' => signs[c as usize - 'a' as usize],
            other => other,
        };
        text.chars().map(sign).collect()
    };
    for block in blocks {
        match block {
            Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                for inline in content {
                    if let Inline::Text { text, .. } = inline {
                        *text = exchanged(text);
                    }
                }
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    exchange(&mut item.content, signs);
                }
            }
            Block::Blockquote(content) => exchange(content, signs),
            Block::CodeBlock { text, .. } => *text = exchanged(text),
            Block::Table(rows) => {
                for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
                    exchange(&mut cell.content, signs);
                }
            }
            Block::Image(image) => {
                image.alt = image.alt.as_deref().map(exchanged);
                image.title = Some(exchanged("a title"));
            }
            Block::HorizontalRule | Block::PageBreak => {}
        }
    }
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Zäß0-9()*_`~#+.,:;!?<>&|=\\\\\\[\\]{}'\"$^/@%-]{1,8}( [a-zA-Zäß0-9()*_`~#+.,:;!?<>&|=\\\\\\[\\]{}'\"$^/@%-]{1,8}){0,5}"
}

fn marked() -> impl Strategy<Value = Vec<Inline>> {
    // Marked words stand between plain words, as people write.
    proptest::collection::vec(("[a-z]{1,8}", "[a-zA-Z][a-z ]{0,6}[a-z]", 0..6u8), 1..4).prop_map(
        |parts| {
            let mut inlines = Vec::new();
            for (plain, text, mark) in parts {
                inlines.push(Inline::text(format!(
                    "{}{plain} ",
                    if inlines.is_empty() { "" } else { " " }
                )));
                let mut marks = Marks::default();
                match mark {
                    0 => marks.bold = true,
                    1 => marks.italic = true,
                    2 => marks.strike = true,
                    3 => marks.underline = true,
                    4 => marks.code = true,
                    _ => marks.link = Some("https://example.org/a_(b)?c=1&copy=2".into()),
                }
                inlines.push(Inline::Text { text, marks });
            }
            inlines
        },
    )
}

fn supported() -> impl Strategy<Value = DocumentTree> {
    let leaf = prop_oneof![
        4 => words().prop_map(Block::paragraph),
        3 => marked().prop_map(|content| Block::Paragraph { align: None, content }),
        2 => (1..=6u8, words()).prop_map(|(level, text)| Block::heading(level, text)),
        1 => (proptest::option::of("[a-z]{1,5}"), "[a-z` \n~>#-]{0,40}").prop_map(|(language, text)| Block::CodeBlock { language, text }),
        1 => Just(Block::HorizontalRule),
        1 => Just(Block::PageBreak),
        1 => proptest::collection::vec(proptest::collection::vec(words(), 2), 1..4).prop_map(|rows| {
            let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
            let rows: Vec<&[&str]> = rows.iter().map(Vec::as_slice).collect();
            samples::table(&rows)
        }),
    ];
    let block = leaf.prop_recursive(3, 24, 3, |inner| {
        let item = (words(), proptest::collection::vec(inner.clone(), 0..2))
            .prop_map(|(text, mut rest)| {
                rest.insert(0, Block::paragraph(text));
                samples::item(rest)
            })
            .boxed();
        prop_oneof![
            proptest::collection::vec(item.clone(), 1..4).prop_map(Block::BulletList),
            (1..1200u32, proptest::collection::vec(item, 1..4))
                .prop_map(|(start, items)| Block::OrderedList { start, items }),
            proptest::collection::vec(inner, 1..3).prop_map(Block::Blockquote),
        ]
    });
    proptest::collection::vec(block, 1..6).prop_map(DocumentTree::new)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_markdown_can_say_survives_the_round_trip(tree in supported()) {
        let markdown = write(&tree);
        prop_assert_eq!(parse(&markdown), tree, "{}", markdown);
    }

    #[test]
    fn any_tree_can_be_written_without_losing_its_words(tree in samples::any_tree()) {
        assert_comes_back(&tree);
    }

    #[test]
    fn any_tree_can_be_written_with_signs_for_letters(tree in any_tree_of_signs()) {
        assert_comes_back(&tree);
    }

    #[test]
    fn what_was_read_can_be_written(text in "(\\PC|[\n\t >#*_`<\\-|\\[\\]0-9.])*") {
        assert_comes_back(&parse(&text));
    }

    #[test]
    fn any_text_becomes_a_valid_tree(text in "(\\PC|[\n\t >#*_`<\\-|\\[\\]0-9.])*") {
        let tree = parse(&text);
        let json = serde_json::to_string(&tree).unwrap();
        prop_assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
    }
}

#[test]
fn a_report_comes_back_from_markdown_with_its_structure() {
    let tree = samples::report();
    let back = once_more(&tree);
    let kinds = |tree: &DocumentTree| tree.content.iter().map(Block::kind).collect::<Vec<_>>();
    assert_eq!(kinds(&back), kinds(&tree));
    assert_comes_back(&tree);
    // What Markdown can't say (spans, widths, alignment) is lost once and never again.
    assert_eq!(once_more(&back), back);
}

#[test]
fn deep_nesting_is_flattened_to_what_a_tree_may_hold() {
    for text in [
        ">".repeat(5_000) + " x",
        "- ".repeat(2_000) + "x",
        std::array::from_fn::<String, 300, _>(|n| format!("{}- x\n", "  ".repeat(n))).concat(),
    ] {
        let tree = parse(&text);
        assert!(tree.plain_text().contains('x'));
        let json = serde_json::to_string(&tree).unwrap();
        assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
    }
}
