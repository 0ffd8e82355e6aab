//! One test for each thing that once came back as something else.

use super::*;
use crate::markdown::parse;
use crate::tree::samples::item;
use crate::tree::{Marks, TableCell, TableRow};

/// The Markdown of these blocks, which comes back as they are.
fn written(blocks: Vec<Block>) -> String {
    let tree = DocumentTree::new(blocks);
    let markdown = write(&tree);
    assert_eq!(parse(&markdown), tree, "{markdown}");
    markdown
}

fn paragraph(content: Vec<Inline>) -> Block {
    Block::Paragraph {
        align: None,
        content,
    }
}

fn marked(text: &str, set: impl FnOnce(&mut Marks)) -> Inline {
    let mut marks = Marks::default();
    set(&mut marks);
    Inline::Text {
        text: text.into(),
        marks,
    }
}

fn bold(text: &str) -> Inline {
    marked(text, |m| m.bold = true)
}

fn italic(text: &str) -> Inline {
    marked(text, |m| m.italic = true)
}

fn code(text: &str) -> Inline {
    marked(text, |m| m.code = true)
}

fn table(rows: Vec<Vec<Vec<Block>>>) -> Block {
    let rows = rows.into_iter().enumerate().map(|(index, cells)| TableRow {
        cells: cells
            .into_iter()
            .map(|content| TableCell {
                header: index == 0,
                content,
                ..TableCell::default()
            })
            .collect(),
    });
    Block::Table(rows.collect())
}

#[test]
fn what_follows_a_list_with_an_empty_item_is_not_its_content() {
    let ordered = |items| Block::OrderedList { start: 1, items };
    let fence = Block::CodeBlock {
        language: Some("a".into()),
        text: "x".into(),
    };
    for follows in [fence, Block::paragraph("x"), Block::heading(2, "x")] {
        written(vec![ordered(vec![item(vec![
            ordered(vec![item(vec![])]),
            follows.clone(),
        ])])]);
        written(vec![ordered(vec![item(vec![])]), follows]);
    }
}

#[test]
fn empty_items_in_one_another_are_no_line_across_the_page() {
    let mut list = Block::BulletList(vec![item(vec![])]);
    for _ in 0..4 {
        list = Block::BulletList(vec![item(vec![list])]);
        written(vec![list.clone()]);
    }
    assert_eq!(written(vec![Block::BulletList(vec![item(vec![])])]), "-\n");
}

#[test]
fn a_list_after_a_break_alone_is_not_taken_for_html() {
    let list = Block::BulletList(vec![item(vec![Block::paragraph("x")])]);
    let broken = paragraph(vec![Inline::HardBreak]);
    written(vec![Block::BulletList(vec![item(vec![broken, list])])]);
}

#[test]
fn lists_with_an_empty_paragraph_between_stay_apart() {
    let list = |text: &str| Block::BulletList(vec![item(vec![Block::paragraph(text)])]);
    let tree = DocumentTree::new(vec![list("a"), list("b"), Block::paragraph(""), list("c")]);
    let markdown = write(&tree);
    assert_eq!(markdown, "- a\n\n* b\n\n- c\n");
    assert_eq!(parse(&markdown).content, [list("a"), list("b"), list("c")]);
}

#[test]
fn code_and_emphasis_come_back_from_a_cell() {
    let content = vec![
        code("`a`|b\\|"),
        marked("`", |m| {
            m.code = true;
            m.bold = true;
        }),
        italic("c"),
        bold("*"),
        Inline::text("|d"),
        code("\\"),
    ];
    written(vec![table(vec![vec![vec![paragraph(content)]]])]);
}

#[test]
fn emphasis_is_written_with_tags_where_signs_say_nothing() {
    for (content, markdown) in [
        (
            vec![bold("Note: "), Inline::text("read "), italic("this")],
            "<strong>Note: </strong>read *this*\n",
        ),
        (
            vec![Inline::text("a"), bold("!"), Inline::text("b")],
            "a<strong>\\!</strong>b\n",
        ),
        (vec![bold("a"), italic("b")], "**a***b*\n"),
        (vec![bold("a"), Inline::text(" b")], "**a** b\n"),
        (
            vec![bold("a"), Inline::HardBreak, Inline::text("b")],
            "**a**\\\nb\n",
        ),
    ] {
        assert_eq!(written(vec![paragraph(content)]), markdown);
    }
}

#[test]
fn what_breaks_lines_in_a_text_is_kept_as_a_reference() {
    assert_eq!(
        written(vec![Block::paragraph("a\nb\r\nc\u{b}\u{c}d")]),
        "a&#10;b&#13;&#10;c&#11;&#12;d\n"
    );
    assert_eq!(
        written(vec![paragraph(vec![code("a\nb`")])]),
        "<code>a&#10;b\\`</code>\n"
    );
}

