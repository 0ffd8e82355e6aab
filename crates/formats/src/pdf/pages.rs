//! Putting pieces on pages.

use std::collections::BTreeMap;

use super::cells::pad_x;
use super::flow::{Bar, Cell, Draw, Flow, Piece, Table};
use crate::export::measures::{CELL_PAD_Y, LINE, SHADE};

/// Half the width of the lines of a table.
const HAIR: f32 = 0.25;
/// The least height of a row.
const LEAST_ROW: f32 = 14.0;
/// The space around a table.
const TABLE_GAP: f32 = 9.0;

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
                let end = Paginator::group_end(flow, index);
                paginator.group(&flow[index..end], flow.get(end));
                index = end;
            }
        }
    }
    paginator.finish()
}

/// A table within a cell: as one piece where that fits on a page, otherwise cell after cell.
pub fn frozen(table: Table, bars: &[Bar], page_height: f32) -> Vec<Piece> {
    let mut paginator = Paginator::new(bars, f32::MAX / 4.0);
    paginator.table(&table);
    let height = paginator.y;
    if height <= page_height * 0.6 {
        let mut pages = paginator.finish();
        let page = pages.pages.pop().unwrap_or_default();
        let mut draws = page.under;
        draws.extend(page.over);
        return vec![Piece {
            height,
            before: 4.0,
            after: 4.0,
            draws,
            ..Piece::default()
        }];
    }
    table
        .cells
        .into_iter()
        .flat_map(|cell| cell.pieces)
        .collect()
}

struct Paginator<'a> {
    bars: &'a [Bar],
    height: f32,
    y: f32,
    /// The space the last piece wants below it; nothing at the top of a page.
    after: Option<f32>,
    page: Page,
    pages: Vec<Page>,
    headings: BTreeMap<usize, (usize, f32)>,
    /// Bars that may go on, with where they began and end.
    open: BTreeMap<usize, (f32, f32)>,
}

/// A cell whose content is being put on pages.
struct Active<'a> {
    cell: &'a Cell,
    /// How many of its pieces are on a page.
    done: usize,
    /// Where its part on this page begins.
    top: f32,
}

impl<'a> Paginator<'a> {
    fn new(bars: &'a [Bar], height: f32) -> Self {
        Self {
            bars,
            height,
            y: 0.0,
            after: None,
            page: Page::default(),
            pages: Vec::new(),
            headings: BTreeMap::new(),
            open: BTreeMap::new(),
        }
    }

    fn finish(mut self) -> Pages {
        self.next_page();
        Pages {
            pages: self.pages,
            headings: self.headings,
        }
    }

    fn next_page(&mut self) {
        let open = std::mem::take(&mut self.open);
        self.paint_bars(open, 0.0);
        self.pages.push(std::mem::take(&mut self.page));
        self.y = 0.0;
        self.after = None;
    }

    fn paint_bars(&mut self, open: BTreeMap<usize, (f32, f32)>, x: f32) {
        for (number, (top, bottom)) in open {
            let bar = self.bars[number];
            self.page.under.push(Draw::Fill {
                x: x + bar.x,
                y: top - bar.pad,
                width: bar.width,
                height: bottom - top + 2.0 * bar.pad,
                colour: bar.colour,
            });
        }
    }

    fn gap(&self, before: f32) -> f32 {
        self.after.map_or(0.0, |after| after.max(before))
    }

    /// The pieces that stay together from `begin`: up to and with the first that may be the last on a page.
    fn group_end(flow: &[Flow], begin: usize) -> usize {
        let mut end = begin;
        while let Some(Flow::Piece(piece)) = flow.get(end) {
            end += 1;
            if !piece.keep {
                break;
            }
        }
        end
    }

