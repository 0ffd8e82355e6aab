//! Putting tables on pages, row by row.
//!
//! A row that doesn't fit goes to the next page as a whole when it is low, and is split between the pieces of its cells
//! when it is high. The header rows are repeated above what follows on the next page.

use super::LEAST_TEXT;
use super::cells::pad_x;
use super::pages::{OpenBars, Paginator};
use super::piece::{Bar, Cell, Draw, Piece, Table, fitting, stacked};
use crate::export::measures::{CELL_PAD_Y, LINE, SHADE};

/// Half the width of the lines of a table.
pub const HAIR: f32 = 0.25;
/// The least height of a row.
const LEAST_ROW: f32 = 14.0;
/// The space around a table.
pub const TABLE_GAP: f32 = 9.0;

/// Header rows higher than this share of a page are not repeated.
const REPEATED_SHARE: f32 = 0.3;
/// Rows up to this share of a page are moved to the next one rather than split.
const MOVED_SHARE: f32 = 0.35;
/// What stands in a cell and can't be split is at most this share of a page.
pub const WHOLE_SHARE: f32 = 0.6;

// Below a repeated header there is always room for what can't be split.
const _: () = assert!((1.0 - REPEATED_SHARE - WHOLE_SHARE) * LEAST_TEXT >= 2.0 * CELL_PAD_Y);

/// A table within a cell: as one piece where that is low enough, otherwise cell after cell.
pub fn nested(table: Table, bars: &[Bar], page_height: f32) -> Vec<Piece> {
    let mut paginator = Paginator::new(bars, f32::MAX / 4.0);
    paginator.table(&table);
    let height = paginator.y;
    if height > page_height * WHOLE_SHARE {
        return table
            .cells
            .into_iter()
            .flat_map(|cell| cell.pieces)
            .collect();
    }
    let mut draws = paginator.page.under;
    draws.extend(paginator.page.over);
    vec![Piece {
        height,
        before: 4.0,
        after: 4.0,
        draws,
        ..Piece::default()
    }]
}

/// How high the part of a table is that has to be on the page where it begins: its header rows with the rows below
/// them or, if those may be split, with their first lines.
pub fn least_beginning(table: &Table, page_height: f32) -> f32 {
    let header = rows_height(table, 0, table.header_rows);
    let end = table.joined_until(table.header_rows);
    let whole = rows_height(table, table.header_rows, end);
    if whole <= page_height * MOVED_SHARE {
        return header + whole;
    }
    let lines = table.cells_of(table.header_rows).iter();
    let first_lines = lines
        .filter_map(|cell| cell.pieces.first())
        .map(|piece| piece.height + 2.0 * CELL_PAD_Y);
    header + first_lines.fold(LEAST_ROW, f32::max)
}

/// The height of rows that no cell enters from above or leaves below.
fn rows_height(table: &Table, begin: usize, end: usize) -> f32 {
    let mut open: Vec<OpenCell<'_>> = Vec::new();
    let mut y = 0.0;
    for row in begin..end {
        open.extend(OpenCell::of_row(table, row, y));
        y += row_height(table, row, &open, y);
        open.retain(|open| !table.ends_in(row, open.cell));
    }
    y
}

/// How high a row has to be that begins at `y`, for the cells that end in it.
fn row_height(table: &Table, row: usize, open: &[OpenCell<'_>], y: f32) -> f32 {
    open.iter()
        .filter(|open| table.ends_in(row, open.cell))
        .map(|open| open.top + stacked(open.rest()) + 2.0 * CELL_PAD_Y - y)
        .fold(LEAST_ROW, f32::max)
}

/// A cell whose content is being put on pages.
struct OpenCell<'a> {
    cell: &'a Cell,
    /// How many of its pieces are on a page.
    done: usize,
    /// Where its part on this page begins.
    top: f32,
}

impl<'a> OpenCell<'a> {
    fn of_row(table: &'a Table, row: usize, top: f32) -> impl Iterator<Item = Self> {
        table
            .cells_of(row)
            .iter()
            .map(move |cell| Self { cell, done: 0, top })
    }

    /// The pieces that are on no page yet.
    fn rest(&self) -> &'a [Piece] {
        &self.cell.pieces[self.done..]
    }

    /// How many more pieces fit when its part on this page ends at `bottom`.
    fn fitting(&self, bottom: f32) -> usize {
        fitting(self.rest(), bottom - self.top - 2.0 * CELL_PAD_Y)
    }
}

/// How a table is put on pages.
struct Course<'a> {
    table: &'a Table,
    /// The height of the header rows if they are repeated on every page.
    repeated: f32,
    /// The cells of the present row.
    open: Vec<OpenCell<'a>>,
    /// Where the rows begin on this page. A row that begins there gets no more room on the next.
    top: f32,
}

