//! Lines of text without a place on the page, put together to paragraphs.

use super::Writer;
use super::text::list_marker;
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;

/// Writes the lines of one recognised paragraph.
pub(crate) fn write_recognised(
    out: &mut Writer,
    lines: &[String],
    page: u32,
) -> Result<(), Refusal> {
    let mut paragraph = Paragraph::default();
    for line in lines {
        paragraph.line(out, page, line)?;
    }
    paragraph.end(out, page)
}

/// The lines of a paragraph or list item as they come.
#[derive(Default)]
pub(super) struct Paragraph {
    kind: Option<SourceBlockKind>,
    text: String,
    longest_line: usize,
    last_line: usize,
}

impl Paragraph {
    /// Takes the next line; an empty one ends the paragraph.
    pub(super) fn line(&mut self, out: &mut Writer, page: u32, line: &str) -> Result<(), Refusal> {
        if line.trim().is_empty() {
            return self.end(out, page);
        }
        if let Some((kind, text)) = list_marker(line) {
            self.end(out, page)?;
            self.kind = Some(kind);
            text.clone_into(&mut self.text);
        } else {
            if self.ends_before(line) {
                self.end(out, page)?;
            }
            join_line(&mut self.text, line.trim());
        }
        self.last_line = line.trim().chars().count();
        self.longest_line = self.longest_line.max(self.last_line);
        Ok(())
    }

    /// A sentence that ends well before the right margin ends its paragraph.
    fn ends_before(&self, line: &str) -> bool {
        let short = self.last_line * 4 < self.longest_line * 3;
        !self.text.is_empty() && short && ends_sentence(&self.text) && starts_sentence(line)
    }

    pub(super) fn end(&mut self, out: &mut Writer, page: u32) -> Result<(), Refusal> {
        let finished = std::mem::take(self);
        out.push(
            finished.kind.unwrap_or(SourceBlockKind::Paragraph),
            Some(page),
            &finished.text,
        )?;
        Ok(())
    }
}

pub(super) fn ends_sentence(text: &str) -> bool {
    text.trim_end()
        .ends_with(['.', '!', '?', ':', '"', '”', '»', '’', ')', '。', '؟'])
}

pub(super) fn starts_sentence(line: &str) -> bool {
    line.trim_start()
        .chars()
        .next()
        .is_some_and(|first| !first.is_lowercase())
}

/// Adds a line to a paragraph; a word cut by a hyphen at the end of the line is made whole.
pub(super) fn join_line(text: &mut String, line: &str) {
    let mut before = text.chars().rev();
    let hyphen = matches!(before.next(), Some('-' | '\u{2010}'));
    let cut_word = hyphen && before.next().is_some_and(char::is_lowercase);
    let continues = line.chars().next().is_some_and(char::is_lowercase);
    if cut_word && continues {
        text.pop();
    } else if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_cut_at_the_end_of_a_line_are_made_whole() {
        let mut text = "a para-".to_owned();
        join_line(&mut text, "graph of the EU-");
        join_line(&mut text, "Commission and x-");
        join_line(&mut text, "Ray");
        assert_eq!(text, "a paragraph of the EU- Commission and x- Ray");
    }
}
