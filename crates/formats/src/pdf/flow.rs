//! From the tree to pieces that can be put on pages.

use std::rc::Rc;

use super::lists::ITEM_GAP;
use super::piece::{Bar, Draw, Flow, Heading, Piece};
use super::tags::{ROOT, Role, Tags};
use super::text::{Setter, Setting, Shaped};
use crate::export::anchors::{Slugs, heading_text};
use crate::export::measures::{
    BODY, CODE, LINE, MUTED, PARAGRAPH_GAP, QUOTE_INDENT, SHADE, TABLE, heading_measure,
};
use crate::export::picture::Pictures;
use crate::tree::{Align, Block, Inline};

/// The space around the text of a code block.
pub const CODE_PAD: f32 = 6.0;

/// Where a block stands.
#[derive(Clone, Copy)]
pub struct Place {
    pub x: f32,
    pub width: f32,
    /// How many lists it is in.
    pub lists: usize,
    /// How many of them are ordered.
    pub ordered: usize,
    pub quoted: bool,
    pub in_cell: bool,
    pub header_cell: bool,
    /// The part of the document it belongs to.
    pub tag: usize,
}

impl Place {
    /// The place of text that nothing is around.
    pub fn of_width(width: f32) -> Self {
        Self {
            x: 0.0,
            width,
            lists: 0,
            ordered: 0,
            quoted: false,
            in_cell: false,
            header_cell: false,
            tag: ROOT,
        }
    }
}

/// Makes pieces of blocks.
pub struct Writer<'w, 'p> {
    pub setter: &'w mut Setter,
    pub pictures: &'w mut Pictures<'p>,
    pub tags: &'w mut Tags,
    /// All bars, by number.
    pub bars: Vec<Bar>,
    pub headings: Vec<Heading>,
    slugs: Slugs,
    /// The bars that go through what is being set.
    pub open_bars: Vec<usize>,
    /// How high the text of a page may be.
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

    pub fn setting(place: Place) -> Setting {
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
            Block::BulletList(items) => self.bullet_list(items, place, out),
            Block::OrderedList { start, items } => self.ordered_list(*start, items, place, out),
            Block::Blockquote(content) => self.quote(content, place, out),
            Block::CodeBlock { text, .. } => self.code(text, place, out),
            Block::Table(rows) => self.table(rows, place, out),
            Block::Image(image) => self.image(image, place, out),
            Block::HorizontalRule => self.rule(place, out),
            Block::PageBreak => {
                if !place.in_cell {
                    out.push(Flow::Break);
                }
            }
        }
    }

    /// Sets something with a bar through all of it.
    fn with_bar(&mut self, bar: Bar, set: impl FnOnce(&mut Self)) {
        self.open_bars.push(self.bars.len());
        self.bars.push(bar);
        set(self);
        self.open_bars.pop();
    }

    fn quote(&mut self, content: &[Block], place: Place, out: &mut Vec<Flow>) {
        let bar = Bar {
            x: place.x + 2.0,
            width: 2.0,
            colour: LINE,
        };
        let tag = self.tags.add(place.tag, Role::Quote);
        let inside = Place {
            x: place.x + QUOTE_INDENT,
            width: place.width - QUOTE_INDENT,
            quoted: true,
            tag,
            ..place
        };
        let begin = out.len();
        self.with_bar(bar, |writer| writer.blocks(content, inside, out));
        add_space(&mut out[begin..], 4.0, PARAGRAPH_GAP + 4.0);
    }

    fn rule(&mut self, place: Place, out: &mut Vec<Flow>) {
        let height = 0.75;
        out.push(Flow::Piece(Piece {
            height,
            before: 14.0,
            after: 14.0,
            draws: vec![Draw::Fill {
                x: place.x,
                y: 0.0,
                width: place.width.max(1.0),
                height,
                colour: LINE,
            }],
            bars: self.open_bars.clone(),
            ..Piece::default()
        }));
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
    pub fn lines(
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
        let ground = Bar {
            x: place.x,
            width: place.width.max(1.0),
            colour: SHADE,
        };
        let begin = out.len();
        self.with_bar(ground, |writer| {
            let x = place.x + CODE_PAD + 2.0;
            writer.lines(&shaped, x, tag, (7.0, PARAGRAPH_GAP + 3.0), false, out);
        });
        // The ground is seen above the first line and below the last.
        if let Some(Flow::Piece(first)) = out.get_mut(begin) {
            first.pad_above(CODE_PAD);
        }
        if let Some(Flow::Piece(last)) = out.last_mut() {
            last.height += CODE_PAD;
        }
    }
}

/// Leaves at least so much space above the first piece and below the last.
fn add_space(flow: &mut [Flow], before: f32, after: f32) {
    if let Some(Flow::Piece(first)) = flow.first_mut() {
        first.before = first.before.max(before);
    }
    if let Some(Flow::Piece(last)) = flow.last_mut() {
        last.after = last.after.max(after);
    }
}
