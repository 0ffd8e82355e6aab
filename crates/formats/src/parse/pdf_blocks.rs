//! The lines of one page, whose places are known, put together to headings, paragraphs, list items and code.

use super::Writer;
use super::flow::{ends_sentence, join_line, starts_sentence};
use super::pdf_lines::Line;
use super::pdf_style::{DocumentStyle, half_points, is_larger};
use super::text::list_marker;
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;

/// What the last lines were put together to.
enum Open {
    Nothing,
    Text {
        kind: SourceBlockKind,
        text: String,
    },
    Heading {
        rank: u8,
        text: String,
    },
    Code {
        text: String,
        left: f32,
    },
    /// Lines that stand in columns, each kept to itself.
    Rows {
        text: String,
    },
}

pub(super) struct PlacedPage<'a> {
    pub page: u32,
    pub style: &'a DocumentStyle,
    pub lines: &'a [&'a Line],
}

impl PlacedPage<'_> {
    pub(super) fn write(&self, out: &mut Writer) -> Result<(), Refusal> {
        let pitch = self.usual_pitch();
        let mut open = Open::Nothing;
        for (index, line) in self.lines.iter().enumerate() {
            let previous = index.checked_sub(1).map(|index| self.lines[index]);
            let step = previous.map_or(f32::MAX, |previous| previous.baseline - line.baseline);
            let apart = step > 1.35 * pitch.max(line.size) || step < -0.5 * line.size;
            let next = self.lines.get(index + 1);

            if self.style.is_code(line) {
                open = self.add_code(out, open, line, step > 2.6 * pitch || step < 0.0)?;
                continue;
            }
            // Bold of the body's size heads only when it stands alone: a paragraph may begin in bold.
            let larger = is_larger(half_points(line.size), self.style.body);
            let alone = larger || next.is_none_or(|next| Self::stands_before(line, next));
            if let Some(rank) = self.style.heading_rank(line).filter(|_| alone) {
                open = self.add_heading(out, open, rank, line, step)?;
                continue;
            }
            open = if line.columns && list_marker(&line.text).is_none() {
                self.add_row(out, open, line, apart)?
            } else {
                self.add_text(out, open, index, apart)?
            };
        }
        self.close(out, open)
    }

    /// Whether a bold line stands by itself and not at the head of a paragraph or a table.
    fn stands_before(line: &Line, next: &Line) -> bool {
        let below = line.baseline - next.baseline;
        let close = (0.0..1.6 * line.size).contains(&below);
        let same_paragraph = next.bold && (0.0..1.2 * line.size).contains(&below);
        !(same_paragraph || (close && next.columns))
    }

    fn add_code(
        &self,
        out: &mut Writer,
        open: Open,
        line: &Line,
        apart: bool,
    ) -> Result<Open, Refusal> {
        if let Open::Code { mut text, left } = open {
            if !apart {
                text.push('\n');
                push_indent(&mut text, line, left);
                return Ok(Open::Code { text, left });
            }
            self.close(out, Open::Code { text, left })?;
        } else {
            self.close(out, open)?;
        }
        Ok(Open::Code {
            text: line.text.clone(),
            left: line.left,
        })
    }

    fn add_heading(
        &self,
        out: &mut Writer,
        open: Open,
        rank: u8,
        line: &Line,
        step: f32,
    ) -> Result<Open, Refusal> {
        match open {
            // A heading of two lines.
            Open::Heading {
                rank: above,
                mut text,
            } if above == rank
                && (0.0..2.0 * line.size).contains(&step)
                && text.len() + line.text.len() < 250 =>
            {
                join_line(&mut text, line.text.trim());
                Ok(Open::Heading { rank, text })
            }
            open => {
                self.close(out, open)?;
                Ok(Open::Heading {
                    rank,
                    text: line.text.trim().to_owned(),
                })
            }
        }
    }

    fn add_row(
        &self,
        out: &mut Writer,
        open: Open,
        line: &Line,
        apart: bool,
    ) -> Result<Open, Refusal> {
        match open {
            Open::Rows { text } if !apart => Ok(Open::Rows {
                text: format!("{text}\n{}", line.text.trim()),
            }),
            open => {
                self.close(out, open)?;
                Ok(Open::Rows {
                    text: line.text.trim().to_owned(),
                })
            }
        }
    }

    fn add_text(
        &self,
        out: &mut Writer,
        open: Open,
        index: usize,
        apart: bool,
    ) -> Result<Open, Refusal> {
        let line = self.lines[index];
        if let Some((kind, text)) = list_marker(line.text.trim_start()) {
            self.close(out, open)?;
            return Ok(Open::Text {
                kind,
                text: text.to_owned(),
            });
        }
        match open {
            Open::Text { kind, mut text } if !self.breaks(index, &kind, &text, apart) => {
                join_line(&mut text, line.text.trim());
                Ok(Open::Text { kind, text })
            }
            // The last row goes on in a second line.
            Open::Rows { mut text }
                if !apart && !ends_sentence(&text) && !starts_sentence(&line.text) =>
            {
                join_line(&mut text, line.text.trim());
                Ok(Open::Rows { text })
            }
            open => {
                self.close(out, open)?;
                Ok(Open::Text {
                    kind: SourceBlockKind::Paragraph,
                    text: line.text.trim().to_owned(),
                })
            }
        }
    }

    /// Whether the line begins a new paragraph after `text`.
    fn breaks(&self, index: usize, kind: &SourceBlockKind, text: &str, apart: bool) -> bool {
        let line = self.lines[index];
        let previous = self.lines[index - 1];
        let sentence = ends_sentence(text) && starts_sentence(&line.text);
        // A column or a float goes on elsewhere with the sentence it left.
        if apart {
            return ends_sentence(text) || starts_sentence(&line.text);
        }
        if (line.size - previous.size).abs() > 0.15 * line.size
            || (line.bold != previous.bold && sentence)
        {
            return true;
        }
        let indented = line.left > previous.left + 0.8 * line.size;
        let outdented = line.left < previous.left - 0.8 * line.size;
        if matches!(kind, SourceBlockKind::ListItem { .. }) {
            return outdented && sentence;
        }
        if indented && sentence {
            return true;
        }
        // The previous line could have taken this one's first word, and did not.
        let room = self.right_margin(index) - previous.right;
        let first_word = line
            .text
            .split_whitespace()
            .next()
            .map_or(0, |word| word.chars().count());
        #[expect(clippy::cast_precision_loss, reason = "the letters of a word")]
        let needs = (first_word as f32 + 1.5) * 0.6 * line.size;
        room > needs && (sentence || room > 8.0 * line.size && starts_sentence(&line.text))
    }

    /// How far to the right the lines around this one reach.
    fn right_margin(&self, index: usize) -> f32 {
        let around = &self.lines[index.saturating_sub(10)..self.lines.len().min(index + 10)];
        let here = self.lines[index];
        let column = around
            .iter()
            .filter(|line| (line.left - here.left).abs() < 4.0 * here.size);
        column.map(|line| line.right).fold(here.right, f32::max)
    }

    /// The usual distance between the lines of a paragraph.
    fn usual_pitch(&self) -> f32 {
        let mut steps: Vec<f32> = self
            .lines
            .windows(2)
            .map(|pair| (pair[0].baseline - pair[1].baseline, pair[0].size))
            .filter(|(step, size)| *step > 0.5 * size && *step < 2.5 * size)
            .map(|(step, _)| step)
            .collect();
        steps.sort_by(f32::total_cmp);
        // Distances within paragraphs are the many small ones, those between them the few large ones.
        steps.get(steps.len() * 2 / 5).copied().unwrap_or_default()
    }

    fn close(&self, out: &mut Writer, open: Open) -> Result<(), Refusal> {
        let page = Some(self.page);
        match open {
            Open::Nothing => {}
            Open::Text { kind, text } => out.push(kind, page, &text)?,
            Open::Rows { text } => out.push(SourceBlockKind::Paragraph, page, &text)?,
            Open::Heading { rank, text } => {
                out.push(SourceBlockKind::Heading { level: rank }, page, &text)?;
            }
            Open::Code { text, .. } => out.push(SourceBlockKind::Code, page, &text)?,
        }
        Ok(())
    }
}

/// A line of code with the blanks its place stands for.
fn push_indent(text: &mut String, line: &Line, left: f32) {
    let characters = line.text.chars().count().max(1);
    #[expect(clippy::cast_precision_loss, reason = "the letters of a line")]
    let width = ((line.right - line.left) / characters as f32).max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to a page's width"
    )]
    let blanks = ((line.left - left) / width).round().clamp(0.0, 80.0) as usize;
    text.extend(std::iter::repeat_n(' ', blanks));
    text.push_str(&line.text);
}
