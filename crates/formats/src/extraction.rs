//! What is found in a file: blocks of text with their place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::format::Format;

/// The text and structure of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extraction {
    /// What the file was found to be.
    pub format: Format,
    /// The title the file gives itself, or that of its first heading when it leads the text.
    pub title: Option<String>,
    /// Pages, slides or pictures, where the format has them.
    pub page_count: Option<u32>,
    /// The content in reading order.
    pub blocks: Vec<SourceBlock>,
    /// Whether text had to be recognised, and whether it was.
    pub ocr: OcrOutcome,
    /// Sentences for a person about what could not be read although the file as a whole could.
    pub warnings: Vec<String>,
}

impl Extraction {
    /// The plain text all offsets refer to: the blocks' texts joined by a blank line.
    pub fn text(&self) -> String {
        let mut text =
            String::with_capacity(self.blocks.iter().map(|block| block.text.len() + 2).sum());
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 {
                text.push_str(SEPARATOR);
            }
            text.push_str(&block.text);
        }
        text
    }
}

/// One block of a file's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceBlock {
    /// What it is.
    pub kind: SourceBlockKind,
    /// 1-based page (or slide) it stands on, where the format has pages.
    pub page: Option<u32>,
    /// Where it starts in [`Extraction::text`], in Unicode scalar values.
    pub start: u32,
    /// Where it ends in [`Extraction::text`] (exclusive), in Unicode scalar values.
    pub end: u32,
    /// Its text; a table's is its cells joined by ` | ` and its rows by a line break.
    pub text: String,
}

/// The kinds of block a source has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum SourceBlockKind {
    /// A heading of level 1 (outermost) to 6.
    Heading { level: u8 },
    /// Running text.
    Paragraph,
    /// One item of a list; depth 0 is outermost. The text of an ordered one starts with its number as the source has it.
    ListItem { depth: u8, ordered: bool },
    /// A table, row by row; rows may differ in length.
    Table { rows: Vec<Vec<String>> },
    /// Preformatted text.
    Code,
    /// Quoted text.
    Quote,
}

/// What became of pages that hold pictures of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum OcrOutcome {
    /// Every page has its text.
    NotNeeded,
    /// Text was recognised on this many pages.
    Done { pages: u32 },
    /// These pages (1-based) have no text and nothing here can recognise it.
    Needed { pages: Vec<u32> },
}

/// Between two blocks in [`Extraction::text`].
pub(crate) const SEPARATOR: &str = "\n\n";

/// Collects blocks in order, cleans their text and keeps their offsets right.
#[derive(Debug, Default)]
pub(crate) struct BlockWriter {
    blocks: Vec<SourceBlock>,
    /// Unicode scalar values written so far, without a separator at the end.
    scalars: u32,
    bytes: usize,
}

/// The text of a file is more than [`BlockWriter::LIMIT_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMuchText;

impl BlockWriter {
    /// 20 MB of text are some 3 million words, more than any one document has.
    pub(crate) const LIMIT_BYTES: usize = 20_000_000;

    /// Adds a block. Text without a visible character is no block.
    pub(crate) fn push(
        &mut self,
        kind: SourceBlockKind,
        page: Option<u32>,
        text: &str,
    ) -> Result<(), TooMuchText> {
        let text = match &kind {
            SourceBlockKind::Code => clean(text).trim_end().trim_start_matches('\n').to_owned(),
            _ => clean(text).trim().to_owned(),
        };
        self.push_clean(kind, page, text)
    }

