//! Putting pieces on pages.

use std::collections::BTreeMap;

use super::piece::{Bar, Draw, Flow, Piece, ROUNDING, Table, stacked};
use super::rows::{TABLE_GAP, least_beginning};

/// What is painted on a page, in this order. Places count from the upper left corner of the text.
#[derive(Default)]
pub struct Page {
    pub under: Vec<Draw>,
    pub over: Vec<Draw>,
}

/// The pages of a document.
pub struct Pages {
    pub pages: Vec<Page>,
    /// For each heading, on which page and how far down it begins.
    pub headings: BTreeMap<usize, (usize, f32)>,
}

/// Distributes what follows what over pages whose text is `height` points high.
pub fn paginate(flow: &[Flow], bars: &[Bar], height: f32) -> Pages {
    let mut paginator = Paginator::new(bars, height);
    let mut index = 0;
    while index < flow.len() {
        match &flow[index] {
            Flow::Break => {
                paginator.next_page();
                index += 1;
            }
            Flow::Table(table) => {
                paginator.table(table);
                index += 1;
            }
            Flow::Piece(_) => {
                let group = together(&flow[index..]);
                index += group.len();
                let table = match flow.get(index) {
                    Some(Flow::Table(table)) => Some(table),
                    _ => None,
                };
                paginator.group(&group, table);
            }
        }
    }
    paginator.finish()
}

/// The pieces that stay together: up to and with the first that may be the last on a page.
fn together(flow: &[Flow]) -> Vec<&Piece> {
    let mut group = Vec::new();
    for piece in flow.iter().map_while(Flow::piece) {
        group.push(piece);
        if !piece.keep {
            break;
        }
    }
    group
}

/// Fills one page after the other.
pub struct Paginator<'a> {
    bars: &'a [Bar],
    /// How high the text of a page may be.
    pub height: f32,
    /// How far down this page is filled.
    pub y: f32,
    /// The space the last piece wants below it; nothing at the top of a page.
    pub after: Option<f32>,
    pub page: Page,
    pages: Vec<Page>,
    headings: BTreeMap<usize, (usize, f32)>,
    /// Bars that may go on.
    open: OpenBars,
}

/// For each bar that may go on, where it began and how far it has come.
pub type OpenBars = BTreeMap<usize, (f32, f32)>;

impl<'a> Paginator<'a> {
    pub fn new(bars: &'a [Bar], height: f32) -> Self {
        Self {
            bars,
            height,
            y: 0.0,
            after: None,
            page: Page::default(),
            pages: Vec::new(),
            headings: BTreeMap::new(),
            open: OpenBars::new(),
        }
    }

    fn finish(mut self) -> Pages {
        self.next_page();
        Pages {
            pages: self.pages,
            headings: self.headings,
        }
    }

    pub fn next_page(&mut self) {
        self.end_bars();
        self.pages.push(std::mem::take(&mut self.page));
        self.y = 0.0;
        self.after = None;
    }

    pub fn end_bars(&mut self) {
        let ended = std::mem::take(&mut self.open);
        self.paint_bars(ended, 0.0);
    }

    pub fn paint_bars(&mut self, ended: OpenBars, x: f32) {
        for (number, (top, bottom)) in ended {
            let bar = self.bars[number];
            self.page.under.push(Draw::Fill {
                x: x + bar.x,
                y: top,
                width: bar.width,
                height: bottom - top,
                colour: bar.colour,
            });
        }
    }

    /// The space to leave above something that wants `before`.
    pub fn gap(&self, before: f32) -> f32 {
        self.after.map_or(0.0, |after| after.max(before))
    }

    pub fn has_room(&self, height: f32) -> bool {
        self.y + height <= self.height + ROUNDING
    }

    /// Puts pieces on one page where possible, the last of them together with the beginning of a table that follows.
    fn group(&mut self, group: &[&Piece], table: Option<&Table>) {
        let mut needed = stacked(group.iter().copied());
        // A heading stays with the first rows of its table.
        if let (Some(last), Some(table)) = (group.last(), table)
            && last.keep
        {
            needed += last.after.max(TABLE_GAP) + least_beginning(table, self.height);
        }
        let gap = group.first().map_or(0.0, |first| self.gap(first.before));
        if self.after.is_some() && !self.has_room(gap + needed) && needed <= self.height {
            self.next_page();
        }
        for piece in group {
            if self.after.is_some() && !self.has_room(self.gap(piece.before) + piece.height) {
                self.next_page();
            }
            self.y += self.gap(piece.before);
            self.put(piece);
            self.after = Some(piece.after);
        }
    }

    fn put(&mut self, piece: &Piece) {
        if let Some(heading) = piece.heading {
            self.headings.insert(heading, (self.pages.len(), self.y));
        }
        // Bars that don't go through this piece have ended.
        let (open, ended) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|(number, _)| piece.bars.contains(number));
        self.open = open;
        self.paint_bars(ended, 0.0);
        let bottom = self.y + piece.height;
        for &number in &piece.bars {
            self.open.entry(number).or_insert((self.y, bottom)).1 = bottom;
        }
        for draw in &piece.draws {
            self.page.over.push(draw.moved(0.0, self.y));
        }
        self.y = bottom;
    }
}
