//! Tables: rows of cells, each with a paragraph, or with pictures and the text between them.

use pulldown_cmark::Alignment;

use super::Builder;
use crate::tree::{Align, Block, Inline, TableCell, TableRow};

/// The table that is being read.
#[derive(Default)]
pub(super) struct OpenTable {
    alignments: Vec<Alignment>,
    pub(super) rows: Vec<TableRow>,
    /// Whether the row being read is the header.
    header: bool,
    /// What the cell being read holds so far.
    cell: Vec<Block>,
}

impl OpenTable {
    pub(super) fn new(alignments: Vec<Alignment>) -> Self {
        Self {
            alignments,
            ..Self::default()
        }
    }

    pub(super) fn begin_row(&mut self, header: bool) {
        self.header = header;
        self.rows.push(TableRow::default());
    }

    /// Adds a block to the cell being read.
    pub(super) fn push(&mut self, block: Block) {
        self.cell.push(block);
    }

    fn push_text(&mut self, content: Vec<Inline>) {
        let column = self.rows.last().map_or(0, |row| row.cells.len());
        let align = match self.alignments.get(column) {
            Some(Alignment::Center) => Some(Align::Center),
            Some(Alignment::Right) => Some(Align::Right),
            Some(Alignment::Left) => Some(Align::Left),
            _ => None,
        };
        self.cell.push(Block::Paragraph { align, content });
    }
}

impl Builder<'_> {
    /// The text before or between pictures.
    pub(super) fn flush_cell_text(&mut self) {
        let content = self.running.take();
        if !content.is_empty() {
            self.table.push_text(content);
        }
    }

    pub(super) fn end_cell(&mut self) {
        self.flush_cell_text();
        self.running.clear();
        if self.table.cell.is_empty() {
            self.table.push_text(Vec::new());
        }
        let content = std::mem::take(&mut self.table.cell);
        let header = self.table.header;
        if let Some(row) = self.table.rows.last_mut() {
            row.cells.push(TableCell {
                header,
                content,
                ..TableCell::default()
            });
        }
    }
}