#[test]
fn white_space_at_the_ends_is_kept() {
    for space in [" ", "\t", "\u{a0}", "\u{2003}", "\u{3000}", "\u{2028}"] {
        for text in [format!("{space}a{space}"), space.repeat(2)] {
            written(vec![Block::paragraph(text.clone())]);
            written(vec![Block::heading(1, text.clone())]);
            written(vec![table(vec![vec![vec![Block::paragraph(text)]]])]);
        }
    }
}

#[test]
fn the_words_of_a_page_break_can_be_written_about() {
    assert_eq!(
        written(vec![Block::paragraph("\\newpage")]),
        "\\\\newpage\n"
    );
    written(vec![Block::BulletList(vec![item(vec![Block::paragraph(
        "\\pagebreak",
    )])])]);
    assert_eq!(parse("\\newpage").content, [Block::PageBreak]);
}

#[test]
fn underscores_beside_signs_with_the_properties_of_letters_are_text() {
    assert_eq!(
        written(vec![Block::paragraph("Ⓐ_a_Ⓑ snake_case")]),
        "Ⓐ\\_a\\_Ⓑ snake_case\n"
    );
}

#[test]
fn pictures_stay_in_their_cells() {
    let image = || {
        Block::Image(Image {
            src: "carrel:images/1".into(),
            alt: Some("a|b".into()),
            title: Some("\"c\" & d|\n\\".into()),
            width: None,
        })
    };
    written(vec![image()]);
    let markdown = written(vec![table(vec![
        vec![vec![image()], vec![Block::paragraph("x")]],
        vec![
            vec![
                Block::paragraph("Left!"),
                image(),
                Block::paragraph("right"),
            ],
            vec![image(), image()],
        ],
    ])]);
    assert!(markdown.contains("| Left\\! ![a\\|b]("), "{markdown}");
}

#[test]
fn white_space_in_the_data_of_a_picture_goes() {
    let image = Image {
        src: "data:image/png;base64,iVBO\nRw0K Ggo=".into(),
        ..Image::default()
    };
    let markdown = write_blocks(&[Block::Image(image)]);
    assert_eq!(markdown, "![](data:image/png;base64,iVBORw0KGgo=)\n");
    assert_eq!(parse(&markdown).content[0].kind(), "image");
}

#[test]
fn cells_stand_in_their_columns_beside_those_that_span() {
    let cell = |text: &str, colspan, rowspan| TableCell {
        colspan,
        rowspan,
        content: vec![Block::paragraph(text)],
        ..TableCell::default()
    };
    let rows = vec![
        TableRow {
            cells: vec![cell("tall", 1, 2), cell("wide", 2, 1)],
        },
        TableRow {
            cells: vec![cell("b", 1, 1), cell("c", 1, 9)],
        },
        TableRow {
            cells: vec![cell("d", 3, 1)],
        },
    ];
    assert_eq!(
        write_blocks(&[Block::Table(rows)]),
        "| tall | wide |  |\n| --- | --- | --- |\n|  | b | c |\n| d |  |  |\n"
    );
}

#[test]
fn cells_pushed_out_by_those_above_are_kept() {
    let row = |rowspan| TableRow {
        cells: (0..100)
            .map(|n| TableCell {
                rowspan,
                content: vec![Block::paragraph(format!("{rowspan}.{n}"))],
                ..TableCell::default()
            })
            .collect(),
    };
    let tree = DocumentTree::new(vec![Block::Table(vec![row(3), row(2), row(1)])]);
    let text = parse(&write(&tree)).plain_text();
    assert_eq!(text, tree.plain_text());
}

#[test]
fn blocks_in_a_cell_become_lines() {
    let cell = vec![
        Block::heading(2, "Head"),
        Block::BulletList(vec![
            item(vec![paragraph(vec![bold("one")])]),
            item(vec![Block::paragraph("two")]),
        ]),
        Block::CodeBlock {
            language: None,
            text: "  a\r\n\n\tb".into(),
        },
    ];
    assert_eq!(
        write_blocks(&[table(vec![vec![cell]])]),
        "| Head<br>**one**<br>two<br>`  a`<br><br>`\tb` |\n| --- |\n"
    );
}

#[test]
fn a_carriage_return_in_code_ends_its_line() {
    let code = Block::CodeBlock {
        language: None,
        text: "a\rb\r\nc\r".into(),
    };
    assert_eq!(write_blocks(&[code]), "```\na\nb\nc\n\n```\n");
}
