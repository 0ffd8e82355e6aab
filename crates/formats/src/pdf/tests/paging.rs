//! Where pieces are on their pages.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::tree::samples;

#[test]
fn a_heading_is_never_the_last_line_of_a_page() {
    for filler in 0..40 {
        let mut blocks: Vec<Block> = (0..filler)
            .map(|n| Block::paragraph(format!("p{n}")))
            .collect();
        blocks.push(Block::heading(2, "Headline"));
        blocks.push(Block::paragraph("follows"));
        let pages = composed(&DocumentTree::new(blocks), SMALL_PAGE);
        for page in &pages.pages {
            let last = page.over.iter().rev().find_map(|draw| match draw {
                Draw::Line { shaped, .. } => Some(shaped.text.to_string()),
                _ => None,
            });
            assert_ne!(
                last.as_deref(),
                Some("Headline"),
                "with {filler} paragraphs before"
            );
        }
    }
}

#[test]
fn no_single_line_of_a_paragraph_stands_alone() {
    let text = "word ".repeat(60);
    for filler in 0..20 {
        let mut blocks: Vec<Block> = (0..filler).map(|_| Block::paragraph("x")).collect();
        blocks.push(Block::paragraph(text.trim()));
        let pages = composed(&DocumentTree::new(blocks), SMALL_PAGE);
        for page in &pages.pages {
            let lines = page.over.iter().filter(|draw| matches!(draw, Draw::Line { shaped, .. } if shaped.text.starts_with("word"))).count();
            assert_ne!(lines, 1, "with {filler} paragraphs before");
        }
    }
}

#[test]
fn words_and_tables_wider_than_the_page_are_kept_on_it() {
    let long_word = "x".repeat(10_000);
    let wide: Vec<&str> = vec!["cell with some words"; 60];
    let tree = DocumentTree::new(vec![
        Block::paragraph(long_word.clone()),
        Block::heading(1, "y".repeat(500)),
        samples::table(&[&wide, &wide]),
        samples::table(&[&[long_word.as_str()], &["b"]]),
    ]);
    check_pages(&tree, SMALL_PAGE);
    let found = texts(exported(&tree)).concat().matches('x').count();
    assert!(found >= 20_000, "{found}");
}

#[test]
fn the_ground_of_code_stays_on_the_page() {
    let text = "let x = 1;\n".repeat(40);
    let code = Block::CodeBlock {
        language: None,
        text,
    };
    check_everywhere(std::slice::from_ref(&code));
    check_everywhere(&[Block::Blockquote(vec![code])]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_is_painted_whole_and_once(
        tree in samples::any_tree(),
        height in select(vec![LEAST_TEXT, SMALL_PAGE, 700.0]),
    ) {
        check_pages(&tree, height);
    }
}
