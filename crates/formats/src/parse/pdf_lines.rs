//! From the pieces of text a PDF page draws to its lines.
//!
//! The order in which a page draws its text is, for nearly every program that makes PDFs, the order in which it
//! is read; over 22 real documents it keeps four words in a row together more often (.905 of them, against
//! `pdftotext`) than sorting by place does (.867). Where it cannot be (much jumping up and down the page) or
//! where letters run otherwise than from left to right, the page is left to the sorting of `pdf_oxide`.

use pdf_oxide::layout::TextSpan;

use crate::extraction::clean;

/// One line of a page, with its place in points from the lower left corner.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    pub text: String,
    pub left: f32,
    pub right: f32,
    pub baseline: f32,
    /// The size most of its letters are set in.
    pub size: f32,
    /// All letters are bold.
    pub bold: bool,
    /// All letters are of one width.
    pub mono: bool,
    /// It has a gap as between the columns of a table.
    pub columns: bool,
}

/// What stands for the gap between two columns.
const COLUMN_GAP: &str = "   ";

/// The lines in drawing order, or `None` when that is not the reading order.
pub(super) fn in_drawing_order(spans: &[TextSpan]) -> Option<Vec<Line>> {
    if !runs_left_to_right(spans) {
        return None;
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut building = Building::default();
    for span in spans.iter().filter(|span| !span.text.is_empty()) {
        if !building.continues(span) {
            lines.extend(std::mem::take(&mut building).finish());
        }
        building.add(span);
    }
    lines.extend(building.finish());

    let jumps = lines
        .windows(2)
        .filter(|pair| pair[1].baseline > pair[0].baseline + 3.0 * pair[0].size)
        .count();
    // Columns, headers, notes and floats jump a few times a page.
    (jumps <= 6 || jumps * 8 <= lines.len()).then_some(lines)
}

fn runs_left_to_right(spans: &[TextSpan]) -> bool {
    let (mut other, mut all) = (0_usize, 0_usize);
    for span in spans {
        let letters = span
            .text
            .chars()
            .filter(|character| character.is_alphanumeric())
            .count();
        let turned = span.rotation_degrees != 0.0 || span.wmode != 0;
        let backwards = span
            .text
            .chars()
            .filter(|character| is_right_to_left(*character))
            .count();
        all += letters;
        other += if turned {
            letters
        } else {
            backwards.min(letters)
        };
    }
    other * 10 <= all
}

/// Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}')
}

/// A line that is being put together.
#[derive(Default)]
struct Building {
    line: Line,
    /// Letters by size, for the few sizes of a line.
    sizes: Vec<(f32, usize)>,
    letters: usize,
    bold: usize,
    mono: usize,
    last_size: f32,
    last_baseline: f32,
}

impl Building {
    fn continues(&self, span: &TextSpan) -> bool {
        if self.line.text.is_empty() {
            return true;
        }
        let size = self.last_size.max(span.font_size);
        let level = (span.bbox.y - self.last_baseline).abs() <= 0.5 * size
            || (span.bbox.y - self.line.baseline).abs() <= 0.35 * size;
        // Accents and logos step back a little, a new column or a line drawn over another a lot.
        level && span.bbox.x > self.line.right - 2.0 * size
    }

    fn add(&mut self, span: &TextSpan) {
        let text = clean(&span.text).replace('\n', " ");
        if self.line.text.is_empty() {
            self.line.left = span.bbox.x;
            self.line.baseline = span.bbox.y;
        } else {
            let gap = span.bbox.x - self.line.right;
            let spaced = self.line.text.ends_with(' ') || text.starts_with(' ');
            if gap > 1.2 * span.font_size && !text.trim().is_empty() && !is_label(&self.line.text) {
                let kept = self.line.text.trim_end().len();
                self.line.text.truncate(kept);
                self.line.text.push_str(COLUMN_GAP);
                self.line.columns = true;
            } else if !spaced && gap > 0.15 * span.font_size.min(self.last_size.max(1.0)) {
                self.line.text.push(' ');
            }
        }
        let letters = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .count();
        match self
            .sizes
            .iter_mut()
            .find(|(size, _)| (size - span.font_size).abs() < 0.25)
        {
            Some((_, count)) => *count += letters,
            None => self.sizes.push((span.font_size, letters)),
        }
        self.letters += letters;
        self.bold += if span.font_weight.is_bold() {
            letters
        } else {
            0
        };
        self.mono += if span.is_monospace { letters } else { 0 };
        self.line.text.push_str(if self.line.text.ends_with(' ') {
            text.trim_start()
        } else {
            &text
        });
        self.line.right = self.line.right.max(span.bbox.x + span.bbox.width);
        self.last_size = span.font_size;
        self.last_baseline = span.bbox.y;
    }

    fn finish(self) -> Option<Line> {
        if self.letters == 0 {
            return None;
        }
        let size = self
            .sizes
            .iter()
            .max_by_key(|(_, letters)| *letters)
            .map_or(0.0, |(size, _)| *size);
        let text = without_leaders(self.line.text.trim_end());
        Some(Line {
            size,
            bold: self.bold == self.letters,
            mono: self.mono == self.letters,
            text,
            ..self.line
        })
    }
}

/// The number of a heading or an item, which often stands well apart from its text.
fn is_label(text: &str) -> bool {
    let text = text.trim();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.chars().count() <= 3 || digits > 0 && text.chars().count() <= 12 && !text.contains(' ')
}

/// The dots that lead to a page number in a table of contents, made short.
fn without_leaders(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('.') {
        let run = rest[start..]
            .bytes()
            .take_while(|byte| matches!(byte, b'.' | b' '))
            .count();
        let dots = rest[start..start + run]
            .bytes()
            .filter(|&byte| byte == b'.')
            .count();
        if dots >= 5 {
            out.push_str(rest[..start].trim_end());
            out.push_str(" … ");
        } else {
            out.push_str(&rest[..start + run]);
        }
        rest = &rest[start + run..];
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_of_a_table_of_contents_are_made_short() {
        assert_eq!(
            without_leaders("1.2 Scope . . . . . . . . 17"),
            "1.2 Scope … 17"
        );
        assert_eq!(without_leaders("End....... 3"), "End … 3");
        assert_eq!(
            without_leaders("And so on... e.g. this."),
            "And so on... e.g. this."
        );
    }
}
