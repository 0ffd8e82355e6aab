//! Office files by `anydoc`: its document model to blocks.

use std::collections::HashMap;

use anydoc::ConvertError;
use anydoc::model::{Block, CellSlot, Document, Inline, List, ListItem, TableKind, checkbox_text};

use super::slides::{self, Marked};
use super::{Parsed, Writer, archive};
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;
use crate::format::Format;

pub(super) fn parse(bytes: &[u8], format: Format) -> Result<Parsed, Refusal> {
    let (parser, title_part) = match format {
        Format::Docx => (anydoc::Format::Docx, Some("docProps/core.xml")),
        Format::Pptx => (anydoc::Format::Pptx, Some("docProps/core.xml")),
        Format::Xlsx => (anydoc::Format::Excel, Some("docProps/core.xml")),
        Format::Odt => (anydoc::Format::Odt, Some("meta.xml")),
        Format::Ods => (anydoc::Format::Ods, Some("meta.xml")),
        Format::Odp => (anydoc::Format::Odp, Some("meta.xml")),
        Format::Epub => (anydoc::Format::Epub, None),
        Format::Rtf => (anydoc::Format::Rtf, None),
        Format::Doc => (anydoc::Format::Doc, None),
        Format::Ppt => (anydoc::Format::Ppt, None),
        Format::Xls => (anydoc::Format::Excel, None),
        Format::Csv => (anydoc::Format::Csv, None),
        other => {
            return Err(Refusal::Unsupported {
                detected: other.media_type().to_owned(),
            });
        }
    };
    let marked = Marked::of(bytes, format)
        .and_then(|marked| Some((anydoc::to_document(&marked.bytes, parser).ok()?, marked)));
    let (document, slides) = match marked {
        Some((document, marked)) => (document, Some(marked)),
        None => (anydoc::to_document(bytes, parser).map_err(refusal)?, None),
    };
    let notes = document
        .notes
        .iter()
        .zip(1..)
        .map(|(note, number)| (note.id.as_str(), number))
        .collect();
    let mut reader = Reader {
        out: Writer::default(),
        notes,
        slide: None,
    };
    for block in &document.blocks {
        match slides.as_ref().and_then(|slides| slides.place(block)) {
            Some(slides::Place::Slide(number)) => reader.slide = Some(number),
            Some(slides::Place::Nowhere) => reader.slide = None,
            None => reader.blocks(std::slice::from_ref(block), Place::Body)?,
        }
    }
    reader.slide = None;
    reader.notes(&document)?;
    Ok(Parsed {
        title: title_part.and_then(|part| archive::title_in(bytes, part)),
        page_count: match (&slides, format) {
            (Some(slides), _) => Some(slides.count),
            (None, Format::Pptx) => archive::count(bytes, "ppt/slides/slide", ".xml"),
            _ => None,
        },
        blocks: reader.out.finish(),
        ..Parsed::default()
    })
}

fn refusal(error: ConvertError) -> Refusal {
    match error {
        ConvertError::Encrypted => Refusal::Encrypted,
        ConvertError::ResourceLimit { limit, .. } if limit.contains("depth") => {
            Refusal::corrupt("it is nested too deeply")
        }
        ConvertError::ResourceLimit { limit, .. } => Refusal::ArchiveBomb {
            what: limit.replace('_', " "),
        },
        ConvertError::MissingPart { part } => {
            Refusal::corrupt(format!("its part {} is missing", shown(&part)))
        }
        ConvertError::Malformed {
            part: Some(part), ..
        } => Refusal::corrupt(format!("its part {} cannot be read", shown(&part))),
        ConvertError::Unsupported(_) | ConvertError::NeedsOcr { .. } => Refusal::Unsupported {
            detected: "an office file of an unknown kind".to_owned(),
        },
        _ => Refusal::corrupt("its content cannot be read"),
    }
}

/// The name of a part comes from the file: shown short and plain.
fn shown(part: &str) -> String {
    part.chars()
        .filter(char::is_ascii_graphic)
        .take(80)
        .collect()
}

/// Where blocks stand; a quoted paragraph is a quote, a first paragraph of an item is the item.
#[derive(Clone, Copy)]
enum Place {
    Body,
    Quote,
    Item { depth: u8 },
}

impl Place {
    fn paragraph(self) -> SourceBlockKind {
        match self {
            Self::Quote => SourceBlockKind::Quote,
            Self::Body | Self::Item { .. } => SourceBlockKind::Paragraph,
        }
    }

    fn list_depth(self) -> u8 {
        match self {
            Self::Item { depth } => depth.saturating_add(1),
            Self::Body | Self::Quote => 0,
        }
    }
}

/// Writes a document's blocks.
struct Reader<'a> {
    out: Writer,
    /// The numbers of notes, by the names the file gives them.
    notes: HashMap<&'a str, u32>,
    /// The slide that blocks stand on, in a presentation.
    slide: Option<u32>,
}

