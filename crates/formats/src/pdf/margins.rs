//! What stands around the text on every page: the letterhead above, footer and number of the page below.

use super::piece::Draw;
use super::raster::embed;
use super::tags::ARTIFACT;
use super::text::{Setter, Setting};
use crate::export::measures::{LOGO_HEIGHT, LOGO_WIDTH, MUTED, SMALL};
use crate::export::picture::Picture;
use crate::export::{Letterhead, Meta, Sheet, margin_lines};
use crate::tree::Align;

/// The distance of lines, as a multiple of their size.
const LEADING: f32 = 1.3;

fn small(align: Align) -> Setting {
    Setting {
        size: SMALL,
        leading: LEADING,
        colour: MUTED,
        align: Some(align),
        ..Setting::default()
    }
}

/// The head of every page; places count from the corner of the sheet.
pub struct Head {
    pub draws: Vec<Draw>,
    /// How far down it reaches; 0 when there is nothing.
    pub bottom: f32,
}

impl Head {
    pub fn set(setter: &mut Setter, letterhead: &Letterhead, sheet: &Sheet) -> Self {
        let top = sheet.top.min(36.0) * 0.9;
        let mut draws = Vec::new();
        let mut height = 0.0f32;
        let mut text_left = 0.0;
        let logo = letterhead.logo.as_deref().and_then(Picture::decode);
        let logo = logo.and_then(|picture| embed(&picture).map(|image| (picture, image)));
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
            let text_height = shaped.height();
            let y = top + ((height - text_height) / 2.0).max(0.0);
            draws.extend(Draw::lines(&shaped, (sheet.left + text_left, y), ARTIFACT));
            height = height.max(text_height);
        }
        Self {
            bottom: if draws.is_empty() { 0.0 } else { top + height },
            draws,
        }
    }
}

/// The foot of every page.
pub struct Foot {
    draws: Vec<Draw>,
    /// Where it begins; the lower edge of the sheet when there is nothing.
    pub top: f32,
    /// Where the number of the page goes: the right edge, and the top of the last line.
    number: Option<(f32, f32)>,
}

impl Foot {
    pub fn set(setter: &mut Setter, letterhead: &Letterhead, sheet: &Sheet) -> Self {
        let lines = margin_lines(&letterhead.footer);
        let edge = sheet.height - sheet.bottom.min(36.0) * 0.9;
        let number = letterhead
            .page_numbers
            .then_some((sheet.width - sheet.right, edge - SMALL * LEADING));
        if lines.is_empty() {
            return Self {
                draws: Vec::new(),
                top: number.map_or(sheet.height, |(_, top)| top),
                number,
            };
        }
        // The number needs its place at the right.
        let width = sheet.text_width() - number.map_or(0.0, |_| 90.0);
        let shaped = setter.set_plain(&lines.join("\n"), small(Align::Left), width);
        let top = edge - shaped.height();
        Self {
            draws: Draw::lines(&shaped, (sheet.left, top), ARTIFACT),
            top,
            number,
        }
    }

    /// What is painted at the foot of a page.
    pub fn draws(&self, setter: &mut Setter, meta: &Meta, page: usize, count: usize) -> Vec<Draw> {
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
