//! Trees for tests: a rich report, small tables, and random trees of everything the editor can make.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{
    Align, Block, DocumentTree, Image, Inline, ListItem, Marks, TableCell, TableRow,
    normalise::normalise_inlines,
};

/// One pixel.
pub const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

fn marked(text: &str, set: impl FnOnce(&mut Marks)) -> Inline {
    let mut marks = Marks::default();
    set(&mut marks);
    Inline::Text {
        text: text.into(),
        marks,
    }
}

pub fn item(blocks: Vec<Block>) -> ListItem {
    ListItem { content: blocks }
}

/// A table whose first row is a header.
pub fn table(rows: &[&[&str]]) -> Block {
    Block::Table(
        rows.iter()
            .enumerate()
            .map(|(index, cells)| TableRow {
                cells: cells
                    .iter()
                    .map(|text| TableCell {
                        header: index == 0,
                        content: vec![Block::paragraph(*text)],
                        ..TableCell::default()
                    })
                    .collect(),
            })
            .collect(),
    )
}

/// Everything once.
pub fn report() -> DocumentTree {
    DocumentTree::new(vec![
        Block::heading(1, "Annual report"),
        Block::Paragraph {
            align: Some(Align::Justify),
            content: vec![
                Inline::text("Plain, "),
                marked("bold", |m| m.bold = true),
                Inline::text(", "),
                marked("italic", |m| m.italic = true),
                Inline::text(", "),
                marked("underlined", |m| m.underline = true),
                Inline::text(", "),
                marked("struck", |m| m.strike = true),
                Inline::text(", "),
                marked("code()", |m| m.code = true),
                Inline::text(" and a "),
                marked("link", |m| {
                    m.link = Some("https://example.org/?a=1&b=2".into());
                }),
                Inline::HardBreak,
                Inline::text("after a break <&>\u{1}."),
            ],
        },
        Block::heading(2, "Lists"),
        Block::BulletList(vec![
            item(vec![
                Block::paragraph("first"),
                Block::OrderedList {
                    start: 1,
                    items: vec![
                        item(vec![Block::paragraph("nested one")]),
                        item(vec![Block::paragraph("nested two")]),
                    ],
                },
            ]),
            item(vec![
                Block::paragraph("second"),
                Block::OrderedList {
                    start: 1,
                    items: vec![item(vec![Block::paragraph("starts again")])],
                },
            ]),
        ]),
        Block::OrderedList {
            start: 7,
            items: vec![item(vec![Block::paragraph("seventh")])],
        },
        Block::Blockquote(vec![Block::paragraph("Words of somebody else.")]),
        Block::CodeBlock {
            language: Some("rust".into()),
            text: "fn main() {\n\tprintln!(\"x\");\n}".into(),
        },
        Block::Table(vec![
            TableRow {
                cells: vec![
                    TableCell {
                        header: true,
                        colspan: 2,
                        colwidth: Some(vec![100, 200]),
                        content: vec![Block::paragraph("Wide")],
                        ..TableCell::default()
                    },
                    TableCell {
                        header: true,
                        content: vec![Block::paragraph("C")],
                        ..TableCell::default()
                    },
                ],
            },
            TableRow {
                cells: vec![
                    TableCell {
                        rowspan: 2,
                        content: vec![Block::paragraph("tall")],
                        ..TableCell::default()
                    },
                    TableCell {
                        content: vec![Block::paragraph("b1")],
                        ..TableCell::default()
                    },
                    TableCell {
                        content: vec![Block::paragraph("c1")],
                        ..TableCell::default()
                    },
                ],
            },
            TableRow {
                cells: vec![
                    TableCell {
                        content: vec![Block::paragraph("b2")],
                        ..TableCell::default()
                    },
                    TableCell {
                        content: vec![Block::paragraph("c2")],
                        ..TableCell::default()
                    },
                ],
            },
        ]),
        Block::Image(Image {
            src: PNG.into(),
            alt: Some("A dot".into()),
            title: None,
            width: Some(200),
        }),
        Block::HorizontalRule,
        Block::PageBreak,
        Block::paragraph("The end."),
    ])
}

