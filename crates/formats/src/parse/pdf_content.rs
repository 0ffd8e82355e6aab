//! What was read from a page of a PDF, before its lines are put together.

use super::pdf_lines::Line;

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
