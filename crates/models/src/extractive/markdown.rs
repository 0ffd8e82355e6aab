//! Plain text into Markdown that shows exactly that text.

use crate::grounding::Passage;

/// Escapes what Markdown would read as markup. Line breaks become hard breaks.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            out.push_str("\\\n");
        }
        escape_line(line.trim(), Place::Paragraph, &mut out);
    }
    out
}

/// Where a line will stand: what begins a list in a paragraph means nothing in a heading.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Paragraph,
    Heading,
}

fn escape_line(line: &str, place: Place, out: &mut String) {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let mut before = ' ';
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let escaped = match character {
            '\\' | '`' | '*' | '[' | ']' | '<' | '|' | '~' => true,
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            '&' => next == '#' || next.is_ascii_alphabetic(),
            '#' => at == 0 || place == Place::Heading,
            '+' | '-' | '>' | '=' => at == 0 && place == Place::Paragraph,
            // "3. May" at the start of a line would become a list.
            '.' | ')' => digits > 0 && at == digits && place == Place::Paragraph,
            _ => false,
        };
        if escaped {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
}

/// A heading line.
pub(super) fn heading(text: &str, level: u8) -> String {
    let mut out = "#".repeat(usize::from(level.clamp(1, 6)));
    out.push(' ');
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    escape_line(&text, Place::Heading, &mut out);
    out
}

/// A block quote of paragraphs (Markdown already) with the line that names their source.
pub(super) fn quote(paragraphs: &[String], passage: &Passage) -> String {
    let mut out = String::new();
    for paragraph in paragraphs {
        for line in paragraph.lines() {
            out.push_str("> ");
            out.push_str(line);
            out.push('\n');
        }
        out.push_str(">\n");
    }
    let title = passage.source.split_whitespace().collect::<Vec<_>>();
    let title = (!title.is_empty()).then(|| format!("*{}*", escape(&title.join(" "))));
    let page = passage.page.map(|page| format!("page {page}"));
    let place: Vec<String> = [title, page].into_iter().flatten().collect();
    out.push_str("> — ");
    if place.is_empty() {
        out.push_str("untitled source");
    } else {
        out.push_str(&place.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_source_stays_text() {
        assert_eq!(
            escape("# a *b* [c](d) <e> f_g _h_ &amp; A & B"),
            r"\# a \*b\* \[c\](d) \<e> f_g \_h\_ \&amp; A & B"
        );
        assert_eq!(escape("3. Mai\n- eins"), "3\\. Mai\\\n\\- eins");
    }

    #[test]
    fn a_numbered_heading_stays_as_it_is() {
        assert_eq!(heading("1. The\n*C#*", 2), r"## 1. The \*C\#\*");
        assert_eq!(heading("x", 9), "###### x");
    }

    #[test]
    fn a_quote_names_its_title_and_page() {
        let passage = Passage {
            source: "School\nPlan *2024*".into(),
            page: Some(3),
            text: String::new(),
        };
        assert_eq!(
            quote(&["one\\\ntwo".into(), "three".into()], &passage),
            "> one\\\n> two\n>\n> three\n>\n> — *School Plan \\*2024\\**, page 3"
        );
    }
}
