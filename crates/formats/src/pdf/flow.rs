//! From the tree to pieces that can be put on pages: lines, pictures, rules, tables.

use std::rc::Rc;

use krilla::image::Image as PdfImage;

use super::numerals::numeral;
use super::raster::embed;
use super::tags::{Role, Tags};
use super::text::{Setter, Setting, Shaped};
use crate::export::anchors::{Slugs, heading_text};
use crate::export::is_right_to_left;
use crate::export::measures::{
    BODY, CODE, LINE, LIST_INDENT, MUTED, PARAGRAPH_GAP, QUOTE_INDENT, SHADE, SMALL, TABLE,
    heading_measure,
};
use crate::export::picture::{Pictures, placeholder};
use crate::tree::{Align, Block, Image, Inline, ListItem, inline_text};

/// The space between the items of a list.
const ITEM_GAP: f32 = 3.5;
/// The space around the text of a code block.
pub const CODE_PAD: f32 = 6.0;

/// Something that is put on a page as a whole. Places in it count from its upper edge and the left edge of its column.
#[derive(Default)]
pub struct Piece {
    pub height: f32,
    /// The least space to the piece above; none at the top of a page.
    pub before: f32,
    /// The least space to the piece below.
    pub after: f32,
    /// Whether it may not be the last on a page.
    pub keep: bool,
    pub draws: Vec<Draw>,
    /// Stretches of colour that go through it and its neighbours.
    pub bars: Vec<usize>,
    /// The heading that begins here.
    pub heading: Option<usize>,
}

/// Something to paint.
#[derive(Clone)]
pub enum Draw {
    Line {
        shaped: Rc<Shaped>,
        line: usize,
        x: f32,
        y: f32,
        tag: usize,
    },
    Image {
        image: PdfImage,
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        tag: usize,
    },
    Fill {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        colour: [u8; 3],
    },
}

/// A stretch of colour behind or beside neighbouring pieces: the line of a quotation, the ground of code.
#[derive(Clone, Copy)]
pub struct Bar {
    pub x: f32,
    pub width: f32,
    pub colour: [u8; 3],
    /// How far it reaches beyond the pieces, above and below.
    pub pad: f32,
}

/// A heading, for bookmarks and links.
pub struct Heading {
    pub level: u8,
    pub text: String,
    /// The name links use.
    pub name: String,
}

/// What follows what.
pub enum Flow {
    Piece(Piece),
    Table(Box<Table>),
    Break,
}

/// A table with its cells set.
pub struct Table {
    pub x: f32,
    /// The left edges of the columns, and the right edge of the last, from `x`.
    pub edges: Vec<f32>,
    pub rows: usize,
    pub header_rows: usize,
    pub cells: Vec<Cell>,
}

pub struct Cell {
    pub row: usize,
    pub rowspan: usize,
    pub column: usize,
    pub colspan: usize,
    pub header: bool,
    pub pieces: Vec<Piece>,
}

/// Where a block stands.
#[derive(Clone, Copy)]
pub struct Place {
    pub x: f32,
    pub width: f32,
    pub lists: usize,
    pub ordered: usize,
    pub quoted: bool,
    pub in_cell: bool,
    pub header_cell: bool,
    pub tag: usize,
}

pub struct Writer<'w, 'p> {
    pub setter: &'w mut Setter,
    pub pictures: &'w mut Pictures<'p>,
    pub tags: &'w mut Tags,
    pub bars: Vec<Bar>,
    pub headings: Vec<Heading>,
    slugs: Slugs,
    pub open_bars: Vec<usize>,
    pub page_height: f32,
}

impl<'w, 'p> Writer<'w, 'p> {
    pub fn new(
        setter: &'w mut Setter,
        pictures: &'w mut Pictures<'p>,
        tags: &'w mut Tags,
        page_height: f32,
    ) -> Self {
        Self {
            setter,
            pictures,
            tags,
            bars: Vec::new(),
            headings: Vec::new(),
            slugs: Slugs::default(),
            open_bars: Vec::new(),
            page_height,
        }
    }

    pub fn blocks(&mut self, blocks: &[Block], place: Place, out: &mut Vec<Flow>) {
        for block in blocks {
            self.block(block, place, out);
        }
    }

