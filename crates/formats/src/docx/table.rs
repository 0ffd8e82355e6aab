//! Tables of Word: a fixed grid, merged cells, header rows that are repeated.

use docx_rs::{
    BorderType, Paragraph, Shading, Table, TableBorder, TableBorderPosition, TableBorders,
    TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, VMergeType, WidthType,
};

use super::body::{Part, Place, Writer};
use super::styles::twips;
use crate::export::grid::{Grid, Placed};
use crate::export::measures::{CELL_PAD_X, LINE, SHADE, TABLE, hex};
use crate::tree;

impl Writer<'_, '_> {
    pub fn table(&mut self, rows: &[tree::TableRow], place: Place, parts: &mut Vec<Part>) {
        let grid = Grid::of(rows);
        if self.break_before {
            let gap = self.paragraph("Gap");
            parts.push(Part::Paragraph(Box::new(gap)));
        }
        let widths = grid.column_widths(place.width, estimate);
        let mut by_row: Vec<Vec<&Placed<'_>>> = vec![Vec::new(); grid.rows];
        for placed in &grid.cells {
            // A cell over several rows is written into each of them.
            for row in &mut by_row[placed.row..placed.row + placed.rowspan] {
                row.push(placed);
            }
        }
        let mut table_rows = Vec::with_capacity(grid.rows);
        for (row, placed) in by_row.iter_mut().enumerate() {
            placed.sort_by_key(|placed| placed.column);
            let mut cells = Vec::new();
            let mut column = 0;
            for placed in placed.iter() {
                while column < placed.column {
                    cells.push(empty_cell(widths[column]));
                    column += 1;
                }
                let width: f32 = widths[column..column + placed.colspan].iter().sum();
                cells.push(self.cell(placed, row, width, place));
                column += placed.colspan;
            }
            while column < grid.columns {
                cells.push(empty_cell(widths[column]));
                column += 1;
            }
            let row_of_cells = TableRow::new(cells);
            table_rows.push(if row < grid.header_rows {
                // Marks the row for `order`, which makes it a header row.
                row_of_cells.cant_split()
            } else {
                row_of_cells
            });
        }
        let side = |position| {
            TableBorder::new(position)
                .border_type(BorderType::Single)
                .size(4)
                .color(hex(LINE))
        };
        let borders = [
            TableBorderPosition::Top,
            TableBorderPosition::Left,
            TableBorderPosition::Bottom,
            TableBorderPosition::Right,
            TableBorderPosition::InsideH,
            TableBorderPosition::InsideV,
        ]
        .into_iter()
        .fold(TableBorders::with_empty(), |borders, position| {
            borders.set(side(position))
        });
        let unsigned = |points: f32| usize::try_from(twips(points)).unwrap_or(0);
        let pad = unsigned(CELL_PAD_X);
        let table = Table::new(table_rows)
            .set_grid(widths.iter().map(|width| unsigned(*width)).collect())
            .width(unsigned(widths.iter().sum()), WidthType::Dxa)
            .layout(TableLayoutType::Fixed)
            .indent(twips(place.indent))
            .margins(TableCellMargins::new().margin(40, pad, 40, pad))
            .set_borders(borders);
        parts.push(Part::Table(Box::new(table)));
        // Neighbouring tables would grow together, and a cell or page must not end with one.
        parts.push(Part::Paragraph(Box::new(Paragraph::new().style("Gap"))));
    }

    fn cell(&mut self, placed: &Placed<'_>, row: usize, width: f32, place: Place) -> TableCell {
        let unsigned = usize::try_from(twips(width)).unwrap_or(0);
        let mut cell = TableCell::new().width(unsigned, WidthType::Dxa);
        if placed.colspan > 1 {
            cell = cell.grid_span(placed.colspan);
        }
        if placed.cell.header {
            cell = cell
                .shading(Shading::new().fill(hex(SHADE)))
                .vertical_align(VAlignType::Bottom);
        }
        if placed.rowspan > 1 {
            let continued = row > placed.row;
            cell = cell.vertical_merge(if continued {
                VMergeType::Continue
            } else {
                VMergeType::Restart
            });
            if continued {
                return cell.add_paragraph(Paragraph::new().style("TableText"));
            }
        }
        let inside = Place {
            width: (width - 2.0 * CELL_PAD_X).max(20.0),
            in_cell: true,
            header_cell: placed.cell.header,
            indent: 0.0,
            lists: 0,
            ordered: 0,
            quoted: place.quoted,
            marker: None,
        };
        let mut parts = Vec::new();
        self.blocks(&placed.cell.content, inside, &mut parts);
        if parts.is_empty() {
            parts.push(Part::Paragraph(Box::new(
                Paragraph::new().style("TableText"),
            )));
        }
        for part in parts {
            cell = match part {
                Part::Paragraph(paragraph) => cell.add_paragraph(*paragraph),
                Part::Table(table) => cell.add_table(*table),
            };
        }
        cell
    }
}

fn empty_cell(width: f32) -> TableCell {
    TableCell::new()
        .width(usize::try_from(twips(width)).unwrap_or(0), WidthType::Dxa)
        .add_paragraph(Paragraph::new().style("TableText"))
}

/// How narrow a cell can get (its longest word) and how wide it would like to be (its longest line), by counting.
fn estimate(placed: &Placed<'_>) -> (f32, f32) {
    let text = tree::plain_text(&placed.cell.content);
    let em = TABLE * if placed.cell.header { 0.68 } else { 0.58 };
    let length = |text: &str| -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "cut to 60 characters before")]
        let characters = text.chars().take(60).count() as f32;
        characters * em + 2.0 * CELL_PAD_X + 2.0
    };
    let word = text.split_whitespace().map(length).fold(24.0, f32::max);
    let line = text.lines().map(length).fold(24.0, f32::max);
    // A table within needs room for all its columns.
    #[expect(clippy::cast_precision_loss, reason = "at most 100 columns")]
    let columns = placed
        .cell
        .content
        .iter()
        .filter_map(|block| match block {
            tree::Block::Table(rows) => Some(Grid::of(rows).columns as f32),
            _ => None,
        })
        .fold(0.0, f32::max);
    let inner = columns * (2.0 * CELL_PAD_X + 24.0);
    (word.min(110.0).max(inner), line.max(inner * 2.0))
}
