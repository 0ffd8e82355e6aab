//! Pictures with their captions, and words in the place of those that can't be shown.

use super::flow::{Place, Writer};
use super::piece::{Draw, Flow, Piece};
use super::raster::embed;
use super::rows::WHOLE_SHARE;
use super::tags::Role;
use super::text::Setting;
use crate::export::measures::{MUTED, PARAGRAPH_GAP, SMALL};
use crate::export::picture::placeholder;
use crate::tree::{Align, Image};

/// How much of the height of a page a picture may take, so that its caption goes with it.
const PAGE_SHARE: f32 = 0.85;
/// The same in a cell of a table.
const CELL_SHARE: f32 = 0.5;

const _: () = assert!(CELL_SHARE <= WHOLE_SHARE);

impl Writer<'_, '_> {
    pub fn image(&mut self, image: &Image, place: Place, out: &mut Vec<Flow>) {
        let picture = self.pictures.get(&image.src);
        let embedded = picture
            .as_deref()
            .and_then(|picture| embed(picture).map(|image| (picture, image)));
        let Some((picture, embedded)) = embedded else {
            self.words_of_picture(image, place, out);
            return;
        };
        let share = if place.in_cell {
            CELL_SHARE
        } else {
            PAGE_SHARE
        };
        let (width, height) =
            picture.fitted(image.width, place.width.max(8.0), self.page_height * share);
        let alternative = image.alt.clone().unwrap_or_default();
        let tag = self.tags.add(place.tag, Role::Figure(alternative));
        let caption = image.title.as_deref().map(str::trim).unwrap_or_default();
        out.push(Flow::Piece(Piece {
            height,
            before: 6.0,
            after: if caption.is_empty() { 12.0 } else { 5.0 },
            keep: !caption.is_empty(),
            draws: vec![Draw::Image {
                image: embedded,
                x: place.x + ((place.width - width) / 2.0).max(0.0),
                y: 0.0,
                width,
                height,
                tag,
            }],
            bars: self.open_bars.clone(),
            heading: None,
        }));
        if !caption.is_empty() {
            self.caption(caption, place, out);
        }
    }

    fn caption(&mut self, caption: &str, place: Place, out: &mut Vec<Flow>) {
        let setting = Setting {
            size: SMALL,
            leading: 1.35,
            colour: MUTED,
            align: Some(Align::Center),
            ..Setting::default()
        };
        let tag = self.tags.add(place.tag, Role::Caption);
        let shaped = self.setter.set_plain(caption, setting, place.width);
        self.lines(&shaped, place.x, tag, (0.0, 12.0), false, out);
    }

    /// What is said in the place of a picture that can't be shown.
    fn words_of_picture(&mut self, image: &Image, place: Place, out: &mut Vec<Flow>) {
        let setting = Setting {
            italic: true,
            colour: MUTED,
            ..Self::setting(place)
        };
        let tag = self.tags.add(place.tag, Role::Paragraph);
        let words = placeholder(image);
        let shaped = self.setter.set_plain(&words, setting, place.width);
        self.lines(&shaped, place.x, tag, (0.0, PARAGRAPH_GAP), false, out);
    }
}