impl Paginator<'_> {
    pub fn table(&mut self, table: &Table) {
        self.end_bars();
        let gap = self.gap(TABLE_GAP);
        let beginning = least_beginning(table, self.height);
        if self.after.is_some() && !self.has_room(gap + beginning) && beginning <= self.height {
            self.next_page();
        } else {
            self.y += gap;
        }
        let header = rows_height(table, 0, table.header_rows);
        let repeats = header <= self.height * REPEATED_SHARE;
        let mut course = Course {
            table,
            repeated: if repeats { header } else { 0.0 },
            open: Vec::new(),
            top: 0.0,
        };
        for row in 0..table.rows {
            self.row(&mut course, row);
        }
        self.after = Some(TABLE_GAP + 2.0);
    }

    fn row(&mut self, course: &mut Course<'_>, row: usize) {
        let table = course.table;
        let low = (self.height - course.repeated) * MOVED_SHARE;
        let joined = table.joined_until(row);
        // Low rows that are joined go to the next page together.
        if course.open.is_empty() && joined > row + 1 && self.y > course.top {
            let height = rows_height(table, row, joined);
            if height <= low && !self.has_room(height) {
                self.turn(course, row);
            }
        }
        course.open.extend(OpenCell::of_row(table, row, self.y));
        loop {
            let height = row_height(table, row, &course.open, self.y);
            if self.has_room(height) {
                self.y += height;
                self.end_row(course, row, false);
                return;
            }
            let at_top = self.y <= course.top;
            let begins = course
                .open
                .iter()
                .any(|open| open.fitting(self.height) > open.fitting(self.y));
            if !at_top && (height <= low || !begins) {
                self.move_row(course, row);
            } else {
                self.split_row(course, row, at_top);
            }
        }
    }

    /// Goes on with a row on the next page; cells from above end with what stands beside the rows before.
    fn move_row(&mut self, course: &mut Course<'_>, row: usize) {
        let bottom = self.y;
        for open in &mut course.open {
            if open.cell.row < row {
                let end = open.done + open.fitting(bottom);
                self.part(course.table, open, end, bottom, false);
            }
        }
        self.turn(course, row);
    }

    /// Fills the page with what fits of a row, and goes on with the rest of it on the next.
    fn split_row(&mut self, course: &mut Course<'_>, row: usize, at_top: bool) {
        let bottom = self.height;
        let fits = |open: &OpenCell<'_>| open.fitting(bottom) > 0;
        // What is higher than a page has to go somewhere.
        let mut forced = at_top && !course.open.iter().any(fits);
        for open in &mut course.open {
            let mut count = open.fitting(bottom);
            if forced && !open.rest().is_empty() {
                count = 1;
                forced = false;
            }
            let end = open.done + count;
            self.part(course.table, open, end, bottom, false);
        }
        self.turn(course, row);
    }

    /// Goes on with a row on the next page.
    fn turn(&mut self, course: &mut Course<'_>, row: usize) {
        self.next_page();
        if course.repeated > 0.0 && row >= course.table.header_rows {
            self.repeat_header(course.table);
        }
        course.top = self.y;
        for open in &mut course.open {
            open.top = self.y;
        }
    }

    /// The header rows again, for the eyes only.
    fn repeat_header(&mut self, table: &Table) {
        let mut header = Course {
            table,
            repeated: 0.0,
            open: Vec::new(),
            top: 0.0,
        };
        for row in 0..table.header_rows {
            header.open.extend(OpenCell::of_row(table, row, self.y));
            self.y += row_height(table, row, &header.open, self.y);
            self.end_row(&mut header, row, true);
        }
    }

    /// Paints the cells that end in a row, from left to right.
    fn end_row(&mut self, course: &mut Course<'_>, row: usize, repeated: bool) {
        let table = course.table;
        let bottom = self.y;
        course.open.retain_mut(|open| {
            let ends = table.ends_in(row, open.cell);
            if ends {
                let end = open.cell.pieces.len();
                self.part(table, open, end, bottom, repeated);
            }
            !ends
        });
    }

    /// Puts the pieces of a cell up to `end` on the page, with its ground and its lines.
    fn part(
        &mut self,
        table: &Table,
        open: &mut OpenCell<'_>,
        end: usize,
        bottom: f32,
        repeated: bool,
    ) {
        let cell = open.cell;
        let left = table.x + table.edges[cell.column];
        let width = table.x + table.edges[cell.column + cell.colspan] - left;
        self.frame((left, open.top, width, bottom - open.top), cell.header);
        let x = left + pad_x(width);
        let mut y = open.top + CELL_PAD_Y;
        let mut after: Option<f32> = None;
        let mut bars = OpenBars::new();
        for piece in &cell.pieces[open.done..end] {
            y += after.map_or(0.0, |after| after.max(piece.before));
            for &number in &piece.bars {
                bars.entry(number).or_insert((y, y)).1 = y + piece.height;
            }
            for draw in &piece.draws {
                let draw = draw.moved(x, y);
                self.page
                    .over
                    .push(if repeated { draw.into_artifact() } else { draw });
            }
            y += piece.height;
            after = Some(piece.after);
        }
        self.paint_bars(bars, x);
        open.done = end;
        open.top = bottom;
    }

    /// The ground of a cell and the lines around it.
    fn frame(&mut self, (left, top, width, height): (f32, f32, f32, f32), header: bool) {
        let mut fill = |x: f32, y: f32, width: f32, height: f32, colour: [u8; 3]| {
            self.page.under.push(Draw::Fill {
                x,
                y,
                width,
                height,
                colour,
            });
        };
        if header {
            fill(left, top, width, height, SHADE);
        }
        let (right, bottom) = (left + width, top + height);
        let across = width + 2.0 * HAIR;
        fill(left - HAIR, top - HAIR, across, 2.0 * HAIR, LINE);
        fill(left - HAIR, bottom - HAIR, across, 2.0 * HAIR, LINE);
        fill(left - HAIR, top, 2.0 * HAIR, height, LINE);
        fill(right - HAIR, top, 2.0 * HAIR, height, LINE);
    }
}
