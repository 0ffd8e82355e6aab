//! Tables to Markdown: a grid of single lines.

use super::running::running;
use super::{Place, picture, with_line_feeds};
use crate::markdown::read::trim_blanks;
use crate::tree::{
    Align, Block, Inline, MAX_COLUMNS, Marks, TableCell, TableRow, normalise_inlines,
};

pub(super) fn lines(rows: &[TableRow]) -> Vec<String> {
    let grid = grid(rows);
    let mut lines = Vec::with_capacity(grid.len() + 1);
    for (index, row) in grid.iter().enumerate() {
        let mut line = String::from("|");
        for cell in row {
            line.push(' ');
            if let Some(cell) = cell {
                line.push_str(&cell_line(&cell.content));
            }
            line.push_str(" |");
        }
        lines.push(line);
        if index == 0 {
            lines.push(rule(row));
        }
    }
    lines
}

/// The line below the first row, which also sets the columns' alignment: that of the first row's cells.
fn rule(row: &[Option<&TableCell>]) -> String {
    let mut rule = String::from("|");
    for cell in row {
        rule.push_str(match cell.and_then(alignment) {
            Some(Align::Center) => " :-: |",
            Some(Align::Right) => " --: |",
            Some(Align::Left) => " :-- |",
            Some(Align::Justify) | None => " --- |",
        });
    }
    rule
}

fn alignment(cell: &TableCell) -> Option<Align> {
    match cell.content.first() {
        Some(Block::Paragraph { align, .. }) => *align,
        _ => None,
    }
}

/// The places of a table: each row with the cell that begins in each column. Cells go where HTML puts them, to the
/// first place that none above reaches into; what a cell spans besides its first place stays empty.
pub(in crate::markdown) fn grid(rows: &[TableRow]) -> Vec<Vec<Option<&TableCell>>> {
    let grid = placed(rows, true);
    let columns = grid.first().map_or(0, Vec::len);
    // Cells that reach down far enough can push others beyond any width; then they are not heeded.
    if columns > MAX_COLUMNS as usize {
        placed(rows, false)
    } else {
        grid
    }
}

fn placed(rows: &[TableRow], heed_rowspan: bool) -> Vec<Vec<Option<&TableCell>>> {
    // For each column, down to which row (exclusive) it is taken.
    let mut taken: Vec<usize> = Vec::new();
    let mut grid: Vec<Vec<Option<&TableCell>>> = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        let mut places: Vec<Option<&TableCell>> = Vec::new();
        let mut column = 0;
        for cell in &row.cells {
            while taken.get(column).is_some_and(|&until| until > index) {
                column += 1;
            }
            places.resize(column, None);
            places.push(Some(cell));
            let down = if heed_rowspan { cell.rowspan.max(1) } else { 1 };
            let wanted = column + cell.colspan.clamp(1, MAX_COLUMNS) as usize;
            taken.resize(taken.len().max(wanted), 0);
            let until = index.saturating_add(down as usize);
            // A cell to the right that reaches down to this row ends the span.
            while column < wanted && taken[column] <= index {
                taken[column] = until;
                column += 1;
            }
        }
        grid.push(places);
    }
    for places in &mut grid {
        places.resize(taken.len(), None);
    }
    grid
}

/// What a cell can hold in Markdown of these blocks: their lines as one paragraph, with breaks between them, and
/// pictures. Blanks beside a picture can't be told from those that set it apart.
pub(in crate::markdown) fn cell_content(blocks: &[Block]) -> Vec<Block> {
    let mut cell = CellContent::default();
    cell.add(blocks);
    cell.end_line();
    let divided = cell.blocks.len() > 1;
    for block in &mut cell.blocks {
        if let Block::Paragraph { content, .. } = block {
            if divided {
                trim_blanks(content);
            }
            normalise_inlines(content);
        }
    }
    cell.blocks
        .retain(|block| !matches!(block, Block::Paragraph { content, .. } if content.is_empty()));
    cell.blocks
}

#[derive(Default)]
struct CellContent {
    blocks: Vec<Block>,
    line: Vec<Inline>,
}

impl CellContent {
    fn add(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Paragraph { content, .. } | Block::Heading { content, .. } => {
                    self.add_line(content.iter().cloned());
                }
                Block::BulletList(items) | Block::OrderedList { items, .. } => {
                    for item in items {
                        self.add(&item.content);
                    }
                }
                Block::Blockquote(content) => self.add(content),
                Block::CodeBlock { text, .. } => self.add_code(text),
                Block::Table(rows) => {
                    for cell in rows.iter().flat_map(|row| &row.cells) {
                        self.add(&cell.content);
                    }
                }
                Block::Image(_) => {
                    self.end_line();
                    self.blocks.push(block.clone());
                }
                Block::HorizontalRule | Block::PageBreak => {}
            }
        }
    }

    fn add_code(&mut self, text: &str) {
        let marks = Marks {
            code: true,
            ..Marks::default()
        };
        let mut inlines = Vec::new();
        for (index, line) in with_line_feeds(text).split('\n').enumerate() {
            if index > 0 {
                inlines.push(Inline::HardBreak);
            }
            if !line.is_empty() {
                inlines.push(Inline::Text {
                    text: line.to_owned(),
                    marks: marks.clone(),
                });
            }
        }
        self.add_line(inlines.into_iter());
    }

    fn add_line(&mut self, inlines: impl ExactSizeIterator<Item = Inline>) {
        if inlines.len() == 0 {
            return;
        }
        if !self.line.is_empty() {
            self.line.push(Inline::HardBreak);
        }
        self.line.extend(inlines);
    }

    fn end_line(&mut self) {
        let content = std::mem::take(&mut self.line);
        if !content.is_empty() {
            self.blocks.push(Block::Paragraph {
                align: None,
                content,
            });
        }
    }
}

fn cell_line(blocks: &[Block]) -> String {
    let pieces: Vec<String> = cell_content(blocks)
        .iter()
        .map(|block| match block {
            Block::Paragraph { content, .. } => running(content, Place::Cell),
            Block::Image(image) => picture(image, Place::Cell),
            _ => String::new(),
        })
        .collect();
    pieces.join(" ")
}
