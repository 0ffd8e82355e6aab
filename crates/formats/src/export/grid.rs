//! Where the cells of a table are, with spans resolved, and how wide its columns get.

use crate::tree::{MAX_COLUMNS, TableCell, TableRow};

/// A table whose every place belongs to at most one cell.
pub struct Grid<'a> {
    /// How many columns it has, from 1.
    pub columns: usize,
    /// How many rows it has.
    pub rows: usize,
    /// How many rows at the top are header rows, to be repeated on every page. Never all of them.
    pub header_rows: usize,
    /// The cells, by row and then by column.
    pub cells: Vec<Placed<'a>>,
}

/// A cell and the places it covers.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    pub cell: &'a TableCell,
    pub row: usize,
    pub column: usize,
    pub rowspan: usize,
    pub colspan: usize,
}

impl<'a> Grid<'a> {
    /// Places the cells as HTML does: each goes to the first free place of its row. Spans are cut where they leave
    /// the table or meet a cell that was placed before.
    pub fn of(rows: &'a [TableRow]) -> Self {
        let limit = MAX_COLUMNS as usize;
        // For each column, down to which row (exclusive) it is taken.
        let mut taken: Vec<usize> = Vec::new();
        let mut cells = Vec::new();
        for (row, content) in rows.iter().enumerate() {
            let mut column = 0;
            for cell in &content.cells {
                while taken.get(column).is_some_and(|&until| until > row) {
                    column += 1;
                }
                if column >= limit {
                    break;
                }
                let wanted = (cell.colspan.max(1) as usize).min(limit - column);
                let colspan = (0..wanted)
                    .take_while(|offset| {
                        taken.get(column + offset).is_none_or(|&until| until <= row)
                    })
                    .count()
                    .max(1);
                let rowspan = (cell.rowspan.max(1) as usize).min(rows.len() - row);
                if taken.len() < column + colspan {
                    taken.resize(column + colspan, 0);
                }
                taken[column..column + colspan].fill(row + rowspan);
                cells.push(Placed {
                    cell,
                    row,
                    column,
                    rowspan,
                    colspan,
                });
                column += colspan;
            }
        }
        let mut grid = Self {
            columns: taken.len().max(1),
            rows: rows.len(),
            header_rows: 0,
            cells,
        };
        grid.header_rows = grid.count_header_rows(rows);
        grid
    }

    fn count_header_rows(&self, rows: &[TableRow]) -> usize {
        let headers = rows
            .iter()
            .take_while(|row| !row.cells.is_empty() && row.cells.iter().all(|cell| cell.header))
            .count();
        // A header that reaches into the body, fills the table or a page is not repeated.
        let closed = self
            .cells
            .iter()
            .filter(|placed| placed.row < headers)
            .all(|placed| placed.row + placed.rowspan <= headers);
        if closed && headers < rows.len() && headers <= 3 {
            headers
        } else {
            0
        }
    }

    /// How wide the columns get in a space: as the author set them, otherwise by what they hold. `measure` tells for a
    /// cell how narrow it can get and how wide it would like to be.
    pub fn column_widths(
        &self,
        available: f32,
        mut measure: impl FnMut(&Placed<'_>) -> (f32, f32),
    ) -> Vec<f32> {
        let mut least = vec![0.0f32; self.columns];
        let mut liked = vec![0.0f32; self.columns];
        let mut set = vec![0.0f32; self.columns];
        for placed in &self.cells {
            if let Some(widths) = &placed.cell.colwidth {
                for (offset, &width) in widths.iter().take(placed.colspan).enumerate() {
                    let width = super::measures::from_pixels(width);
                    let column = placed.column + offset;
                    if width > 0.0 && set[column] == 0.0 {
                        set[column] = width;
                    }
                }
            }
            let (narrow, wide) = measure(placed);
            #[expect(clippy::cast_precision_loss, reason = "at most 100 columns")]
            let share = placed.colspan as f32;
            // A cell over several columns asks each of them for its share.
            for column in placed.column..placed.column + placed.colspan {
                least[column] = least[column].max(narrow / share);
                liked[column] = liked[column].max(wide / share);
            }
        }
        for column in 0..self.columns {
            if set[column] > 0.0 {
                liked[column] = set[column];
                least[column] = least[column].min(set[column]);
            }
            least[column] = least[column].clamp(1.0, available);
            liked[column] = liked[column].max(least[column]);
        }
        let least_sum: f32 = least.iter().sum();
        let liked_sum: f32 = liked.iter().sum();
        let all_set = set.iter().all(|&width| width > 0.0);
        if liked_sum <= available {
            if all_set {
                return liked;
            }
            let factor = available / liked_sum;
            return liked.iter().map(|width| width * factor).collect();
        }
        if least_sum >= available {
            let factor = available / least_sum;
            return least.iter().map(|width| width * factor).collect();
        }
        let factor = (available - least_sum) / (liked_sum - least_sum);
        least
            .iter()
            .zip(&liked)
            .map(|(least, liked)| least + (liked - least) * factor)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Block, samples};

    fn cell(colspan: u32, rowspan: u32) -> TableCell {
        TableCell {
            colspan,
            rowspan,
            ..TableCell::default()
        }
    }

    #[test]
    fn cells_go_around_those_that_span_from_above() {
        let rows = vec![
            TableRow {
                cells: vec![cell(1, 2), cell(2, 1)],
            },
            TableRow {
                cells: vec![cell(1, 1), cell(1, 9)],
            },
        ];
        let grid = Grid::of(&rows);
        let places: Vec<_> = grid
            .cells
            .iter()
            .map(|p| (p.row, p.column, p.rowspan, p.colspan))
            .collect();
        assert_eq!(
            places,
            [(0, 0, 2, 1), (0, 1, 1, 2), (1, 1, 1, 1), (1, 2, 1, 1)]
        );
    }

    #[test]
    fn columns_share_the_space_by_what_they_hold() {
        let Block::Table(rows) = samples::table(&[&["a", "b"], &["c", "d"]]) else {
            unreachable!()
        };
        let grid = Grid::of(&rows);
        assert_eq!(grid.header_rows, 1);
        let widths = grid.column_widths(300.0, |placed| {
            if placed.column == 0 {
                (20.0, 50.0)
            } else {
                (40.0, 400.0)
            }
        });
        assert!((widths.iter().sum::<f32>() - 300.0).abs() < 0.1);
        assert!(widths[0] >= 20.0 && widths[1] > 200.0, "{widths:?}");
    }

    proptest! {
        #[test]
        fn no_two_cells_share_a_place(spans in proptest::collection::vec(proptest::collection::vec((1..5u32, 1..5u32), 0..6), 1..7)) {
            let rows: Vec<TableRow> = spans
                .iter()
                .map(|row| TableRow { cells: row.iter().map(|&(colspan, rowspan)| cell(colspan, rowspan)).collect() })
                .collect();
            let grid = Grid::of(&rows);
            let mut places = vec![false; grid.columns * grid.rows];
            for placed in &grid.cells {
                for row in placed.row..placed.row + placed.rowspan {
                    for column in placed.column..placed.column + placed.colspan {
                        prop_assert!(!std::mem::replace(&mut places[row * grid.columns + column], true));
                    }
                }
            }
            let widths = grid.column_widths(200.0, |_| (30.0, 90.0));
            prop_assert!(widths.iter().sum::<f32>() <= 200.5);
            prop_assert!(widths.iter().all(|width| *width > 0.0));
        }
    }
}
