//! Tables: what is in their cells, and how wide their columns get.

use super::flow::{CODE_PAD, Place, Writer};
use super::piece::{Cell, Flow, Piece, Table};
use super::rows::nested;
use super::tags::Role;
use super::text::{Setter, Setting};
use crate::export::grid::Grid;
use crate::export::measures::{CELL_PAD_X, CODE, LIST_INDENT, QUOTE_INDENT, TABLE};
use crate::tree::{Block, TableRow};

impl Writer<'_, '_> {
    pub fn table(&mut self, rows: &[TableRow], place: Place, out: &mut Vec<Flow>) {
        let grid = Grid::of(rows);
        let edges = self.column_edges(&grid, place.width.max(24.0));
        let tag = self.tags.add(place.tag, Role::Table);
        let head = self.tags.add(tag, Role::Head);
        let body = self.tags.add(tag, Role::Body);
        let row_tags: Vec<usize> = (0..grid.rows)
            .map(|row| {
                let group = if row < grid.header_rows { head } else { body };
                self.tags.add(group, Role::Row)
            })
            .collect();
        let mut cells = Vec::with_capacity(grid.cells.len());
        for placed in &grid.cells {
            let span = |count: usize| u32::try_from(count).unwrap_or(1);
            let (columns, rows) = (span(placed.colspan), span(placed.rowspan));
            let role = if placed.cell.header {
                Role::HeaderCell { columns, rows }
            } else {
                Role::Cell { columns, rows }
            };
            let tag = self.tags.add(row_tags[placed.row], role);
            let width = edges[placed.column + placed.colspan] - edges[placed.column];
            let inside = Place {
                quoted: place.quoted,
                in_cell: true,
                header_cell: placed.cell.header,
                tag,
                ..Place::of_width(width - 2.0 * pad_x(width))
            };
            cells.push(Cell {
                row: placed.row,
                rowspan: placed.rowspan,
                column: placed.column,
                colspan: placed.colspan,
                header: placed.cell.header,
                pieces: self.cell_pieces(&placed.cell.content, inside),
            });
        }
        out.push(Flow::Table(Table {
            x: place.x,
            edges,
            rows: grid.rows,
            header_rows: grid.header_rows,
            cells,
        }));
    }

    /// The left edges of the columns and the right edge of the last.
    fn column_edges(&mut self, grid: &Grid<'_>, available: f32) -> Vec<f32> {
        let widths = grid.column_widths(available, |placed| {
            let setting = Setting {
                size: TABLE,
                bold: placed.cell.header,
                ..Setting::default()
            };
            let (least, liked) = content_widths(self.setter, &placed.cell.content, setting);
            let pad = 2.0 * CELL_PAD_X + 1.0;
            // One long word must not starve the other columns.
            ((least + pad).min(available * 0.5), liked + pad)
        });
        let mut edges = vec![0.0];
        let mut edge = 0.0;
        for width in widths {
            edge += width;
            edges.push(edge);
        }
        edges
    }

    fn cell_pieces(&mut self, content: &[Block], place: Place) -> Vec<Piece> {
        // What goes through the text around the table doesn't go through its cells.
        let outer_bars = std::mem::take(&mut self.open_bars);
        let mut flow = Vec::new();
        self.blocks(content, place, &mut flow);
        self.open_bars = outer_bars;
        flow.into_iter()
            .flat_map(|flow| match flow {
                Flow::Piece(piece) => vec![piece],
                Flow::Table(table) => nested(table, &self.bars, self.page_height),
                Flow::Break => Vec::new(),
            })
            .collect()
    }
}

/// The white space at the sides of a cell, less in narrow ones.
pub fn pad_x(width: f32) -> f32 {
    CELL_PAD_X.min(width * 0.12)
}

/// How narrow blocks can get and how wide they would like to be.
fn content_widths(setter: &mut Setter, blocks: &[Block], setting: Setting) -> (f32, f32) {
    let mut least = 0.0f32;
    let mut liked = 0.0f32;
    let mut add = |(narrow, wide): (f32, f32), indent: f32| {
        least = least.max(narrow + indent);
        liked = liked.max(wide + indent);
    };
    for block in blocks {
        match block {
            Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                add(setter.widths(content, setting), 0.0);
            }
            Block::BulletList(items) | Block::OrderedList { items, .. } => {
                for item in items {
                    add(content_widths(setter, &item.content, setting), LIST_INDENT);
                }
            }
            Block::Blockquote(content) => {
                add(content_widths(setter, content, setting), QUOTE_INDENT);
            }
            Block::CodeBlock { text, .. } => {
                let longest = text.lines().map(|line| line.chars().count()).max();
                #[expect(clippy::cast_precision_loss, reason = "cut to 80 characters before")]
                let width = longest.unwrap_or(0).min(80) as f32 * CODE * 0.6;
                add((48.0f32.min(width), width), 2.0 * CODE_PAD + 2.0);
            }
            Block::Table(rows) => {
                for row in rows {
                    let (mut narrow, mut wide) = (0.0, 0.0);
                    for cell in &row.cells {
                        let widths = content_widths(setter, &cell.content, setting);
                        narrow += widths.0 + 2.0 * CELL_PAD_X;
                        wide += widths.1 + 2.0 * CELL_PAD_X;
                    }
                    add((narrow, wide), 0.0);
                }
            }
            Block::Image(image) => {
                let width = image
                    .width
                    .map_or(160.0, crate::export::measures::from_pixels);
                add((24.0, width), 0.0);
            }
            Block::HorizontalRule | Block::PageBreak => {}
        }
    }
    (least, liked)
}