    fn setting(place: Place) -> Setting {
        Setting {
            size: if place.in_cell { TABLE } else { BODY },
            leading: if place.in_cell {
                1.34
            } else {
                Setting::default().leading
            },
            bold: place.header_cell,
            italic: place.quoted,
            ..Setting::default()
        }
    }

    fn block(&mut self, block: &Block, place: Place, out: &mut Vec<Flow>) {
        match block {
            Block::Paragraph { align, content } => {
                let setting = Setting {
                    align: *align,
                    ..Self::setting(place)
                };
                let tag = self.tags.add(place.tag, Role::Paragraph);
                let shaped = self.setter.set(content, setting, place.width);
                let gap = if place.lists > 0 {
                    ITEM_GAP
                } else if place.in_cell {
                    3.0
                } else {
                    PARAGRAPH_GAP
                };
                self.lines(&shaped, place.x, tag, (0.0, gap), false, out);
            }
            Block::Heading {
                level,
                align,
                content,
            } => self.heading(*level, *align, content, place, out),
            Block::BulletList(items) => {
                let bullet = ["•", "–", "·"][(place.lists - place.ordered.min(place.lists)) % 3];
                let markers = vec![bullet.to_owned(); items.len()];
                let tag = self.tags.add(place.tag, Role::List { ordered: false });
                self.items(items, &markers, Place { tag, ..place }, out);
            }
            Block::OrderedList { start, items } => {
                let markers: Vec<String> = (u64::from(*start)..)
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
            Block::Blockquote(content) => {
                let bar = self.bar(Bar {
                    x: place.x + 2.0,
                    width: 2.0,
                    colour: LINE,
                    pad: 0.0,
                });
                let tag = self.tags.add(place.tag, Role::Quote);
                let inside = Place {
                    x: place.x + QUOTE_INDENT,
                    width: place.width - QUOTE_INDENT,
                    quoted: true,
                    tag,
                    ..place
                };
                let begin = out.len();
                self.open_bars.push(bar);
                self.blocks(content, inside, out);
                self.open_bars.pop();
                add_space(out, begin, 4.0, PARAGRAPH_GAP + 4.0);
            }
            Block::CodeBlock { text, .. } => self.code(text, place, out),
            Block::Table(rows) => self.table(rows, place, out),
            Block::Image(image) => self.image(image, place, out),
            Block::HorizontalRule => out.push(Flow::Piece(Piece {
                height: 0.75,
                before: 14.0,
                after: 14.0,
                draws: vec![Draw::Fill {
                    x: place.x,
                    y: 0.0,
                    width: place.width.max(1.0),
                    height: 0.75,
                    colour: LINE,
                }],
                bars: self.open_bars.clone(),
                ..Piece::default()
            })),
            Block::PageBreak => {
                if !place.in_cell {
                    out.push(Flow::Break);
                }
            }
        }
    }

    fn bar(&mut self, bar: Bar) -> usize {
        self.bars.push(bar);
        self.bars.len() - 1
    }

    fn heading(
        &mut self,
        level: u8,
        align: Option<Align>,
        content: &[Inline],
        place: Place,
        out: &mut Vec<Flow>,
    ) {
        let level = level.clamp(1, 6);
        let measure = heading_measure(level);
        let text = heading_text(content);
        let tag = self.tags.add(place.tag, Role::Heading(level, text.clone()));
        let scale = if place.in_cell { TABLE / BODY } else { 1.0 };
        let setting = Setting {
            size: measure.size * scale,
            leading: 1.22,
            bold: true,
            italic: measure.italic,
            colour: if measure.muted {
                MUTED
            } else {
                Setting::default().colour
            },
            align,
            ..Setting::default()
        };
        let shaped = self.setter.set(content, setting, place.width);
        let begin = out.len();
        self.lines(
            &shaped,
            place.x,
            tag,
            (measure.before * scale, measure.after * scale),
            true,
            out,
        );
        if !place.in_cell {
            let name = self.slugs.name(&text);
            if let Some(Flow::Piece(first)) = out.get_mut(begin) {
                first.heading = Some(self.headings.len());
            }
            self.headings.push(Heading { level, text, name });
        }
    }

    /// A piece for each line. The first two and the last two lines of a paragraph stay together.
    fn lines(
        &mut self,
        shaped: &Rc<Shaped>,
        x: f32,
        tag: usize,
        (before, after): (f32, f32),
        keep_all: bool,
        out: &mut Vec<Flow>,
    ) {
        let count = shaped.lines.len();
        for (index, line) in shaped.lines.iter().enumerate() {
            let last = index + 1 == count;
            out.push(Flow::Piece(Piece {
                height: line.height,
                before: if index == 0 { before } else { 0.0 },
                after: if last { after } else { 0.0 },
                keep: keep_all || (count > 1 && (index == 0 || index + 2 == count)),
                draws: vec![Draw::Line {
                    shaped: Rc::clone(shaped),
                    line: index,
                    x,
                    y: 0.0,
                    tag,
                }],
                bars: self.open_bars.clone(),
                heading: None,
            }));
        }
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
                let shaped = self.setter.set_plain(marker, setting, 200.0);
                let width = shaped.lines.first().map_or(0.0, line_width);
                (shaped, width)
            })
            .collect();
        let widest = markers.iter().map(|(_, width)| *width).fold(0.0, f32::max);
        let indent = LIST_INDENT.max(widest + 7.0);
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
            if let Some(Flow::Piece(first)) = out.get_mut(begin) {
                let own = match first.draws.first() {
                    Some(Draw::Line { shaped, line, .. }) => shaped.lines[*line].baseline,
                    _ => marker.lines[0].baseline,
                };
                first.draws.insert(
                    0,
                    Draw::Line {
                        x: if mirrored {
                            place.x + place.width - indent + 7.0
                        } else {
                            place.x + indent - 7.0 - width
                        },
                        y: own - marker.lines[0].baseline,
                        shaped: marker,
                        line: 0,
                        tag: label,
                    },
                );
            }
        }
        if place.lists == 0
            && let Some(Flow::Piece(last)) = out.last_mut()
        {
            last.after = last.after.max(PARAGRAPH_GAP);
        }
    }

    fn code(&mut self, text: &str, place: Place, out: &mut Vec<Flow>) {
        let setting = Setting {
            size: CODE,
            leading: 1.4,
            mono: true,
            align: Some(Align::Left),
            ..Setting::default()
        };
        let text = text.replace('\t', "    ");
        let tag = self.tags.add(place.tag, Role::Code);
        let shaped = self
            .setter
            .set_plain(&text, setting, place.width - 2.0 * CODE_PAD - 2.0);
        let bar = self.bar(Bar {
            x: place.x,
            width: place.width.max(1.0),
            colour: SHADE,
            pad: CODE_PAD,
        });
        self.open_bars.push(bar);
        let around = (CODE_PAD + 7.0, CODE_PAD + PARAGRAPH_GAP + 3.0);
        self.lines(&shaped, place.x + CODE_PAD + 2.0, tag, around, false, out);
        self.open_bars.pop();
    }

    fn image(&mut self, image: &Image, place: Place, out: &mut Vec<Flow>) {
        let picture = self.pictures.get(&image.src);
        let embedded = picture
            .as_deref()
            .and_then(|picture| embed(picture).map(|image| (picture, image)));
        let Some((picture, embedded)) = embedded else {
            let setting = Setting {
                italic: true,
                colour: MUTED,
                ..Self::setting(place)
            };
            let tag = self.tags.add(place.tag, Role::Paragraph);
            let shaped = self
                .setter
                .set_plain(&placeholder(image), setting, place.width);
            self.lines(&shaped, place.x, tag, (0.0, PARAGRAPH_GAP), false, out);
            return;
        };
        let share = if place.in_cell { 0.5 } else { 0.85 };
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
    }
}

fn add_space(out: &mut [Flow], begin: usize, before: f32, after: f32) {
    if let Some(Flow::Piece(first)) = out.get_mut(begin) {
        first.before = first.before.max(before);
    }
    if out.len() > begin
        && let Some(Flow::Piece(last)) = out.last_mut()
    {
        last.after = last.after.max(after);
    }
}

fn line_width(line: &super::text::Line) -> f32 {
    line.runs
        .iter()
        .map(|run| run.x + run.width)
        .fold(0.0, f32::max)
}

/// The place of the whole text.
pub fn whole(width: f32) -> Place {
    Place {
        x: 0.0,
        width,
        lists: 0,
        ordered: 0,
        quoted: false,
        in_cell: false,
        header_cell: false,
        tag: 0,
    }
}
