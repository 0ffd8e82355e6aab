//! Tests of the PDF as a whole: what is in the file, where pieces and tables are on their pages.

mod files;
mod paging;
mod tables;

use std::collections::{HashMap, HashSet};

use pdf_oxide::PdfDocument;

use super::piece::Draw;
use super::tags::ARTIFACT;
use super::*;
use crate::tree::Block;

/// The height of the text of a small sheet.
const SMALL_PAGE: f32 = 300.0;

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

/// The pages of a tree on a sheet whose text is `height` points high.
fn composed(tree: &DocumentTree, height: f32) -> Pages {
    let images = Images::new();
    let mut setter = Setter::new(fonts::context_for(std::iter::empty(), false));
    let mut pictures = Pictures::new(&images);
    let mut tags = Tags::new();
    compose(tree, &mut setter, &mut pictures, &mut tags, (260.0, height)).1
}

/// Checks blocks on small pages wherever on a page they begin.
fn check_everywhere(blocks: &[Block]) {
    for filler in 0..24 {
        let mut all = vec![Block::paragraph("above"); filler];
        all.extend_from_slice(blocks);
        check_pages(&DocumentTree::new(all), SMALL_PAGE);
    }
}

/// Checks that everything is on the pages, once, and nothing leaves them.
fn check_pages(tree: &DocumentTree, height: f32) {
    let pages = composed(tree, height);
    for (number, page) in pages.pages.iter().enumerate() {
        for draw in page.under.iter().chain(&page.over) {
            check_draw(draw, number + 1, height);
        }
    }
    let painted = painted(&pages);
    assert!(
        painted.values().all(|times| *times == 1),
        "a line is painted twice"
    );
    let mut letters = 0;
    let mut counted = HashSet::new();
    for draw in pages.pages.iter().flat_map(|page| &page.over) {
        match draw {
            // The alternative text of the samples, which the plain text has.
            Draw::Image { tag, .. } if *tag != ARTIFACT => letters += "alt".len(),
            Draw::Line { shaped, tag, .. }
                if *tag != ARTIFACT && counted.insert(std::rc::Rc::as_ptr(shaped).addr()) =>
            {
                letters += letters_of(&shaped.text);
                for line in 0..shaped.lines.len() {
                    assert!(
                        painted.contains_key(&(std::rc::Rc::as_ptr(shaped).addr(), line)),
                        "line {line} of {:?} is missing",
                        shaped.text
                    );
                }
            }
            _ => {}
        }
    }
    let words = letters_of(&tree.plain_text());
    // Markers and the words in the place of pictures come on top.
    assert!(letters >= words, "{letters} of {words} letters");
}

/// Checks that something is within the height of the text. There is no exception: even the lowest page has room for
/// the highest line. Only half the width of the lines of a table goes beyond.
fn check_draw(draw: &Draw, page: usize, height: f32) {
    // What sums of heights may be wrong by.
    let slack = 0.05;
    let (what, top, bottom, slack) = match draw {
        Draw::Line {
            shaped, line, y, ..
        } => (&*shaped.text, *y, y + shaped.lines[*line].height, slack),
        Draw::Image { y, height, .. } => ("a picture", *y, y + height, slack),
        Draw::Fill { y, height, .. } => ("a fill", *y, y + height, slack + rows::HAIR),
    };
    assert!(
        top >= -slack && bottom <= height + slack,
        "{what:?} on page {page} is from {top} to {bottom}, the text only to {height}"
    );
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

fn letters_of(text: &str) -> usize {
    text.chars().filter(char::is_ascii_alphabetic).count()
}

/// The words of a page with where their lines begin, in the order in which they are painted.
fn lines_of(page: &pages::Page) -> Vec<(String, f32)> {
    let line = |draw: &Draw| match draw {
        Draw::Line { shaped, y, .. } => Some((shaped.text.to_string(), *y)),
        _ => None,
    };
    page.over.iter().filter_map(line).collect()
}
