//! Markdown to the document tree and back: the language in which models write and templates are kept.
//!
//! CommonMark with the tables and strikethrough of GitHub, `<u>` for underlined text and `<br>` for a break in a cell.
//! A page break is a paragraph `\newpage` or the comment `<!-- pagebreak -->`. Other HTML is text: a model that writes
//! tags has them shown, not executed.

mod inline;
mod read;
mod write;

pub use read::parse;
pub use write::{write, write_blocks};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Block, DocumentTree, Inline, samples};

    fn once_more(tree: &DocumentTree) -> DocumentTree {
        parse(&write(tree))
    }

    #[test]
    fn a_report_comes_back_from_markdown_with_its_structure() {
        let tree = samples::report();
        let back = once_more(&tree);
        let kinds = |tree: &DocumentTree| tree.content.iter().map(Block::kind).collect::<Vec<_>>();
        assert_eq!(kinds(&back), kinds(&tree));
        // What Markdown can't say (spans, widths, alignment) is lost once and never again.
        assert_eq!(once_more(&back), back);
    }

    fn words() -> impl Strategy<Value = String> {
        "[a-zA-Zäß0-9()*_`~#+.,:;!?<>&|=\\\\\\[\\]{}'\"$^/@%-]{1,8}( [a-zA-Zäß0-9()*_`~#+.,:;!?<>&|=\\\\\\[\\]{}'\"$^/@%-]{1,8}){0,5}"
            .prop_filter("a paragraph \\newpage is a page break", |text| !matches!(text.as_str(), "\\newpage" | "\\pagebreak"))
    }

    fn marked() -> impl Strategy<Value = Vec<Inline>> {
        // Marked words stand between plain words, as people write.
        proptest::collection::vec(("[a-z]{1,8}", "[a-zA-Z][a-z ]{0,6}[a-z]", 0..6u8), 1..4)
            .prop_map(|parts| {
                let mut inlines = Vec::new();
                for (plain, text, mark) in parts {
                    inlines.push(Inline::text(format!(
                        "{}{plain} ",
                        if inlines.is_empty() { "" } else { " " }
                    )));
                    let mut marks = crate::tree::Marks::default();
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
            })
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
            let back = once_more(&tree);
            let letters = |tree: &DocumentTree| tree.plain_text().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
            // Markup that a nesting leaves no room for may come back as text; a word may never be gone.
            let (back, letters) = (letters(&back), letters(&tree));
            let mut rest = back.chars();
            let kept = letters.chars().all(|letter| rest.any(|other| other == letter));
            prop_assert!(kept, "{letters} became {back}");
        }

        #[test]
        fn any_text_becomes_a_valid_tree(text in "(\\PC|[\n\t >#*_`<\\-|\\[\\]0-9.])*") {
            let tree = parse(&text);
            let json = serde_json::to_string(&tree).unwrap();
            prop_assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
        }
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
}
