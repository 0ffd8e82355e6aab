//! The tree as PDF, without another program: set by `parley`, written by `krilla`.
//!
//! The way of a document: [`flow`] sets its text and makes pieces of it (a line, a picture, a table); [`pages`] puts
//! the pieces on pages, so that the number of pages is known; [`paint`] paints them with header and footer. Headings
//! become bookmarks, links become active, and the structure is tagged for people who listen to the document.

mod cells;
mod flow;
mod fonts;
mod numerals;
mod pages;
mod paint;
mod raster;
mod tags;
mod text;

use krilla::destination::XyzDestination;
use krilla::error::KrillaError;
use krilla::geom::Point;
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::{Document, SerializeSettings};

use crate::export::measures::{LOGO_HEIGHT, LOGO_WIDTH, MUTED, SMALL};
use crate::export::picture::{Picture, Pictures};
use crate::export::{ExportError, Images, Letterhead, Meta, Sheet, margin_lines};
use crate::tree::{Align, DocumentTree};
use flow::{Draw, Heading};
use pages::Pages;
use tags::{ARTIFACT, Tags};
use text::{Setter, Setting};

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
    let places = headings
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
            &places,
            (sheet.left, top),
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
    let mut writer = flow::Writer::new(setter, pictures, tags, height);
    let mut flow = Vec::new();
    writer.blocks(&tree.content, flow::whole(width), &mut flow);
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

fn small(align: Align) -> Setting {
    Setting {
        size: SMALL,
        leading: 1.3,
        colour: MUTED,
        align: Some(align),
        ..Setting::default()
    }
}

/// The head of every page; places count from the corner of the sheet.
struct Head {
    draws: Vec<Draw>,
    bottom: f32,
}

impl Head {
    fn set(setter: &mut Setter, letterhead: &Letterhead, sheet: &Sheet) -> Self {
        let top = sheet.top.min(36.0) * 0.9;
        let mut draws = Vec::new();
        let mut height = 0.0f32;
        let mut text_left = 0.0;
        let logo = letterhead.logo.as_deref().and_then(Picture::decode);
        let logo = logo.and_then(|picture| raster::embed(&picture).map(|image| (picture, image)));
        if let Some((picture, image)) = logo {
            let (width, logo_height) =
                picture.fitted(None, LOGO_WIDTH.min(sheet.text_width()), LOGO_HEIGHT);
            draws.push(Draw::Image {
                image,
                x: sheet.left,
                y: top,
                width,
                height: logo_height,
                tag: ARTIFACT,
            });
            height = logo_height;
            text_left = width + 12.0;
        }
        let lines = margin_lines(&letterhead.header);
        if !lines.is_empty() {
            let align = if text_left > 0.0 {
                Align::Right
            } else {
                Align::Left
            };
            let shaped = setter.set_plain(
                &lines.join("\n"),
                small(align),
                sheet.text_width() - text_left,
            );
            let text_height: f32 = shaped.lines.iter().map(|line| line.height).sum();
            let mut y = top + ((height - text_height) / 2.0).max(0.0);
            for (index, line) in shaped.lines.iter().enumerate() {
                draws.push(Draw::Line {
                    shaped: std::rc::Rc::clone(&shaped),
                    line: index,
                    x: sheet.left + text_left,
                    y,
                    tag: ARTIFACT,
                });
                y += line.height;
            }
            height = height.max(text_height);
        }
        Self {
            bottom: if draws.is_empty() { 0.0 } else { top + height },
            draws,
        }
    }
}

/// The foot of every page.
struct Foot {
    draws: Vec<Draw>,
    top: f32,
    /// Where the number of the page goes: the right edge, and the top of the last line.
    number: Option<(f32, f32)>,
}

impl Foot {
    fn set(setter: &mut Setter, letterhead: &Letterhead, sheet: &Sheet) -> Self {
        let lines = margin_lines(&letterhead.footer);
        let edge = sheet.height - sheet.bottom.min(36.0) * 0.9;
        // The number needs its place at the right.
        let width = sheet.text_width() - if letterhead.page_numbers { 90.0 } else { 0.0 };
        let shaped = setter.set_plain(&lines.join("\n"), small(Align::Left), width);
        let line_height = SMALL * 1.3;
        if lines.is_empty() {
            let top = edge - line_height;
            return Self {
                draws: Vec::new(),
                top: if letterhead.page_numbers {
                    top
                } else {
                    sheet.height
                },
                number: letterhead
                    .page_numbers
                    .then_some((sheet.width - sheet.right, top)),
            };
        }
        let height: f32 = shaped.lines.iter().map(|line| line.height).sum();
        let top = edge - height;
        let mut y = top;
        let mut draws = Vec::new();
        for (index, line) in shaped.lines.iter().enumerate() {
            draws.push(Draw::Line {
                shaped: std::rc::Rc::clone(&shaped),
                line: index,
                x: sheet.left,
                y,
                tag: ARTIFACT,
            });
            y += line.height;
        }
        Self {
            draws,
            top,
            number: letterhead
                .page_numbers
                .then_some((sheet.width - sheet.right, edge - line_height)),
        }
    }

    fn draws(&self, setter: &mut Setter, meta: &Meta, page: usize, count: usize) -> Vec<Draw> {
        let mut draws = self.draws.clone();
        if let Some((right, y)) = self.number {
            let (word, of) = meta.page_words();
            let width = 160.0;
            draws.push(Draw::Line {
                shaped: setter.set_plain(
                    &format!("{word} {page} {of} {count}"),
                    small(Align::Right),
                    width,
                ),
                line: 0,
                x: right - width,
                y,
                tag: ARTIFACT,
            });
        }
        draws
    }
}

#[cfg(test)]
mod tests;