    /// Adds a table; columns and rows without any text at its end are dropped, and an empty table is no block.
    pub(crate) fn push_table(
        &mut self,
        mut rows: Vec<Vec<String>>,
        page: Option<u32>,
    ) -> Result<(), TooMuchText> {
        for cell in rows.iter_mut().flatten() {
            let cleaned = clean(cell);
            cleaned.trim().clone_into(cell);
        }
        let width = rows
            .iter()
            .filter_map(|row| row.iter().rposition(|cell| !cell.is_empty()))
            .max();
        let Some(width) = width.map(|last| last + 1) else {
            return Ok(());
        };
        for row in &mut rows {
            row.truncate(width);
        }
        while rows
            .last()
            .is_some_and(|row| row.iter().all(String::is_empty))
        {
            rows.pop();
        }
        let lines: Vec<String> = rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|cell| cell.replace('\n', " "))
                    .collect::<Vec<_>>()
                    .join(" | ")
            })
            .collect();
        self.push_clean(SourceBlockKind::Table { rows }, page, lines.join("\n"))
    }

    fn push_clean(
        &mut self,
        kind: SourceBlockKind,
        page: Option<u32>,
        text: String,
    ) -> Result<(), TooMuchText> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.bytes += text.len() + SEPARATOR.len();
        if self.bytes > Self::LIMIT_BYTES {
            return Err(TooMuchText);
        }
        // Below 20 million, as the bytes are.
        let length = u32::try_from(text.chars().count()).map_err(|_| TooMuchText)?;
        let start = if self.blocks.is_empty() {
            0
        } else {
            self.scalars + 2
        };
        let end = start + length;
        self.scalars = end;
        self.blocks.push(SourceBlock {
            kind,
            page,
            start,
            end,
            text,
        });
        Ok(())
    }

    /// Adds a block that was written before; its offsets become those of its new place.
    pub(crate) fn push_block(&mut self, block: SourceBlock) -> Result<(), TooMuchText> {
        self.push_clean(block.kind, block.page, block.text)
    }

    pub(crate) fn finish(self) -> Vec<SourceBlock> {
        self.blocks
    }
}

/// Text fit for storage and screens: line breaks are `\n`, no control characters (a NUL cannot be stored in
/// PostgreSQL), no byte order marks, no non-breaking or zero-width spaces that would split words for a search.
pub(crate) fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    cleaned.push('\n');
                }
            }
            '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' | '\u{85}' => cleaned.push('\n'),
            '\u{a0}' | '\u{202f}' => cleaned.push(' '),
            '\n' | '\t' => cleaned.push(character),
            '\u{feff}' | '\u{200b}' | '\u{ad}' => {}
            other if other.is_control() => {}
            other => cleaned.push(other),
        }
    }
    cleaned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_point_into_the_joined_text_in_scalar_values() {
        let mut writer = BlockWriter::default();
        writer
            .push(SourceBlockKind::Heading { level: 1 }, None, " Grüße 𝄞 ")
            .unwrap();
        writer
            .push(SourceBlockKind::Paragraph, None, " \u{200b} ")
            .unwrap();
        writer
            .push(SourceBlockKind::Paragraph, Some(2), "日本\r\nb\0c")
            .unwrap();
        writer
            .push_table(
                vec![vec!["a".into(), " b ".into(), String::new()], vec![]],
                None,
            )
            .unwrap();
        let extraction = Extraction {
            format: Format::Text,
            title: None,
            page_count: None,
            blocks: writer.finish(),
            ocr: OcrOutcome::NotNeeded,
            warnings: Vec::new(),
        };
        let text: Vec<char> = extraction.text().chars().collect();
        assert_eq!(extraction.blocks.len(), 3);
        for block in &extraction.blocks {
            let quoted: String = text[block.start as usize..block.end as usize]
                .iter()
                .collect();
            assert_eq!(quoted, block.text);
        }
        assert_eq!(extraction.text(), "Grüße 𝄞\n\n日本\nbc\n\na | b");
    }

    #[test]
    fn more_text_than_the_limit_is_an_error_and_not_a_cut() {
        let mut writer = BlockWriter::default();
        let half = "x".repeat(BlockWriter::LIMIT_BYTES / 2);
        assert_eq!(writer.push(SourceBlockKind::Paragraph, None, &half), Ok(()));
        assert_eq!(
            writer.push(SourceBlockKind::Paragraph, None, &half),
            Err(TooMuchText)
        );
    }

    #[test]
    fn the_json_is_camel_case_and_tagged() {
        let json = serde_json::to_value(SourceBlockKind::ListItem {
            depth: 1,
            ordered: true,
        })
        .unwrap();
        assert_eq!(
            json,
            serde_json::json!({"type": "listItem", "depth": 1, "ordered": true})
        );
        let json = serde_json::to_value(OcrOutcome::Needed { pages: vec![2] }).unwrap();
        assert_eq!(json, serde_json::json!({"type": "needed", "pages": [2]}));
    }
}
