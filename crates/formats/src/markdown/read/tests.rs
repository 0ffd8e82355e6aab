use super::parse;
use crate::tree::{Align, Block, DocumentTree, Inline};

fn kinds(markdown: &str) -> Vec<&'static str> {
    parse(markdown).content.iter().map(Block::kind).collect()
}

#[test]
fn marks_nest_and_underline_is_html() {
    let tree = parse("**bold *both*** <u>under ~~gone~~</u> `a<b` [x](https://e.org)");
    let Block::Paragraph { content, .. } = &tree.content[0] else {
        panic!("{tree:?}")
    };
    let set: Vec<(String, String)> = content
        .iter()
        .map(|inline| match inline {
            Inline::Text { text, marks } => {
                let mut set = String::new();
                for (on, letter) in [
                    (marks.bold, 'b'),
                    (marks.italic, 'i'),
                    (marks.underline, 'u'),
                    (marks.strike, 's'),
                    (marks.code, 'c'),
                    (marks.link.is_some(), 'l'),
                ] {
                    if on {
                        set.push(letter);
                    }
                }
                (text.clone(), set)
            }
            Inline::HardBreak => ("\n".into(), String::new()),
        })
        .collect();
    let set: Vec<(&str, &str)> = set.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        set,
        [
            ("bold ", "b"),
            ("both", "bi"),
            (" ", ""),
            ("under ", "u"),
            ("gone", "us"),
            (" ", ""),
            ("a<b", "c"),
            (" ", ""),
            ("x", "l")
        ]
    );
}

#[test]
fn page_breaks_are_written_in_two_ways() {
    assert_eq!(
        kinds("a\n\n\\newpage\n\nb\n\n<!-- pagebreak -->\n\nc"),
        [
            "paragraph",
            "pageBreak",
            "paragraph",
            "pageBreak",
            "paragraph"
        ]
    );
}

#[test]
fn html_is_text_and_scripts_do_nothing() {
    let tree = parse(
        "<script>alert(1)</script>\n\nx <img src=y onerror=z> [a](javascript:alert(1)) ![p](https://e.org/p.png)",
    );
    let json = serde_json::to_string(&tree).unwrap();
    assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
    assert!(tree.plain_text().contains("<script>alert(1)</script>"));
    assert!(tree.plain_text().contains("<img src=y onerror=z> a p"));
    assert!(!json.contains("\"javascript:"));
}

#[test]
fn pictures_of_the_store_stand_on_their_own() {
    let tree = parse("before ![A plan](carrel:images/1) after");
    assert_eq!(
        tree.content.iter().map(Block::kind).collect::<Vec<_>>(),
        ["paragraph", "image", "paragraph"]
    );
    let Block::Image(image) = &tree.content[1] else {
        panic!("{tree:?}")
    };
    assert_eq!(image.alt.as_deref(), Some("A plan"));
}

#[test]
fn tables_carry_headers_and_alignment() {
    let tree = parse("| a | b |\n|---|--:|\n| 1 | **2** |");
    let Block::Table(rows) = &tree.content[0] else {
        panic!("{tree:?}")
    };
    assert!(rows[0].cells[0].header && !rows[1].cells[0].header);
    assert!(matches!(
        rows[1].cells[1].content[0],
        Block::Paragraph {
            align: Some(Align::Right),
            ..
        }
    ));
}
