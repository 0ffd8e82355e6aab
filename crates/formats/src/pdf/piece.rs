//! What the text is made of once it is set: pieces, tables, and what is painted for them.

use std::rc::Rc;

use krilla::image::Image as PdfImage;

use super::tags::ARTIFACT;
use super::text::Shaped;

/// Something that is put on a page as a whole. Places in it count from its upper edge and the left edge of its column;
/// nothing in it is painted above its upper edge or below its height.
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

impl Piece {
    /// Makes it higher by some white space above what is painted.
    pub fn pad_above(&mut self, space: f32) {
        for draw in &mut self.draws {
            draw.shift(0.0, space);
        }
        self.height += space;
    }
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

impl Draw {
    /// The lines of a text, one below the other.
    pub fn lines(shaped: &Rc<Shaped>, (x, top): (f32, f32), tag: usize) -> Vec<Self> {
        let mut y = top;
        let mut draws = Vec::with_capacity(shaped.lines.len());
        for (index, line) in shaped.lines.iter().enumerate() {
            draws.push(Self::Line {
                shaped: Rc::clone(shaped),
                line: index,
                x,
                y,
                tag,
            });
            y += line.height;
        }
        draws
    }

    /// The same at another place.
    pub fn moved(&self, dx: f32, dy: f32) -> Self {
        let mut draw = self.clone();
        draw.shift(dx, dy);
        draw
    }

    /// The same for the eyes only: no longer a part of the text.
    pub fn into_artifact(mut self) -> Self {
        if let Self::Line { tag, .. } | Self::Image { tag, .. } = &mut self {
            *tag = ARTIFACT;
        }
        self
    }

    fn shift(&mut self, dx: f32, dy: f32) {
        let (Self::Line { x, y, .. } | Self::Image { x, y, .. } | Self::Fill { x, y, .. }) = self;
        *x += dx;
        *y += dy;
    }
}

/// A stretch of colour behind or beside neighbouring pieces: the line of a quotation, the ground of code.
#[derive(Clone, Copy)]
pub struct Bar {
    pub x: f32,
    pub width: f32,
    pub colour: [u8; 3],
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
    Table(Table),
    Break,
}

impl Flow {
    pub fn piece(&self) -> Option<&Piece> {
        match self {
            Self::Piece(piece) => Some(piece),
            Self::Table(_) | Self::Break => None,
        }
    }
}

/// A table with its cells set.
pub struct Table {
    pub x: f32,
    /// The left edges of the columns, and the right edge of the last, from `x`.
    pub edges: Vec<f32>,
    pub rows: usize,
    /// How many rows at the top are repeated on every page; no cell of theirs reaches below them.
    pub header_rows: usize,
    /// By row and then by column.
    pub cells: Vec<Cell>,
}

/// A cell and the places it covers.
pub struct Cell {
    pub row: usize,
    pub rowspan: usize,
    pub column: usize,
    pub colspan: usize,
    pub header: bool,
    pub pieces: Vec<Piece>,
}

impl Table {
    /// The cells that begin in a row.
    pub fn cells_of(&self, row: usize) -> &[Cell] {
        let begin = self.cells.partition_point(|cell| cell.row < row);
        let end = self.cells.partition_point(|cell| cell.row <= row);
        &self.cells[begin..end]
    }

    /// Whether a row is the last one of a cell.
    pub fn ends_in(&self, row: usize, cell: &Cell) -> bool {
        cell.row + cell.rowspan == row + 1 || row + 1 == self.rows
    }

    /// The end of the rows from `row` on that are joined by cells over several of them.
    pub fn joined_until(&self, row: usize) -> usize {
        let mut end = row + 1;
        let mut next = row;
        while next < end {
            for cell in self.cells_of(next) {
                end = end.max(cell.row + cell.rowspan);
            }
            next += 1;
        }
        end.min(self.rows)
    }
}

/// The height of pieces one below the other.
pub fn stacked<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> f32 {
    let mut height = 0.0;
    let mut after: Option<f32> = None;
    for piece in pieces {
        height += after.map_or(0.0, |after| after.max(piece.before)) + piece.height;
        after = Some(piece.after);
    }
    height
}

/// How many of these pieces, one below the other, fit into a height.
pub fn fitting(pieces: &[Piece], room: f32) -> usize {
    let mut height = 0.0;
    let mut after: Option<f32> = None;
    for (count, piece) in pieces.iter().enumerate() {
        height += after.map_or(0.0, |after| after.max(piece.before)) + piece.height;
        if height > room + ROUNDING {
            return count;
        }
        after = Some(piece.after);
    }
    pieces.len()
}

/// What sums of heights may be wrong by, in points.
pub const ROUNDING: f32 = 0.01;
