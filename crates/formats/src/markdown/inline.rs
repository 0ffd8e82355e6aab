//! Running text to Markdown: marks, links, and what must be escaped.

use crate::tree::{Block, DocumentTree, Inline, Marks};

/// Where text stands, which decides what must be escaped.
#[derive(Clone, Copy, PartialEq)]
pub enum Place {
    Paragraph,
    Heading,
    Cell,
}

/// Emphasis in CommonMark depends on the characters around it in ways that some texts can't satisfy. So what was
/// written is read again, and written without emphasis when it would not come back as it was.
pub fn inline(content: &[Inline], place: Place) -> String {
    let text = write_inlines(content, place);
    let emphasised = content.iter().any(|inline| {
        matches!(inline, Inline::Text { marks, .. } if marks.bold || marks.italic || marks.strike)
    });
    if !emphasised || comes_back(&text, content) {
        return text;
    }
    let mut plainer = content.to_vec();
    for inline in &mut plainer {
        if let Inline::Text { text, marks } = inline {
            let word = text.trim();
            if word.len() != text.len() || marks.code {
                marks.bold = false;
                marks.italic = false;
                marks.strike = false;
            }
        }
    }
    let mut plainer = merged(plainer);
    let text = write_inlines(&plainer, place);
    if comes_back(&text, &plainer) {
        return text;
    }
    for inline in &mut plainer {
        if let Inline::Text { marks, .. } = inline {
            marks.bold = false;
            marks.italic = false;
            marks.strike = false;
        }
    }
    write_inlines(&merged(plainer), place)
}

/// Neighbours that became alike as one: two code spans in a row would be read as one with other fences.
fn merged(content: Vec<Inline>) -> Vec<Inline> {
    let mut merged: Vec<Inline> = Vec::with_capacity(content.len());
    for inline in content {
        match (merged.last_mut(), inline) {
            (
                Some(Inline::Text {
                    text,
                    marks: before,
                }),
                Inline::Text { text: more, marks },
            ) if *before == marks => text.push_str(&more),
            (_, inline) => merged.push(inline),
        }
    }
    merged
}

fn comes_back(text: &str, content: &[Inline]) -> bool {
    // A letter before keeps the line from being read as a heading, list or fence.
    let tree = super::parse(&format!("x {text}"));
    let [Block::Paragraph { content: read, .. }] = &tree.content[..] else {
        return false;
    };
    let mut expected = content.to_vec();
    expected.insert(0, Inline::text("x "));
    let expected = DocumentTree::new(vec![Block::Paragraph {
        align: None,
        content: expected,
    }]);
    matches!(&expected.content[0], Block::Paragraph { content, .. } if content == read)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Link,
    Underline,
    Bold,
    Italic,
    Strike,
}

const ORDER: [Mark; 5] = [
    Mark::Link,
    Mark::Underline,
    Mark::Bold,
    Mark::Italic,
    Mark::Strike,
];

impl Mark {
    fn is_set(self, marks: &Marks) -> bool {
        match self {
            Self::Link => marks.link.is_some(),
            Self::Underline => marks.underline,
            Self::Bold => marks.bold,
            Self::Italic => marks.italic,
            Self::Strike => marks.strike,
        }
    }
}

struct OpenMark {
    mark: Mark,
    href: Option<String>,
}