impl Reader<'_> {
    fn blocks(&mut self, blocks: &[Block], place: Place) -> Result<(), Refusal> {
        for block in blocks {
            match block {
                Block::Heading { level, content, .. } => {
                    let text = self.plain(content);
                    self.out.push(
                        SourceBlockKind::Heading {
                            level: (*level).clamp(1, 6),
                        },
                        self.slide,
                        &text,
                    )?;
                }
                Block::Paragraph(content) => {
                    let text = self.plain(content);
                    self.out.push(place.paragraph(), self.slide, &text)?;
                }
                Block::List(list) => self.list(list, place.list_depth())?,
                Block::Table(table)
                    if table.kind == TableKind::Layout && table.is_single_cell() =>
                {
                    if let Some(CellSlot::Origin(cell)) =
                        table.grid.first().and_then(|row| row.first())
                    {
                        self.blocks(&cell.blocks, place)?;
                    }
                }
                Block::Table(table) => {
                    let rows = table
                        .grid
                        .iter()
                        .map(|row| row.iter().map(|slot| self.cell_text(slot)).collect());
                    self.out.push_table(rows.collect(), self.slide)?;
                }
                Block::BlockQuote(quoted) => self.blocks(quoted, Place::Quote)?,
                Block::CodeBlock { text, .. } => {
                    self.out.push(SourceBlockKind::Code, self.slide, text)?;
                }
                Block::Math(formula) => self.out.push(place.paragraph(), self.slide, formula)?,
                Block::Rule => {}
            }
        }
        Ok(())
    }

    fn list(&mut self, list: &List, depth: u8) -> Result<(), Refusal> {
        for (number, item) in (list.start..).zip(&list.items) {
            let label = label(list, item, number);
            let kind = SourceBlockKind::ListItem {
                depth,
                ordered: !label.is_empty(),
            };
            let rest = match item.blocks.split_first() {
                Some((Block::Paragraph(content), rest)) => {
                    let text = format!("{label}{}", self.plain(content));
                    self.out.push(kind, self.slide, &text)?;
                    rest
                }
                _ => &item.blocks[..],
            };
            self.blocks(rest, Place::Item { depth })?;
        }
        Ok(())
    }

    fn notes(&mut self, document: &Document) -> Result<(), Refusal> {
        for note in &document.notes {
            let text = self.text_of(&note.blocks);
            if !text.trim().is_empty() {
                let text = format!("{} {text}", self.note_mark(&note.id));
                self.out
                    .push(SourceBlockKind::Paragraph, self.slide, &text)?;
            }
        }
        Ok(())
    }

    fn note_mark(&self, id: &str) -> String {
        self.notes
            .get(id)
            .map(|number| format!("[{number}]"))
            .unwrap_or_default()
    }

    fn cell_text(&self, slot: &CellSlot) -> String {
        match slot {
            CellSlot::Origin(cell) => self.text_of(&cell.blocks),
            CellSlot::Covered { .. } => String::new(),
        }
    }

    /// All text of some blocks, a line each.
    fn text_of(&self, blocks: &[Block]) -> String {
        let mut lines = Vec::new();
        for block in blocks {
            match block {
                Block::Heading { content, .. } | Block::Paragraph(content) => {
                    lines.push(self.plain(content));
                }
                Block::List(list) => {
                    for (number, item) in (list.start..).zip(&list.items) {
                        lines.push(format!(
                            "{}{}",
                            label(list, item, number),
                            self.text_of(&item.blocks)
                        ));
                    }
                }
                Block::Table(table) => {
                    for row in &table.grid {
                        let cells: Vec<String> =
                            row.iter().map(|slot| self.cell_text(slot)).collect();
                        lines.push(cells.join(" "));
                    }
                }
                Block::BlockQuote(blocks) => lines.push(self.text_of(blocks)),
                Block::CodeBlock { text, .. } | Block::Math(text) => lines.push(text.clone()),
                Block::Rule => {}
            }
        }
        lines.retain(|line| !line.trim().is_empty());
        lines.join("\n")
    }

    /// Inline content as text, with the marks of notes.
    fn plain(&self, inlines: &[Inline]) -> String {
        let mut text = String::new();
        self.push_plain(&mut text, inlines);
        text
    }

    fn push_plain(&self, out: &mut String, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text { text, .. } => out.push_str(text),
                Inline::Link { content, .. } => self.push_plain(out, content),
                Inline::Math(formula) => out.push_str(formula),
                Inline::NoteRef(id) => out.push_str(&self.note_mark(id)),
                Inline::Checkbox(checked) => out.push_str(checkbox_text(*checked)),
                Inline::LineBreak => out.push('\n'),
                // What a picture shows is not what the text says; its description is often the camera's file name.
                Inline::Image { .. } | Inline::Anchor(_) => {}
            }
        }
    }
}

/// The number in front of an item as the source shows it, with the space after it; empty for a bullet.
fn label(list: &List, item: &ListItem, number: u64) -> String {
    match &item.marker_label {
        Some(label) => format!("{} ", label.trim()),
        None if list.ordered() => format!("{} ", list.marker.label(number)),
        None => String::new(),
    }
}