    fn group(&mut self, group: &[Flow], next: Option<&Flow>) {
        let mut needed = 0.0;
        let mut after = self.after;
        for flow in group {
            let Flow::Piece(piece) = flow else { continue };
            needed += after.map_or(0.0, |after| after.max(piece.before)) + piece.height;
            after = Some(piece.after);
        }
        // A heading stays with the first rows of its table.
        if let (Some(Flow::Piece(Piece { keep: true, .. })), Some(Flow::Table(table))) =
            (group.last(), next)
        {
            needed += TABLE_GAP + first_rows(table);
        }
        if self.after.is_some() && self.y + needed > self.height && needed <= self.height {
            self.next_page();
        }
        for flow in group {
            let Flow::Piece(piece) = flow else { continue };
            let gap = self.gap(piece.before);
            if self.after.is_some() && self.y + gap + piece.height > self.height + 0.01 {
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
        let ended: BTreeMap<usize, (f32, f32)> = self
            .open
            .iter()
            .filter(|(number, _)| !piece.bars.contains(number))
            .map(|(number, range)| (*number, *range))
            .collect();
        self.open.retain(|number, _| piece.bars.contains(number));
        self.paint_bars(ended, 0.0);
        let bottom = self.y + piece.height;
        for &number in &piece.bars {
            self.open.entry(number).or_insert((self.y, bottom)).1 = bottom;
        }
        for draw in &piece.draws {
            self.page.over.push(draw.moved(0.0, self.y, false));
        }
        self.y = bottom;
    }

    fn table(&mut self, table: &Table) {
        let ended = std::mem::take(&mut self.open);
        self.paint_bars(ended, 0.0);
        let gap = self.gap(TABLE_GAP);
        let first = first_rows(table);
        if self.after.is_some() && self.y + gap + first > self.height && first <= self.height {
            self.next_page();
        } else {
            self.y += gap;
        }
        let header = self.header_height(table);
        // A header that takes much of the page is not repeated.
        let repeated = if header <= self.height * 0.4 {
            header
        } else {
            0.0
        };
        let mut active: Vec<Active<'_>> = Vec::new();
        let mut cells = table.cells.iter().peekable();
        let mut page_top = self.y;
        for row in 0..table.rows {
            while let Some(cell) = cells.next_if(|cell| cell.row == row) {
                active.push(Active {
                    cell,
                    done: 0,
                    top: self.y,
                });
            }
            loop {
                let need = self.row_need(&active, row, table);
                if self.y + need <= self.height + 0.01 {
                    self.y += need;
                    self.end_row(&mut active, row, table);
                    break;
                }
                let at_top = self.y <= page_top + 0.01;
                let room = self.height - self.y;
                let capacity = self.height - repeated;
                let begins = active
                    .iter()
                    .any(|a| fit(&a.cell.pieces, a.done, room - 2.0 * CELL_PAD_Y) > 0);
                let move_whole = !at_top && (need <= capacity * 0.35 || !begins);
                if move_whole {
                    let y = self.y;
                    for cell in &mut active {
                        if cell.cell.row < row {
                            let room = y - cell.top - 2.0 * CELL_PAD_Y;
                            let end = cell.done + fit(&cell.cell.pieces, cell.done, room);
                            self.part(table, cell, end, y, false);
                        }
                    }
                } else {
                    let bottom = self.height.max(self.y + LEAST_ROW);
                    let mut moved = false;
                    for cell in &mut active {
                        let room = bottom - cell.top - 2.0 * CELL_PAD_Y;
                        let mut count = fit(&cell.cell.pieces, cell.done, room);
                        // Something must go on an empty page, even if it is higher than the page.
                        if count == 0 && at_top && !moved && cell.done < cell.cell.pieces.len() {
                            count = 1;
                        }
                        moved |= count > 0;
                        self.part(table, cell, cell.done + count, bottom, false);
                    }
                    self.y = bottom;
                }
                self.next_page();
                if repeated > 0.0 && row >= table.header_rows {
                    self.header(table);
                }
                page_top = self.y;
                for cell in &mut active {
                    cell.top = self.y;
                }
            }
        }
        self.after = Some(TABLE_GAP + 2.0);
    }

    /// How high a row has to be for the cells that end in it.
    fn row_need(&self, active: &[Active<'_>], row: usize, table: &Table) -> f32 {
        active
            .iter()
            .filter(|a| ends_in(a.cell, row, table))
            .map(|a| {
                let content = stacked(&a.cell.pieces, a.done) + 2.0 * CELL_PAD_Y;
                content - (self.y - a.top)
            })
            .fold(LEAST_ROW, f32::max)
    }

    fn end_row(&mut self, active: &mut Vec<Active<'_>>, row: usize, table: &Table) {
        let bottom = self.y;
        let mut index = 0;
        while index < active.len() {
            if ends_in(active[index].cell, row, table) {
                let mut cell = active.swap_remove(index);
                let end = cell.cell.pieces.len();
                self.part(table, &mut cell, end, bottom, false);
            } else {
                index += 1;
            }
        }
    }

    /// Puts the pieces of a cell up to `end` on the page, with its ground and its lines.
    fn part(
        &mut self,
        table: &Table,
        active: &mut Active<'_>,
        end: usize,
        bottom: f32,
        repeated: bool,
    ) {
        let cell = active.cell;
        let left = table.x + table.edges[cell.column];
        let right = table.x + table.edges[cell.column + cell.colspan];
        let (width, height) = (right - left, bottom - active.top);
        if height <= 0.0 {
            active.done = end;
            return;
        }
        if cell.header {
            self.page.under.push(Draw::Fill {
                x: left,
                y: active.top,
                width,
                height,
                colour: SHADE,
            });
        }
        let mut line = |x: f32, y: f32, width: f32, height: f32| {
            self.page.under.push(Draw::Fill {
                x,
                y,
                width,
                height,
                colour: LINE,
            });
        };
        line(
            left - HAIR,
            active.top - HAIR,
            width + 2.0 * HAIR,
            2.0 * HAIR,
        );
        line(left - HAIR, bottom - HAIR, width + 2.0 * HAIR, 2.0 * HAIR);
        line(left - HAIR, active.top, 2.0 * HAIR, height);
        line(right - HAIR, active.top, 2.0 * HAIR, height);
        let x = left + pad_x(width);
        let mut y = active.top + CELL_PAD_Y;
        let mut after: Option<f32> = None;
        let mut open: BTreeMap<usize, (f32, f32)> = BTreeMap::new();
        for piece in &cell.pieces[active.done..end] {
            y += after.map_or(0.0, |after| after.max(piece.before));
            for &number in &piece.bars {
                open.entry(number).or_insert((y, y)).1 = y + piece.height;
            }
            for draw in &piece.draws {
                self.page.over.push(draw.moved(x, y, repeated));
            }
            y += piece.height;
            after = Some(piece.after);
        }
        self.paint_bars(open, x);
        active.done = end;
        active.top = bottom;
    }

    fn header_height(&self, table: &Table) -> f32 {
        let mut copy = Paginator::new(self.bars, f32::MAX / 4.0);
        copy.header(table);
        copy.y
    }

    /// The header rows again, for the eyes only.
    fn header(&mut self, table: &Table) {
        for row in 0..table.header_rows {
            let mut active: Vec<Active<'_>> = table
                .cells
                .iter()
                .filter(|cell| cell.row <= row && cell.row + cell.rowspan > row)
                .map(|cell| Active {
                    cell,
                    done: 0,
                    top: self.y,
                })
                .collect();
            // Cells over several header rows are drawn with the first.
            active.retain(|a| a.cell.row == row);
            let need = active
                .iter()
                .map(|a| stacked(&a.cell.pieces, 0) + 2.0 * CELL_PAD_Y)
                .fold(LEAST_ROW, f32::max);
            let bottom = self.y + need;
            for mut cell in active {
                let end = cell.cell.pieces.len();
                self.part(table, &mut cell, end, bottom, true);
            }
            self.y = bottom;
        }
    }
}

fn ends_in(cell: &Cell, row: usize, table: &Table) -> bool {
    cell.row + cell.rowspan == row + 1 || row + 1 == table.rows
}

/// The height of the header rows and the row below them, as far as cells of one row tell.
fn first_rows(table: &Table) -> f32 {
    let row_height = |row: usize| {
        table
            .cells
            .iter()
            .filter(|cell| cell.row == row && cell.rowspan == 1)
            .map(|cell| stacked(&cell.pieces, 0) + 2.0 * CELL_PAD_Y)
            .fold(LEAST_ROW, f32::max)
    };
    (0..=table.header_rows.min(table.rows.saturating_sub(1)))
        .map(row_height)
        .sum()
}

/// The height of pieces from `begin` on, one below the other.
fn stacked(pieces: &[Piece], begin: usize) -> f32 {
    let mut height = 0.0;
    let mut after: Option<f32> = None;
    for piece in &pieces[begin.min(pieces.len())..] {
        height += after.map_or(0.0, |after| after.max(piece.before)) + piece.height;
        after = Some(piece.after);
    }
    height
}

/// How many pieces from `begin` on fit into a height.
fn fit(pieces: &[Piece], begin: usize, room: f32) -> usize {
    let mut height = 0.0;
    let mut after: Option<f32> = None;
    for (count, piece) in pieces[begin.min(pieces.len())..].iter().enumerate() {
        height += after.map_or(0.0, |after| after.max(piece.before)) + piece.height;
        if height > room + 0.01 {
            return count;
        }
        after = Some(piece.after);
    }
    pieces.len().saturating_sub(begin)
}

impl Draw {
    /// The same at another place; `repeated` drawings are no longer part of the text.
    fn moved(&self, dx: f32, dy: f32, repeated: bool) -> Self {
        let mut draw = self.clone();
        match &mut draw {
            Self::Line { x, y, tag, .. } | Self::Image { x, y, tag, .. } => {
                *x += dx;
                *y += dy;
                if repeated {
                    *tag = super::tags::ARTIFACT;
                }
            }
            Self::Fill { x, y, .. } => {
                *x += dx;
                *y += dy;
            }
        }
        draw
    }
}