fn write_inlines(content: &[Inline], place: Place) -> String {
    let mut out = String::new();
    let mut open: Vec<OpenMark> = Vec::new();
    for (index, inline) in content.iter().enumerate() {
        match inline {
            Inline::HardBreak => {
                let text_follows = matches!(
                    content.get(index + 1),
                    Some(Inline::Text { text, .. }) if !text.trim().is_empty()
                );
                let text_before = !out.is_empty() && !out.ends_with('\n') && !out.ends_with("<br>");
                if place == Place::Paragraph && text_follows && text_before {
                    out.push_str("\\\n");
                } else {
                    out.push_str("<br>");
                }
            }
            Inline::Text { text, marks } => {
                let keep = open
                    .iter()
                    .position(|open| {
                        !open.mark.is_set(marks)
                            || (open.mark == Mark::Link && open.href != marks.link)
                    })
                    .unwrap_or(open.len());
                for closed in open.drain(keep..).rev() {
                    close(&closed, &mut out);
                }
                let mut wanted: Vec<Mark> = ORDER
                    .into_iter()
                    .filter(|mark| {
                        mark.is_set(marks) && !open.iter().any(|open| open.mark == *mark)
                    })
                    .collect();
                // What lasts longer opens first, so that it need not be closed and opened again.
                wanted.sort_by_key(|mark| std::cmp::Reverse(lasting(*mark, &content[index..])));
                for mark in wanted {
                    open_mark(mark, &mut out);
                    open.push(OpenMark {
                        mark,
                        href: (mark == Mark::Link).then(|| marks.link.clone()).flatten(),
                    });
                }
                if marks.code {
                    out.push_str(&code_span(text, place));
                } else {
                    let at_line_start = out.is_empty() || out.ends_with('\n');
                    let last = index + 1 == content.len()
                        || matches!(content.get(index + 1), Some(Inline::HardBreak));
                    out.push_str(&escaped_piece(text, place, at_line_start, last));
                }
            }
        }
    }
    for closed in open.into_iter().rev() {
        close(&closed, &mut out);
    }
    out
}

fn lasting(mark: Mark, content: &[Inline]) -> usize {
    content
        .iter()
        .take_while(|inline| match inline {
            Inline::Text { marks, .. } => mark.is_set(marks),
            Inline::HardBreak => true,
        })
        .count()
}

fn open_mark(mark: Mark, out: &mut String) {
    out.push_str(match mark {
        Mark::Link => "[",
        Mark::Underline => "<u>",
        Mark::Bold => "**",
        Mark::Italic => "*",
        Mark::Strike => "~~",
    });
}

fn close(open: &OpenMark, out: &mut String) {
    match open.mark {
        Mark::Link => {
            let href = open.href.as_deref().unwrap_or_default();
            out.push_str("](");
            out.push_str(&destination(href));
            out.push(')');
        }
        Mark::Underline => out.push_str("</u>"),
        mark => open_mark(mark, out),
    }
}

pub fn destination(href: &str) -> String {
    if href.starts_with("data:") {
        return href.to_owned();
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

pub fn longest_run(text: &str, of: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

fn code_span(text: &str, place: Place) -> String {
    let text: String = text
        .chars()
        .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c })
        .collect();
    let text = if place == Place::Cell {
        text.replace('|', "\\|")
    } else {
        text
    };
    let mut ticks = 1;
    while text.split(|c| c != '`').any(|run| run.len() == ticks) {
        ticks += 1;
    }
    let fence = "`".repeat(ticks);
    let blank = text.trim_matches(' ').is_empty();
    let pad = !blank
        && (text.starts_with('`')
            || text.ends_with('`')
            || text.starts_with(' ') && text.ends_with(' '));
    let pad = if pad { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

pub fn escaped(text: &str, place: Place) -> String {
    escaped_piece(text, place, true, true)
}

/// Text with everything escaped that Markdown would take for more than text.
fn escaped_piece(text: &str, place: Place, at_line_start: bool, last: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let chars: Vec<char> = text
        .chars()
        .map(|c| {
            if matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}') {
                ' '
            } else {
                c
            }
        })
        .collect();
    let edge = |index: usize| (at_line_start && index == 0) || (last && index + 1 == chars.len());
    // A number at the start of a line, then "." or ")", would begin a list.
    let digits = if at_line_start {
        chars.iter().take_while(|c| c.is_ascii_digit()).count()
    } else {
        0
    };
    for (index, &c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(index + 1).copied();
        let escape = match c {
            ' ' if edge(index) => {
                out.push_str("&#32;");
                continue;
            }
            '\t' if edge(index) => {
                out.push_str("&#9;");
                continue;
            }
            '\\' | '`' | '*' | '[' | ']' | '<' | '~' | '&' => true,
            '_' => {
                !(before.is_some_and(char::is_alphanumeric)
                    && after.is_some_and(char::is_alphanumeric))
            }
            '|' => place == Place::Cell || at_line_start,
            '!' => after.is_none() || after == Some('['),
            '#' => (at_line_start && index == 0) || place == Place::Heading,
            '+' | '-' | '=' | '>' | ':' => at_line_start && index == 0,
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
