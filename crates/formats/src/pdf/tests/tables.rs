//! Where the rows of tables are on their pages.

use super::*;
use crate::tree::{TableCell, TableRow, samples};

fn cell(rowspan: u32, content: Vec<Block>) -> TableCell {
    TableCell {
        rowspan,
        content,
        ..TableCell::default()
    }
}

fn header(rowspan: u32, words: &str) -> TableCell {
    TableCell {
        header: true,
        ..cell(rowspan, vec![Block::paragraph(words)])
    }
}

fn row(cells: Vec<TableCell>) -> TableRow {
    TableRow { cells }
}

fn paragraphs(count: usize) -> Vec<Block> {
    vec![Block::paragraph("words"); count]
}

/// A table of one column and so many rows.
fn column(rows: usize) -> Block {
    Block::Table(vec![row(vec![cell(1, paragraphs(1))]); rows])
}

#[test]
fn a_long_table_repeats_its_header_on_every_page() {
    let rows: Vec<[String; 2]> = (0..150)
        .map(|n| [format!("row{n}"), format!("value {n}")])
        .collect();
    let mut table: Vec<Vec<&str>> = vec![vec!["Headword", "Second"]];
    table.extend(
        rows.iter()
            .map(|row| row.iter().map(String::as_str).collect()),
    );
    let table: Vec<&[&str]> = table.iter().map(Vec::as_slice).collect();
    let texts = texts(exported(&DocumentTree::new(vec![samples::table(&table)])));
    assert!(texts.len() >= 3);
    assert!(
        texts.iter().all(|text| text.contains("Headword")),
        "{texts:?}"
    );
    let all = texts.concat();
    assert!((0..150).all(|n| all.contains(&format!("row{n}"))));
}

#[test]
fn a_row_higher_than_a_page_goes_on_on_the_next() {
    let long: Vec<Block> = (0..80)
        .map(|n| Block::paragraph(format!("line{n} of a long cell")))
        .collect();
    let tree = DocumentTree::new(vec![Block::Table(vec![
        row(vec![
            cell(2, long.clone()),
            cell(1, vec![Block::paragraph("beside")]),
        ]),
        row(vec![cell(1, long)]),
    ])]);
    check_pages(&tree, SMALL_PAGE);
    let all = texts(exported(&tree)).concat();
    assert!(
        (0..80).all(|n| all.matches(&format!("line{n} of")).count() == 2),
        "every line twice"
    );
}

#[test]
fn a_first_row_higher_than_a_page_begins_where_it_has_room() {
    let mut content = vec![column(7)];
    content.extend(paragraphs(30));
    check_everywhere(&[Block::Table(vec![row(vec![cell(1, content)])])]);
}

#[test]
fn a_nested_table_has_room_below_the_repeated_header() {
    // Two fifths of a page, and just less than three fifths: with the white space of the cells more than a page.
    let head = TableCell {
        header: true,
        ..cell(1, paragraphs(7))
    };
    let mut nested = vec![row(vec![cell(1, paragraphs(4))])];
    nested.extend(vec![row(vec![cell(1, paragraphs(1))]); 5]);
    let body = row(vec![cell(1, vec![Block::Table(nested)])]);
    check_everywhere(&[Block::Table(vec![row(vec![head]), body.clone(), body])]);
}

#[test]
fn low_rows_joined_by_a_cell_stay_together() {
    for filler in 0..24 {
        let mut blocks = vec![Block::paragraph("above"); filler];
        blocks.push(Block::heading(2, "Headline"));
        blocks.push(Block::Table(vec![
            row(vec![cell(2, paragraphs(3)), cell(2, paragraphs(3))]),
            row(vec![cell(1, paragraphs(1))]),
        ]));
        let tree = DocumentTree::new(blocks);
        check_pages(&tree, SMALL_PAGE);
        let pages = composed(&tree, SMALL_PAGE).pages;
        let last = lines_of(pages.last().unwrap());
        let first = last.iter().position(|(words, _)| words == "Headline");
        let table = &last[first.expect("the heading is where its table is")..];
        assert_eq!(table.len(), 8, "with {filler} paragraphs before");
    }
}

#[test]
fn the_cells_of_a_row_are_painted_from_left_to_right() {
    let words = ["one", "two", "three", "four", "five"];
    let table = samples::table(&[&words, &words]);
    let pages = composed(&DocumentTree::new(vec![table]), SMALL_PAGE);
    let lines = lines_of(&pages.pages[0]);
    let painted: Vec<&str> = lines.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(painted, [words, words].concat());
}

#[test]
fn a_repeated_header_looks_like_the_first() {
    let mut table = vec![
        row(vec![header(2, "tall"), header(1, "wide")]),
        row(vec![header(1, "narrow")]),
    ];
    table.extend(vec![
        row(vec![
            cell(1, paragraphs(1)),
            cell(1, paragraphs(1))
        ]);
        40
    ]);
    let tree = DocumentTree::new(vec![Block::Table(table)]);
    check_pages(&tree, SMALL_PAGE);
    let pages = composed(&tree, SMALL_PAGE).pages;
    assert!(pages.len() > 1);
    let fills = |page: &pages::Page| -> Vec<String> {
        let fill = |draw: &Draw| match draw {
            Draw::Fill {
                x,
                y,
                width,
                height,
                ..
            } => Some(format!("{x:.2} {y:.2} {width:.2} {height:.2}")),
            _ => None,
        };
        // Three cells, each with its ground and four lines.
        page.under.iter().filter_map(fill).take(15).collect()
    };
    for page in &pages {
        assert_eq!(fills(page), fills(&pages[0]));
        assert_eq!(lines_of(page)[..3], lines_of(&pages[0])[..3]);
    }
}
