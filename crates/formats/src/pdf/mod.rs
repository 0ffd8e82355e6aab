//! The tree as PDF, without another program: set by `parley`, written by `krilla`.
//!
//! The way of a document: [`flow`] sets its text and makes pieces of it (a line, a picture, a table); [`pages`] puts
//! the pieces on pages, and [`rows`] the tables, so that the number of pages is known; [`paint`] paints them with
//! header and footer, which [`margins`] sets. Headings become bookmarks, links become active, and the structure is
//! tagged for people who listen to the document.

mod cells;
mod figures;
mod flow;
mod fonts;
mod lists;
mod margins;
mod numerals;
mod pages;
mod paint;
mod piece;
mod raster;
mod rows;
mod tags;
mod text;

use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};

use crate::export::picture::Pictures;
use crate::export::{ExportError, Images, Letterhead, Meta, Sheet};
use crate::tree::DocumentTree;
use flow::{Place, Writer};
use margins::{Foot, Head};
use pages::Pages;
use piece::Heading;
use tags::Tags;
use text::Setter;

/// The least height of the text, however high header and footer are, in points.
const LEAST_TEXT: f32 = 120.0;

/// The tree as the bytes of a PDF file.
pub fn export(
    tree: &DocumentTree,
    letterhead: &Letterhead,
    images: &Images,
    meta: &Meta,
) -> Result<Vec<u8>, ExportError> {
    match write(tree, letterhead, images, meta, true) {
        // A face of the system that can't be embedded must not cost the document; its letters are lost, its words
        // stay in the text layer.
        Err(KrillaError::Font(..)) => write(tree, letterhead, images, meta, false),
        other => other,
    }
    .map_err(|error| ExportError::Pdf(error.to_string()))
}

fn write(
    tree: &DocumentTree,
    letterhead: &Letterhead,
    images: &Images,
    meta: &Meta,
    system_fonts: bool,
) -> Result<Vec<u8>, KrillaError> {
    let words = tree.plain_text();
    let texts = [
        words.as_str(),
        letterhead.header.as_str(),
        letterhead.footer.as_str(),
    ];
    let mut setter = Setter::new(fonts::context_for(texts.into_iter(), system_fonts));
    let mut pictures = Pictures::new(images);
    let mut tags = Tags::new();
    let sheet = Sheet::of(letterhead);
    let head = Head::set(&mut setter, letterhead, &sheet);
    let foot = Foot::set(&mut setter, letterhead, &sheet);
    let top = sheet.top.max(head.bottom + 14.0);
    let bottom = (sheet.height - sheet.bottom).min(foot.top - 14.0);
    let height = (bottom - top).max(LEAST_TEXT);

    let (headings, pages) = compose(
        tree,
        &mut setter,
        &mut pictures,
        &mut tags,
        (sheet.text_width(), height),
    );
    let mut document = Document::new_with(SerializeSettings::default());
    document.set_metadata(metadata(meta));
    document.set_outline(outline(&headings, &pages, (sheet.left, top)));
    let anchors = headings
        .iter()
        .enumerate()
        .filter_map(|(number, heading)| Some((heading.name.clone(), *pages.headings.get(&number)?)))
        .collect();
    let count = pages.pages.len();
    for (index, page) in pages.pages.iter().enumerate() {
        let mut around = head.draws.clone();
        around.extend(foot.draws(&mut setter, meta, index + 1, count));
        paint::paint(
            &mut document,
            &paint::Sheet {
                width: sheet.width,
                height: sheet.height,
                origin: (sheet.left, top),
                page,
                around: &around,
            },
            &setter,
            &mut tags,
            &anchors,
        );
    }
    document.set_tag_tree(tags.into_tree());
    document.finish()
}

/// Sets the text and puts it on pages.
fn compose(
    tree: &DocumentTree,
    setter: &mut Setter,
    pictures: &mut Pictures<'_>,
    tags: &mut Tags,
    (width, height): (f32, f32),
) -> (Vec<Heading>, Pages) {
    let mut writer = Writer::new(setter, pictures, tags, height);
    let mut flow = Vec::new();
    writer.blocks(&tree.content, Place::of_width(width), &mut flow);
    let pages = pages::paginate(&flow, &writer.bars, height);
    (writer.headings, pages)
}

fn metadata(meta: &Meta) -> Metadata {
    let created = meta.created.to_offset(time::UtcOffset::UTC);
    let date = DateTime::new(u16::try_from(created.year()).unwrap_or(1970))
        .month(u8::from(created.month()))
        .day(created.day())
        .hour(created.hour())
        .minute(created.minute())
        .second(created.second())
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    let clean = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
    let mut metadata = Metadata::new()
        .title(clean(&meta.title))
        .language(meta.language().to_owned())
        .creator("Carrel".to_owned())
        .creation_date(date);
    if let Some(author) = meta.author.as_deref().filter(|author| !author.is_empty()) {
        metadata = metadata.authors(vec![clean(author)]);
    }
    metadata
}

/// The bookmarks: headings below the greater ones before them.
fn outline(headings: &[Heading], pages: &Pages, (left, top): (f32, f32)) -> Outline {
    let mut outline = Outline::new();
    // Greater headings that may still get lesser ones, the greatest first.
    let mut open: Vec<(u8, OutlineNode)> = Vec::new();
    let close = |open: &mut Vec<(u8, OutlineNode)>, outline: &mut Outline| {
        if let Some((_, node)) = open.pop() {
            match open.last_mut() {
                Some((_, parent)) => parent.push_child(node),
                None => outline.push_child(node),
            }
        }
    };
    for (number, heading) in headings.iter().enumerate() {
        let Some((page, y)) = pages.headings.get(&number) else {
            continue;
        };
        let title: String = heading.text.chars().filter(|c| !c.is_control()).collect();
        if title.trim().is_empty() {
            continue;
        }
        while open
            .last()
            .is_some_and(|(level, _)| *level >= heading.level)
        {
            close(&mut open, &mut outline);
        }
        let place = Point::from_xy(left, (top + y - 4.0).max(0.0));
        let node = OutlineNode::new(title, XyzDestination::new(*page, place));
        open.push((heading.level, node));
    }
    while !open.is_empty() {
        close(&mut open, &mut outline);
    }
    outline
}

#[cfg(test)]
mod tests;
