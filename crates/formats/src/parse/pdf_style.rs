//! How a PDF is set: which sizes head its text, whether bold does, whether one-width letters are code.

use std::collections::HashMap;

use super::pdf_content::{Lines, PageContent};
use super::pdf_lines::Line;

/// How this document is set.
pub(super) struct DocumentStyle {
    /// Size of the body, in half points.
    pub(super) body: u32,
    /// Sizes above the body's, largest first.
    larger: Vec<u32>,
    /// Whether a line in bold of the body's size is a heading here, and not just how this document is set.
    bold_heads: bool,
    /// Whether one-width letters are code here, and not the typewriter the whole is written on.
    mono_is_code: bool,
}

impl DocumentStyle {
    pub(super) fn of(pages: &[PageContent]) -> Self {
        let mut letters: HashMap<u32, usize> = HashMap::new();
        let (mut all, mut bold, mut mono) = (0_usize, 0_usize, 0_usize);
        let placed = pages.iter().filter_map(|page| match &page.lines {
            Lines::Placed(lines) => Some(lines),
            Lines::Plain(_) => None,
        });
        for line in placed.flatten() {
            let count = line.text.len();
            *letters.entry(half_points(line.size)).or_default() += count;
            all += count;
            bold += if line.bold { count } else { 0 };
            mono += if line.mono { count } else { 0 };
        }
        let body = letters
            .iter()
            .max_by_key(|(size, count)| (**count, **size))
            .map_or(0, |(size, _)| *size);
        // A size that sets a large part of the text heads nothing.
        let heads = letters
            .iter()
            .filter(|(size, count)| is_larger(**size, body) && **count * 5 < all);
        let mut larger: Vec<u32> = heads.map(|(size, _)| *size).collect();
        larger.sort_unstable_by(|a, b| b.cmp(a));
        // Sizes that differ by rounding are one.
        larger.dedup_by(|smaller, larger| *smaller + 1 >= *larger);
        Self {
            body,
            larger,
            bold_heads: bold * 4 < all,
            mono_is_code: mono * 10 < all * 6,
        }
    }

    /// The rank of a line as a heading, 1 for the largest; not yet a level.
    pub(super) fn heading_rank(&self, line: &Line) -> Option<u8> {
        let text = line.text.trim();
        let length = text.chars().count();
        let visible = text
            .chars()
            .filter(|character| !character.is_whitespace())
            .count();
        let letters = text
            .chars()
            .filter(|character| character.is_alphabetic())
            .count();
        if letters < 2
            || letters * 2 < visible
            || length > 140
            || text.contains('…')
            || line.columns
        {
            return None;
        }
        let size = half_points(line.size);
        if is_larger(size, self.body) {
            let rank = self.larger.iter().position(|larger| *larger <= size + 1)?;
            return u8::try_from(rank + 1).ok();
        }
        let closed = text.ends_with(['.', ',', ';', ':', '?', '!']);
        let heads = self.bold_heads
            && line.bold
            && !line.mono
            && size + 1 >= self.body
            && length <= 90
            && !closed;
        heads.then(|| u8::try_from(self.larger.len() + 1).unwrap_or(u8::MAX))
    }

    pub(super) fn is_code(&self, line: &Line) -> bool {
        self.mono_is_code && line.mono && line.text.trim().chars().count() > 1
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to a font size"
)]
pub(super) fn half_points(size: f32) -> u32 {
    (size * 2.0).round().clamp(0.0, 2000.0) as u32
}

/// At least a tenth larger, and by a point.
pub(super) fn is_larger(size: u32, body: u32) -> bool {
    size >= body + 2 && size * 10 >= body * 11
}
