//! From the lines of a PDF's pages to headings, paragraphs, list items and code.
//!
//! A PDF has letters at places and no structure. What is found here is what can be found reliably: a heading
//! is a short line set larger than the document's body, or bold on its own; a paragraph ends where its lines
//! say so; lines of one-width letters are code. Tables are not looked for: their rows stay lines.

use super::Writer;
use super::flow::{Paragraph, ends_sentence, join_line, starts_sentence};
use super::pdf_lines::Line;
use super::pdf_running::RunningLines;
use super::pdf_style::{DocumentStyle, half_points, is_larger};
use super::text::list_marker;
use crate::error::Refusal;
use crate::extraction::{SourceBlock, SourceBlockKind};

/// What was read from one page.
pub(super) struct PageContent {
    pub page: u32,
    pub lines: Lines,
}

pub(super) enum Lines {
    /// In reading order, with their places.
    Placed(Vec<Line>),
    /// In reading order, places unknown; an empty line ends a paragraph.
    Plain(Vec<String>),
}

impl PageContent {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        let (placed, plain) = match &self.lines {
            Lines::Placed(lines) => (&lines[..], &[][..]),
            Lines::Plain(lines) => (&[][..], &lines[..]),
        };
        placed
            .iter()
            .map(|line| line.text.as_str())
            .chain(plain.iter().map(String::as_str))
    }

    /// Letters and digits that mean something; signs of a font without a map to Unicode do not.
    pub(super) fn usable_letters(&self) -> usize {
        let (mut usable, mut odd) = (0, 0);
        for character in self.texts().flat_map(str::chars) {
            if character == '\u{fffd}' || ('\u{e000}'..='\u{f8ff}').contains(&character) {
                odd += 1;
            } else if character.is_alphanumeric() {
                usable += 1;
            }
        }
        if odd > usable / 2 { 0 } else { usable }
    }

    /// The two lines at the top and the two at the bottom, by their index.
    pub(super) fn edges(&self) -> Vec<usize> {
        match &self.lines {
            Lines::Plain(lines) => {
                let filled: Vec<usize> = (0..lines.len())
                    .filter(|&index| !lines[index].trim().is_empty())
                    .collect();
                let bottom = filled.len().saturating_sub(2).max(2);
                filled
                    .iter()
                    .take(2)
                    .chain(filled.iter().skip(bottom))
                    .copied()
                    .collect()
            }
            Lines::Placed(lines) => {
                let mut by_height: Vec<usize> = (0..lines.len()).collect();
                by_height.sort_by(|&a, &b| lines[b].baseline.total_cmp(&lines[a].baseline));
                let bottom = by_height.len().saturating_sub(2).max(2);
                by_height
                    .iter()
                    .take(2)
                    .chain(by_height.iter().skip(bottom))
                    .copied()
                    .collect()
            }
        }
    }
}

/// Writes the pages' blocks in order.
pub(super) fn write_pages(pages: &[PageContent]) -> Result<Vec<SourceBlock>, Refusal> {
    let style = DocumentStyle::of(pages);
    let running = RunningLines::of(pages);
    let mut out = Writer::default();
    for content in pages {
        let dropped: Vec<usize> = content
            .edges()
            .into_iter()
            .filter(|&index| running.repeats(content, index))
            .collect();
        match &content.lines {
            Lines::Plain(lines) => {
                let mut paragraph = Paragraph::default();
                for (_, line) in lines
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !dropped.contains(index))
                {
                    paragraph.line(&mut out, content.page, line)?;
                }
                paragraph.end(&mut out, content.page)?;
            }
            Lines::Placed(lines) => {
                let kept = lines
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !dropped.contains(index))
                    .map(|(_, line)| line);
                let kept: Vec<&Line> = kept.collect();
                PlacedPage {
                    page: content.page,
                    style: &style,
                    lines: &kept,
                }
                .write(&mut out)?;
            }
        }
    }
    Ok(with_close_levels(out.finish()))
}

