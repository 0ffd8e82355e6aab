//! What must be escaped so that text stays text.

use super::Place;

/// Text that stands by itself with everything escaped that Markdown would take for more than text.
pub(super) fn escaped(text: &str, place: Place) -> String {
    escaped_piece(text, place, true, true)
}

/// A piece of text with everything escaped that Markdown would take for more than text. White space that Markdown
/// would drop or change (at the ends of lines, and what breaks lines) is written as character references.
pub(super) fn escaped_piece(
    text: &str,
    place: Place,
    begins_line: bool,
    ends_line: bool,
) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len() + 8);
    // A number at the start of a line, then "." or ")", would begin a list.
    let digits = if begins_line {
        chars.iter().take_while(|c| c.is_ascii_digit()).count()
    } else {
        0
    };
    for (index, &c) in chars.iter().enumerate() {
        let first = begins_line && index == 0;
        let last = ends_line && index + 1 == chars.len();
        let before = index.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(index + 1).copied();
        if is_lost(c) || (first || last) && c.is_whitespace() {
            push_reference(&mut out, c);
            continue;
        }
        let escape = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' | '&' => true,
            '_' => !(before.is_some_and(is_letter) && after.is_some_and(is_letter)),
            '|' => place == Place::Cell || begins_line,
            '!' => after.is_none() || after == Some('['),
            '#' => first || place == Place::Heading,
            '+' | '-' | '=' | '>' | ':' => first,
            '.' | ')' => digits > 0 && index == digits,
            _ => false,
        };
        if escape {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn push_reference(out: &mut String, c: char) {
    out.push_str("&#");
    out.push_str(&u32::from(c).to_string());
    out.push(';');
}

/// White space that Markdown takes for the end of a line, or for a blank.
fn is_lost(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}')
}

/// A letter or digit that CommonMark is sure not to take for a sign: above U+2000 there are signs with the properties
/// of letters (circled ones).
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() && c < '\u{2000}'
}

/// Where a link leads or a picture comes from.
pub(super) fn destination(href: &str) -> String {
    if href.starts_with("data:") {
        return href.split_whitespace().collect();
    }
    let mut out = String::with_capacity(href.len() + 2);
    out.push('<');
    for c in href.chars() {
        if matches!(c, '<' | '>' | '\\' | '&' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('>');
    out
}

/// A title in quotation marks.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if is_lost(c) {
            push_reference(&mut out, c);
            continue;
        }
        if matches!(c, '"' | '\\' | '&' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// How many of a character stand in a row at most.
pub(super) fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// A code span, if one can hold the text: it has no way to write what breaks lines.
pub(super) fn code_span(text: &str, place: Place) -> Option<String> {
    if text.contains(is_lost) {
        return None;
    }
    let mut ticks = 1;
    while text.split(|c| c != '`').any(|run| run.len() == ticks) {
        ticks += 1;
    }
    let fence = "`".repeat(ticks);
    let blank = text.trim_matches(' ').is_empty();
    let padded = !blank
        && (text.starts_with('`')
            || text.ends_with('`')
            || text.starts_with(' ') && text.ends_with(' '));
    let pad = if padded { " " } else { "" };
    let text = if place == Place::Cell {
        text.replace('|', "\\|")
    } else {
        text.to_owned()
    };
    Some(format!("{fence}{pad}{text}{pad}{fence}"))
}
