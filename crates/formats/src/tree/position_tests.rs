use proptest::prelude::*;

use super::*;

fn paragraphs(texts: &[&str]) -> DocumentTree {
    DocumentTree::new(texts.iter().map(|text| Block::paragraph(*text)).collect())
}

fn texts(tree: &DocumentTree) -> Vec<String> {
    tree.content
        .iter()
        .map(|block| text::plain_text(std::slice::from_ref(block)))
        .collect()
}

#[test]
fn positions_count_utf16_units_openings_and_closings() {
    let tree = DocumentTree::new(vec![
        Block::paragraph("a😀b"),
        Block::HorizontalRule,
        Block::BulletList(vec![ListItem {
            content: vec![Block::paragraph("xy")],
        }]),
    ]);
    // <p> a 😀😀 b </p> is 6, the rule 1, <ul><li><p> x y </p></li></ul> is 8.
    assert_eq!(tree.size(), 6 + 1 + 8);
    assert_eq!(tree.text_between(2, 4).unwrap(), "😀");
    assert_eq!(tree.text_between(10, 11).unwrap(), "x");
    assert_eq!(tree.text_between(4, 11).unwrap(), "b\n\nx");
    assert_eq!(tree.text_between(0, tree.size()).unwrap(), "a😀b\n\nxy");
}

#[test]
fn a_range_outside_the_document_is_an_error() {
    let tree = paragraphs(&["abc"]);
    assert_eq!(
        tree.text_between(2, 6),
        Err(PositionError::OutOfRange {
            from: 2,
            to: 6,
            size: 5
        })
    );
    assert!(tree.text_between(3, 2).is_err());
}

#[test]
fn a_paragraph_that_replaces_words_goes_into_their_paragraph() {
    let tree = DocumentTree::new(vec![
        Block::heading(2, "one two three"),
        Block::paragraph("x"),
    ]);
    let replaced = tree
        .replace_between(5, 8, vec![Block::paragraph("2")])
        .unwrap();
    assert_eq!(
        replaced.content,
        [Block::heading(2, "one 2 three"), Block::paragraph("x")]
    );
    let deleted = tree.replace_between(5, 9, vec![]).unwrap();
    assert_eq!(deleted.content[0], Block::heading(2, "one three"));
}

#[test]
fn several_blocks_join_what_is_left_at_both_ends() {
    let tree = paragraphs(&["first words", "middle", "last words"]);
    // From before "words" in the first to behind "last " in the last.
    let from = 1 + "first ".len();
    let to = 13 + 8 + 1 + "last ".len();
    assert_eq!(
        tree.text_between(from, to).unwrap(),
        "words\n\nmiddle\n\nlast "
    );
    let replaced = tree
        .replace_between(
            from,
            to,
            vec![
                Block::paragraph("A"),
                Block::heading(1, "B"),
                Block::paragraph("C "),
            ],
        )
        .unwrap();
    assert_eq!(texts(&replaced), ["first A", "B", "C words"]);
    assert_eq!(
        texts(&tree.replace_between(from, to, vec![]).unwrap()),
        ["first words"]
    );
}

#[test]
fn whole_blocks_are_replaced_without_leaving_empty_ones() {
    let tree = paragraphs(&["a", "b", "c"]);
    let replaced = tree
        .replace_between(4, 5, vec![Block::heading(1, "B")])
        .unwrap();
    assert_eq!(
        replaced.content,
        [
            Block::paragraph("a"),
            Block::heading(1, "B"),
            Block::paragraph("c")
        ]
    );
    let all = tree
        .replace_between(0, tree.size(), vec![Block::paragraph("z")])
        .unwrap();
    assert_eq!(texts(&all), ["z"]);
    let inserted = tree
        .replace_between(3, 3, vec![Block::paragraph("new")])
        .unwrap();
    assert_eq!(texts(&inserted), ["a", "new", "b", "c"]);
}

#[test]
fn items_are_replaced_by_items() {
    let item = |text: &str| ListItem {
        content: vec![Block::paragraph(text)],
    };
    let tree = DocumentTree::new(vec![Block::BulletList(vec![
        item("one"),
        item("two"),
        item("three"),
    ])]);
    // <ul> at 0; items of 2+2+3 = 7, 7, 9 units; "one" is 3..6, "two" 10..13.
    assert_eq!(tree.text_between(3, 13).unwrap(), "one\ntwo");
    let replaced = tree
        .replace_between(
            3,
            13,
            vec![Block::BulletList(vec![item("1"), item("1b"), item("2")])],
        )
        .unwrap();
    assert_eq!(
        replaced.content,
        [Block::BulletList(vec![
            item("1"),
            item("1b"),
            item("2"),
            item("three")
        ])]
    );
    let one = tree
        .replace_between(
            10,
            13,
            vec![Block::BulletList(vec![item("2a"), item("2b")])],
        )
        .unwrap();
    assert_eq!(texts(&one), ["one\n2a\n2b\nthree"]);
}

#[test]
fn cells_are_changed_one_at_a_time() {
    let tree = DocumentTree::new(vec![samples::table(&[&["a", "b"], &["c", "d"]])]);
    // <table><tr><td><p>a: "a" is 4..5, "b" is 9..10.
    assert_eq!(tree.text_between(4, 5).unwrap(), "a");
    let replaced = tree
        .replace_between(4, 5, vec![Block::paragraph("A")])
        .unwrap();
    assert_eq!(replaced.plain_text(), "A\tb\nc\td");
    assert_eq!(
        tree.replace_between(4, 10, vec![Block::paragraph("x")]),
        Err(PositionError::AcrossCells)
    );
    let gone = tree
        .replace_between(0, tree.size(), vec![Block::paragraph("x")])
        .unwrap();
    assert_eq!(texts(&gone), ["x"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn putting_a_slice_back_where_it_was_keeps_every_word(tree in samples::any_tree(), a in 0.0..1.0f64, b in 0.0..1.0f64) {
        let size = tree.size();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small number")]
        let place = |share: f64| (share * size as f64) as usize;
        let (from, to) = (place(a.min(b)), place(a.max(b)));
        let slice = tree.slice(from, to).unwrap();
        match tree.replace_between(from, to, slice) {
            Err(PositionError::AcrossCells) => {}
            Err(error) => panic!("{error}"),
            Ok(back) => {
                let letters = |tree: &DocumentTree| tree.plain_text().split_whitespace().collect::<String>();
                prop_assert_eq!(letters(&back), letters(&tree));
                let json = serde_json::to_string(&back).unwrap();
                prop_assert_eq!(DocumentTree::from_json(&json).unwrap(), back);
            }
        }
    }

    #[test]
    fn what_is_outside_the_range_stays(tree in samples::any_tree(), a in 0usize..400, b in 0usize..400) {
        let size = tree.size();
        let (from, to) = (a.min(b) % (size + 1), a.max(b) % (size + 1));
        let (from, to) = (from.min(to), from.max(to));
        let before = text::plain_text(&tree.slice(0, from).unwrap());
        if let Ok(replaced) = tree.replace_between(from, to, vec![Block::paragraph("§")]) {
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert!(squeeze(&replaced.plain_text()).starts_with(&squeeze(&before)));
            prop_assert!(replaced.plain_text().contains('§'));
        }
    }
}