/// Heading levels without gaps: sizes that turned out to head nothing leave none.
fn with_close_levels(mut blocks: Vec<SourceBlock>) -> Vec<SourceBlock> {
    let mut used = [false; 256];
    for block in &blocks {
        if let SourceBlockKind::Heading { level } = block.kind {
            used[usize::from(level)] = true;
        }
    }
    let mut closed = [0_u8; 256];
    let mut next = 0;
    for (level, used) in used.into_iter().enumerate() {
        next = if used { (next + 1).min(6) } else { next };
        closed[level] = next.max(1);
    }
    for block in &mut blocks {
        if let SourceBlockKind::Heading { level } = &mut block.kind {
            *level = closed[usize::from(*level)];
        }
    }
    blocks
}

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

struct PlacedPage<'a> {
    page: u32,
    style: &'a DocumentStyle,
    lines: &'a [&'a Line],
}

impl PlacedPage<'_> {
    fn write(&self, out: &mut Writer) -> Result<(), Refusal> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: u32, lines: &[&str]) -> PageContent {
        PageContent {
            page,
            lines: Lines::Plain(lines.iter().map(|line| (*line).to_owned()).collect()),
        }
    }

    fn line(text: &str, left: f32, baseline: f32, size: f32) -> Line {
        #[expect(clippy::cast_precision_loss, reason = "short lines")]
        let right = left + text.len() as f32 * size * 0.5;
        Line {
            text: text.to_owned(),
            left,
            right,
            baseline,
            size,
            ..Line::default()
        }
    }

    fn kinds(blocks: &[SourceBlock]) -> Vec<String> {
        blocks
            .iter()
            .map(|block| format!("{:?}: {}", block.kind, block.text))
            .collect()
    }

    #[test]
    fn a_running_header_is_kept_once() {
        let content = ["content x", "content xx", "content xxx", "content xxxx"];
        let pages: Vec<_> = (1..=4_u32)
            .map(|n| {
                plain(
                    n,
                    &[
                        "Annual report",
                        "",
                        content[n as usize - 1],
                        "",
                        &format!("Page {n}"),
                    ],
                )
            })
            .collect();
        let text: Vec<_> = write_pages(&pages)
            .unwrap()
            .into_iter()
            .map(|block| (block.page.unwrap(), block.text))
            .collect();
        let expected = [
            (1, "Annual report"),
            (1, "content x"),
            (1, "Page 1"),
            (2, "content xx"),
            (3, "content xxx"),
            (4, "content xxxx"),
        ];
        assert_eq!(text, expected.map(|(page, text)| (page, text.to_owned())));
    }

    #[test]
    fn a_page_of_unmapped_letters_has_no_usable_text() {
        assert_eq!(
            plain(1, &["\u{e001}\u{e002}\u{fffd} ab"]).usable_letters(),
            0
        );
        assert_eq!(
            plain(1, &["\u{f0b7} one", "\u{f0b7} two three"]).usable_letters(),
            11
        );
    }

    #[test]
    fn size_makes_headings_and_place_makes_paragraphs() {
        let long = "a line of the body that is as long as the column is wide, as most are";
        let mut code = line("let x = 1;", 90.0, 560.0, 10.0);
        code.mono = true;
        let mut deeper = line("x + 1", 100.0, 548.0, 10.0);
        deeper.mono = true;
        let mut bold = line("Bold and alone", 72.0, 520.0, 10.0);
        bold.bold = true;
        let lines = vec![
            line("A heading of", 72.0, 720.0, 18.0),
            line("two lines", 72.0, 700.0, 18.0),
            line(long, 72.0, 670.0, 10.0),
            line("ends here.", 72.0, 658.0, 10.0),
            line("The next paragraph", 84.0, 646.0, 10.0),
            line("• an item that", 84.0, 620.0, 10.0),
            line("goes on", 92.0, 608.0, 10.0),
            line("• another", 84.0, 596.0, 10.0),
            code,
            deeper,
            bold,
            line(long, 72.0, 500.0, 10.0),
        ];
        let blocks = write_pages(&[PageContent {
            page: 1,
            lines: Lines::Placed(lines),
        }])
        .unwrap();
        let body = format!("Paragraph: {long}");
        assert_eq!(
            kinds(&blocks),
            [
                "Heading { level: 1 }: A heading of two lines",
                format!("{body} ends here.").as_str(),
                "Paragraph: The next paragraph",
                "ListItem { depth: 0, ordered: false }: an item that goes on",
                "ListItem { depth: 0, ordered: false }: another",
                "Code: let x = 1;\n  x + 1",
                "Heading { level: 2 }: Bold and alone",
                body.as_str(),
            ]
        );
    }
}
