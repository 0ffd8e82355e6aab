use std::collections::HashMap;
use std::io::Cursor;

use pdf_oxide::PdfDocument;
use proptest::prelude::*;

use super::*;
use crate::export::{Margins, Paper};
use crate::markdown;
use crate::tree::{Block, TableCell, TableRow, samples};

fn meta() -> Meta {
    Meta {
        title: "A title".into(),
        author: Some("Ada".into()),
        language: Some("en".into()),
        created: time::OffsetDateTime::UNIX_EPOCH,
    }
}

fn exported(tree: &DocumentTree) -> Vec<u8> {
    export(tree, &Letterhead::default(), &Images::new(), &meta()).unwrap()
}

fn texts(bytes: Vec<u8>) -> Vec<String> {
    let document = PdfDocument::from_bytes(bytes).unwrap();
    (0..document.page_count().unwrap())
        .map(|page| document.extract_text(page).unwrap())
        .collect()
}

/// The pages of a tree on a small sheet, and how high they are.
fn composed(tree: &DocumentTree) -> (Pages, f32) {
    let images = Images::new();
    let mut setter = Setter::new(fonts::context_for(std::iter::empty(), false));
    let mut pictures = Pictures::new(&images);
    let mut tags = Tags::new();
    let height = 300.0;
    let (_, pages) = compose(tree, &mut setter, &mut pictures, &mut tags, (260.0, height));
    (pages, height)
}

/// How often each line of each paragraph is painted as text.
fn painted(pages: &Pages) -> HashMap<(usize, usize), usize> {
    let mut painted = HashMap::new();
    for draw in pages.pages.iter().flat_map(|page| &page.over) {
        if let Draw::Line {
            shaped, line, tag, ..
        } = draw
            && *tag != ARTIFACT
        {
            *painted
                .entry((std::rc::Rc::as_ptr(shaped).addr(), *line))
                .or_insert(0) += 1;
        }
    }
    painted
}

fn check_pages(tree: &DocumentTree) {
    let (pages, height) = composed(tree);
    let painted = painted(&pages);
    assert!(
        painted.values().all(|times| *times == 1),
        "a line is painted twice"
    );
    let mut letters = 0;
    let mut counted = std::collections::HashSet::new();
    for draw in pages.pages.iter().flat_map(|page| &page.over) {
        if matches!(draw, Draw::Image { tag, .. } if *tag != ARTIFACT) {
            // The alternative text of the samples, which the plain text has.
            letters += "alt".len();
        }
        let Draw::Line {
            shaped,
            y,
            line,
            tag,
            ..
        } = draw
        else {
            continue;
        };
        assert!(y.is_finite() && *y >= -20.0);
        // What is higher than a page may leave it; a line never is.
        assert!(
            *y + shaped.lines[*line].height <= height + 60.0 || pages.pages.len() == 1,
            "{y}"
        );
        if *tag != ARTIFACT && counted.insert(std::rc::Rc::as_ptr(shaped).addr()) {
            letters += shaped
                .text
                .chars()
                .filter(char::is_ascii_alphabetic)
                .count();
            for line in 0..shaped.lines.len() {
                assert!(
                    painted.contains_key(&(std::rc::Rc::as_ptr(shaped).addr(), line)),
                    "line {line} of {:?} is missing",
                    shaped.text
                );
            }
        }
    }
    let words: usize = tree
        .plain_text()
        .chars()
        .filter(char::is_ascii_alphabetic)
        .count();
    // Markers and the words in the place of pictures come on top.
    assert!(letters >= words, "{letters} of {words} letters");
}

#[test]
fn a_report_can_be_read_back_from_its_pdf() {
    let texts = texts(exported(&samples::report()));
    assert_eq!(texts.len(), 2, "the page break makes a second page");
    for words in [
        "Annual report",
        "Plain, bold, italic, underlined, struck",
        "nested one",
        "starts again",
        "seventh",
        "Words of somebody else.",
        "fn main()",
        "tall",
    ] {
        assert!(
            texts[0].contains(words),
            "{words} is missing in {:?}",
            texts[0]
        );
    }
    assert!(
        texts[0].contains("Page 1 of 2") && texts[1].contains("Page 2 of 2"),
        "{texts:?}"
    );
    assert!(texts[1].contains("The end."));
}

#[test]
fn bookmarks_links_tags_and_properties_are_in_the_file() {
    let tree = markdown::parse(
        "# One\n\n[out](https://example.org/a?b=1) [in](#two)\n\n## Two\n\ntext\n\n### Three\n\n# Four",
    );
    let bytes = exported(&tree);
    let raw = String::from_utf8_lossy(&bytes);
    for needle in [
        "/Outlines",
        "/Type/Annot",
        "https://example.org/a?b=1",
        "/StructTreeRoot",
        "/Marked true",
        "/Lang",
    ] {
        assert!(raw.contains(needle), "{needle} is missing");
    }
    assert_eq!(raw.matches("/Type/Annot").count(), 2);
    let document = PdfDocument::from_bytes(bytes).unwrap();
    let outline = document.get_outline().unwrap().unwrap();
    let names = |items: &[pdf_oxide::outline::OutlineItem]| {
        items
            .iter()
            .map(|item| item.title.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&outline), ["One", "Four"]);
    assert_eq!(names(&outline[0].children), ["Two"]);
    assert_eq!(names(&outline[0].children[0].children), ["Three"]);
}

