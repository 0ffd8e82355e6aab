//! Lists: their items and the markers beside them.

use std::rc::Rc;

use super::flow::{Place, Writer};
use super::numerals::numeral;
use super::piece::{Draw, Flow, Piece};
use super::tags::Role;
use super::text::{Line, Setting, Shaped};
use crate::export::is_right_to_left;
use crate::export::measures::{LIST_INDENT, MUTED, PARAGRAPH_GAP};
use crate::tree::{Block, ListItem, inline_text};

/// The space between the items of a list.
pub const ITEM_GAP: f32 = 3.5;
/// The space between a marker and its item.
const MARKER_GAP: f32 = 7.0;
/// More than the longest marker is wide.
const MARKER_WIDTH: f32 = 200.0;

impl Writer<'_, '_> {
    pub fn bullet_list(&mut self, items: &[ListItem], place: Place, out: &mut Vec<Flow>) {
        let bullet = ["•", "–", "·"][(place.lists - place.ordered.min(place.lists)) % 3];
        let markers = vec![bullet.to_owned(); items.len()];
        let tag = self.tags.add(place.tag, Role::List { ordered: false });
        self.items(items, &markers, Place { tag, ..place }, out);
    }

    pub fn ordered_list(
        &mut self,
        start: u32,
        items: &[ListItem],
        place: Place,
        out: &mut Vec<Flow>,
    ) {
        let markers: Vec<String> = (u64::from(start)..)
            .take(items.len())
            .map(|number| format!("{}.", numeral(number, place.ordered)))
            .collect();
        let tag = self.tags.add(place.tag, Role::List { ordered: true });
        let place = Place {
            tag,
            ordered: place.ordered + 1,
            ..place
        };
        self.items(items, &markers, place, out);
    }

    fn items(&mut self, items: &[ListItem], markers: &[String], place: Place, out: &mut Vec<Flow>) {
        let setting = Setting {
            colour: MUTED,
            bold: false,
            italic: false,
            ..Self::setting(place)
        };
        let markers: Vec<(Rc<Shaped>, f32)> = markers
            .iter()
            .map(|marker| {
                let shaped = self.setter.set_plain(marker, setting, MARKER_WIDTH);
                let width = shaped.lines.first().map_or(0.0, Line::width);
                (shaped, width)
            })
            .collect();
        let widest = markers.iter().map(|(_, width)| *width).fold(0.0, f32::max);
        let indent = LIST_INDENT.max(widest + MARKER_GAP);
        for (item, (marker, width)) in items.iter().zip(markers) {
            let tag = self.tags.add(place.tag, Role::Item);
            let label = self.tags.add(tag, Role::Label);
            let body = self.tags.add(tag, Role::ItemBody);
            // Where a text begins on the right, so does its marker.
            let mirrored = matches!(
                item.content.first(),
                Some(Block::Paragraph { content, .. }) if is_right_to_left(&inline_text(content))
            );
            let inside = Place {
                x: if mirrored { place.x } else { place.x + indent },
                width: place.width - indent,
                lists: place.lists + 1,
                tag: body,
                ..place
            };
            let begin = out.len();
            self.blocks(&item.content, inside, out);
            let x = if mirrored {
                place.x + place.width - indent + MARKER_GAP
            } else {
                place.x + indent - MARKER_GAP - width
            };
            // Trees are normalised: an item begins with a paragraph.
            if let Some(Flow::Piece(first)) = out.get_mut(begin) {
                put_marker(first, marker, x, label);
            }
        }
        if place.lists == 0
            && let Some(Flow::Piece(last)) = out.last_mut()
        {
            last.after = last.after.max(PARAGRAPH_GAP);
        }
    }
}

/// Puts a marker beside the first line of an item, on the same baseline.
fn put_marker(first: &mut Piece, marker: Rc<Shaped>, x: f32, tag: usize) {
    let Line {
        height, baseline, ..
    } = marker.lines[0];
    let below = match first.draws.first() {
        Some(Draw::Line { shaped, line, .. }) => shaped.lines[*line].baseline - baseline,
        _ => 0.0,
    };
    // In another face or size the marker may begin above the line or end below it.
    first.pad_above((-below).max(0.0));
    let y = below.max(0.0);
    first.height = first.height.max(y + height);
    let draw = Draw::Line {
        shaped: marker,
        line: 0,
        x,
        y,
        tag,
    };
    first.draws.insert(0, draw);
}