fn any_marks() -> impl Strategy<Value = Marks> {
    (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        proptest::option::weighted(
            0.2,
            prop_oneof![
                Just("https://example.org/a?b=c&d".to_owned()),
                Just("#part".to_owned()),
                Just("mailto:a@b.c".to_owned())
            ],
        ),
    )
        .prop_map(|(bold, italic, underline, strike, code, link)| Marks {
            bold,
            italic,
            underline,
            strike,
            code,
            link,
        })
}

fn any_words() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z]{1,9}( [a-zA-Z,.]{1,9}){0,12}",
        1 => "[äöüéñßĄžΩπЖя]{1,6}",
        1 => "(مرحبا|שלום|漢字|😀|é|→)( x)?",
        1 => "\\PC{1,12}",
        1 => "[\\x00-\\x1f\\u{fffe}\\u{200b}\\u{202e}<>&\"']{1,6}",
    ]
}

fn any_inlines() -> impl Strategy<Value = Vec<Inline>> {
    vec(
        prop_oneof![
            8 => (any_words(), any_marks()).prop_map(|(text, marks)| Inline::Text { text: text.replace('\0', ""), marks }),
            1 => Just(Inline::HardBreak),
        ],
        0..5,
    )
    .prop_map(|mut inlines| {
        normalise_inlines(&mut inlines);
        inlines
    })
}

fn any_align() -> impl Strategy<Value = Option<Align>> {
    proptest::option::weighted(
        0.3,
        prop_oneof![
            Just(Align::Left),
            Just(Align::Center),
            Just(Align::Right),
            Just(Align::Justify)
        ],
    )
}

fn any_leaf() -> impl Strategy<Value = Block> {
    prop_oneof![
        6 => (any_align(), any_inlines()).prop_map(|(align, content)| Block::Paragraph { align, content }),
        2 => (1..=6u8, any_align(), any_inlines()).prop_map(|(level, align, content)| Block::Heading { level, align, content }),
        1 => (proptest::option::of("[a-z]{1,8}"), "[a-z \n\t]{0,80}").prop_map(|(language, text)| Block::CodeBlock { language, text }),
        1 => (prop_oneof![Just(PNG), Just("carrel:images/missing"), Just("data:image/jpeg;base64,AAAA")], proptest::option::of(1..3000u32))
            .prop_map(|(src, width)| Block::Image(Image { src: src.into(), alt: Some("alt".into()), title: None, width })),
        1 => Just(Block::HorizontalRule),
        1 => Just(Block::PageBreak),
    ]
}

/// A random normalised tree.
pub fn any_tree() -> impl Strategy<Value = DocumentTree> {
    let block = any_leaf().prop_recursive(4, 48, 4, |inner| {
        let items = vec(
            vec(inner.clone(), 1..3).prop_map(|content| ListItem { content }),
            1..4,
        );
        let cell = (
            any::<bool>(),
            1..4u32,
            1..4u32,
            proptest::option::of(vec(0..900u32, 1..3)),
            vec(inner.clone(), 1..3),
        )
            .prop_map(|(header, colspan, rowspan, colwidth, content)| TableCell {
                header,
                colspan,
                rowspan,
                colwidth,
                content,
            });
        prop_oneof![
            items.clone().prop_map(Block::BulletList),
            (0..2000u32, items).prop_map(|(start, items)| Block::OrderedList { start, items }),
            vec(inner, 1..3).prop_map(Block::Blockquote),
            vec(vec(cell, 1..5).prop_map(|cells| TableRow { cells }), 1..5).prop_map(Block::Table),
        ]
    });
    vec(block, 0..8).prop_map(DocumentTree::new)
}