#[test]
fn the_letterhead_is_on_every_page() {
    let mut logo = Vec::new();
    image::DynamicImage::new_rgb8(300, 90)
        .write_to(&mut Cursor::new(&mut logo), image::ImageFormat::Png)
        .unwrap();
    let letterhead = Letterhead {
        logo: Some(logo),
        header: "Firm & Sons\nStreet 1".into(),
        footer: "Confidential".into(),
        paper: Paper::Letter,
        margins: Margins {
            top: 20.0,
            right: 20.0,
            bottom: 20.0,
            left: 20.0,
        },
        ..Letterhead::default()
    };
    let german = Meta {
        language: Some("de".into()),
        ..meta()
    };
    let bytes = export(&samples::report(), &letterhead, &Images::new(), &german).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("/MediaBox[0 0 612 792]"));
    let texts = texts(bytes);
    for (index, text) in texts.iter().enumerate() {
        for words in [
            "Firm & Sons".to_owned(),
            "Street 1".into(),
            "Confidential".into(),
            format!("Seite {} von {}", index + 1, texts.len()),
        ] {
            assert!(
                text.contains(&words),
                "{words} is missing on page {}: {text}",
                index + 1
            );
        }
    }
}

#[test]
fn the_same_document_makes_the_same_bytes() {
    assert!(exported(&samples::report()) == exported(&samples::report()));
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
    let cell = |content: Vec<Block>, rowspan| TableCell {
        rowspan,
        content,
        ..TableCell::default()
    };
    let tree = DocumentTree::new(vec![Block::Table(vec![
        TableRow {
            cells: vec![
                cell(long.clone(), 2),
                cell(vec![Block::paragraph("beside")], 1),
            ],
        },
        TableRow {
            cells: vec![cell(long, 1)],
        },
    ])]);
    check_pages(&tree);
    let all = texts(exported(&tree)).concat();
    assert!(
        (0..80).all(|n| all.matches(&format!("line{n} of")).count() == 2),
        "every line twice"
    );
}

#[test]
fn a_heading_is_never_the_last_line_of_a_page() {
    for filler in 0..40 {
        let mut blocks: Vec<Block> = (0..filler)
            .map(|n| Block::paragraph(format!("p{n}")))
            .collect();
        blocks.push(Block::heading(2, "Headline"));
        blocks.push(Block::paragraph("follows"));
        let (pages, _) = composed(&DocumentTree::new(blocks));
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
        let (pages, _) = composed(&DocumentTree::new(blocks));
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
    check_pages(&tree);
    let found = texts(exported(&tree)).concat().matches('x').count();
    assert!(found >= 20_000, "{found}");
}

#[test]
fn a_picture_that_cannot_be_shown_leaves_its_words() {
    let tree = markdown::parse("![The plan](carrel:images/gone)");
    // A JPEG whose header is fine and whose body is not there.
    let mut jpeg = Vec::new();
    image::DynamicImage::new_rgb8(64, 64)
        .write_to(&mut Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .unwrap();
    jpeg.truncate(200);
    for images in [
        Images::new(),
        Images::from([("carrel:images/gone".to_owned(), jpeg)]),
    ] {
        let bytes = export(&tree, &Letterhead::default(), &images, &meta()).unwrap();
        assert!(texts(bytes)[0].contains("[Picture: The plan]"));
    }
}

#[test]
fn pictures_of_every_kind_are_embedded() {
    for format in [
        image::ImageFormat::Png,
        image::ImageFormat::Jpeg,
        image::ImageFormat::Gif,
        image::ImageFormat::WebP,
    ] {
        let mut bytes = Vec::new();
        let picture = if format == image::ImageFormat::Jpeg {
            image::DynamicImage::new_rgb8(30, 20)
        } else {
            image::DynamicImage::new_rgba8(30, 20)
        };
        picture
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        let images = Images::from([("carrel:images/1".to_owned(), bytes)]);
        let pdf = export(
            &markdown::parse("![A](carrel:images/1)"),
            &Letterhead::default(),
            &images,
            &meta(),
        )
        .unwrap();
        let raw = String::from_utf8_lossy(&pdf);
        assert!(
            raw.contains("/Subtype/Image") && raw.contains("/Width 30"),
            "{format:?}"
        );
    }
}

#[test]
fn an_empty_document_is_one_page() {
    assert_eq!(texts(exported(&DocumentTree::new(vec![]))).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_tree_is_painted_whole_and_once(tree in samples::any_tree()) {
        check_pages(&tree);
    }

    #[test]
    fn any_tree_becomes_a_pdf(tree in samples::any_tree()) {
        let bytes = exported(&tree);
        prop_assert!(PdfDocument::from_bytes(bytes).unwrap().page_count().unwrap() >= 1);
    }
}
