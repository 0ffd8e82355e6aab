//! Running text to Markdown: marks, links and breaks.
//!
//! Whether `**` begins or ends anything depends in CommonMark on the characters around it, and for some texts there is
//! no way to write emphasis so (`a**!**b`, or a bold blank). So what was written is read again, and written with tags
//! (`<strong>`), which depend on nothing, where it would not come back as it was.

use super::Place;
use super::escape::{code_span, destination, escaped_piece};
use crate::tree::{Block, Inline, Marks};

/// How marks are written.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// With the signs of Markdown wherever they may work.
    Signs,
    /// Emphasis with tags, code with backticks.
    Tags,
    /// Everything with tags.
    AllTags,
}

/// Writes running text; it comes back as it is.
pub(super) fn running(content: &[Inline], place: Place) -> String {
    let text = write_inlines(content, place, Style::Signs);
    let simple = content.iter().all(|inline| match inline {
        Inline::HardBreak => true,
        Inline::Text { marks, .. } => !(marks.bold || marks.italic || marks.strike || marks.code),
    });
    if simple || comes_back(&text, content, place) {
        return text;
    }
    let text = write_inlines(content, place, Style::Tags);
    if comes_back(&text, content, place) {
        return text;
    }
    write_inlines(content, place, Style::AllTags)
}

fn comes_back(text: &str, content: &[Inline], place: Place) -> bool {
    let in_its_place = match place {
        Place::Paragraph => text.to_owned(),
        Place::Heading => format!("# {text}"),
        Place::Cell => format!("| {text} |\n| --- |"),
    };
    let tree = crate::markdown::parse(&in_its_place);
    let read = match &tree.content[..] {
        [Block::Paragraph { content, .. } | Block::Heading { content, .. }] => content,
        [Block::Table(rows)] => match &rows[0].cells[0].content[..] {
            [Block::Paragraph { content, .. }] => content,
            _ => return false,
        },
        _ => return false,
    };
    let mut expected = content.to_vec();
    crate::tree::normalise_inlines(&mut expected);
    *read == expected
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

    fn tag(self) -> &'static str {
        match self {
            Self::Link => "a",
            Self::Underline => "u",
            Self::Bold => "strong",
            Self::Italic => "em",
            Self::Strike => "del",
        }
    }

    fn sign(self) -> Option<&'static str> {
        match self {
            Self::Bold => Some("**"),
            Self::Italic => Some("*"),
            Self::Strike => Some("~~"),
            Self::Link | Self::Underline => None,
        }
    }
}

/// A mark that was begun, and how it will be ended.
struct OpenMark {
    mark: Mark,
    href: Option<String>,
    end: String,
}

impl OpenMark {
    fn goes_on(&self, marks: &Marks) -> bool {
        self.mark.is_set(marks) && (self.mark != Mark::Link || self.href == marks.link)
    }
}

struct Writer<'a> {
    content: &'a [Inline],
    place: Place,
    style: Style,
    out: String,
    open: Vec<OpenMark>,
}

fn write_inlines(content: &[Inline], place: Place, style: Style) -> String {
    let mut writer = Writer {
        content,
        place,
        style,
        out: String::new(),
        open: Vec::new(),
    };
    for (index, inline) in content.iter().enumerate() {
        match inline {
            Inline::HardBreak => writer.hard_break(index),
            Inline::Text { text, marks } => writer.text(index, text, marks),
        }
    }
    writer.close_from(0);
    writer.out
}

impl Writer<'_> {
    fn hard_break(&mut self, index: usize) {
        // What doesn't go on after the break ends before it: a sign may not stand after white space.
        let next = self.content[index..]
            .iter()
            .find_map(|inline| match inline {
                Inline::Text { marks, .. } => Some(marks),
                Inline::HardBreak => None,
            });
        let keep = self
            .open
            .iter()
            .position(|open| next.is_none_or(|marks| !open.goes_on(marks)));
        self.close_from(keep.unwrap_or(self.open.len()));
        let text_follows = matches!(
            self.content.get(index + 1),
            Some(Inline::Text { text, .. }) if !text.trim().is_empty()
        );
        let text_before = !self.out.is_empty() && !self.out.ends_with("<br>");
        if self.place == Place::Paragraph && text_follows && text_before {
            self.out.push_str("\\\n");
        } else {
            self.out.push_str("<br>");
        }
    }

    fn text(&mut self, index: usize, text: &str, marks: &Marks) {
        let keep = self.open.iter().position(|open| !open.goes_on(marks));
        self.close_from(keep.unwrap_or(self.open.len()));
        self.open_marks(index, marks);
        if marks.code
            && self.style != Style::AllTags
            && let Some(span) = code_span(text, self.place)
        {
            self.out.push_str(&span);
            return;
        }
        if marks.code {
            self.out.push_str("<code>");
        }
        let begins_line = self.out.is_empty() || self.out.ends_with('\n');
        let ends_line = matches!(self.content.get(index + 1), None | Some(Inline::HardBreak));
        self.out
            .push_str(&escaped_piece(text, self.place, begins_line, ends_line));
        if marks.code {
            self.out.push_str("</code>");
        }
    }

    fn open_marks(&mut self, index: usize, marks: &Marks) {
        let mut wanted: Vec<(Mark, usize)> = ORDER
            .into_iter()
            .filter(|mark| mark.is_set(marks) && !self.open.iter().any(|open| open.mark == *mark))
            .map(|mark| (mark, lasting(mark, marks, &self.content[index..])))
            .collect();
        // What lasts longer opens first, so that it need not be closed and opened again.
        wanted.sort_by_key(|&(_, lasting)| std::cmp::Reverse(lasting));
        for (mark, lasting) in wanted {
            let sign = mark
                .sign()
                .filter(|_| self.style == Style::Signs && may_work(self.content, index, lasting));
            let (begin, end) = match (mark, sign) {
                (Mark::Link, _) => {
                    let href = marks.link.as_deref().unwrap_or_default();
                    ("[".to_owned(), format!("]({})", destination(href)))
                }
                (_, Some(sign)) => (sign.to_owned(), sign.to_owned()),
                (mark, None) => (format!("<{}>", mark.tag()), format!("</{}>", mark.tag())),
            };
            self.out.push_str(&begin);
            self.open.push(OpenMark {
                mark,
                href: marks.link.clone().filter(|_| mark == Mark::Link),
                end,
            });
        }
    }

    fn close_from(&mut self, first: usize) {
        for closed in self.open.drain(first..).rev() {
            self.out.push_str(&closed.end);
        }
    }
}

/// How many of the inlines at the beginning have the mark of the first.
fn lasting(mark: Mark, first: &Marks, content: &[Inline]) -> usize {
    content
        .iter()
        .take_while(|inline| match inline {
            Inline::Text { marks, .. } => {
                mark.is_set(marks) && (mark != Mark::Link || marks.link == first.link)
            }
            Inline::HardBreak => true,
        })
        .count()
}

/// Whether signs around these inlines may be read as emphasis (CommonMark §6.2: left- and right-flanking), going by
/// the text alone. Reading it again decides; this spares the rest of the paragraph from tags for one odd place in it.
fn may_work(content: &[Inline], from: usize, length: usize) -> bool {
    let spanned = &content[from..from + length];
    let breaks = spanned
        .iter()
        .rev()
        .take_while(|inline| matches!(inline, Inline::HardBreak))
        .count();
    let to = from + length - breaks;
    let first = spanned
        .first()
        .map_or(Edge::Blank, |inline| edge(inline, str::chars));
    let last = content[from..to].last().map_or(Edge::Blank, |inline| {
        edge(inline, |text| text.chars().rev())
    });
    let before = from.checked_sub(1).map_or(Edge::Blank, |i| {
        edge(&content[i], |text| text.chars().rev())
    });
    let after = content
        .get(to)
        .map_or(Edge::Blank, |inline| edge(inline, str::chars));
    let works = |inner: Edge, outer: Edge| match inner {
        Edge::Blank => false,
        Edge::Sign => outer != Edge::Letter,
        Edge::Letter => true,
    };
    works(first, before) && works(last, after)
}

#[derive(Clone, Copy, PartialEq)]
enum Edge {
    Blank,
    Sign,
    Letter,
}

fn edge<'a, I: Iterator<Item = char>>(inline: &'a Inline, chars: impl Fn(&'a str) -> I) -> Edge {
    match inline {
        Inline::HardBreak => Edge::Blank,
        Inline::Text { marks, .. } if marks.code || marks.link.is_some() => Edge::Sign,
        Inline::Text { text, .. } => match chars(text).next() {
            Some(c) if c.is_alphanumeric() => Edge::Letter,
            Some(c) if !c.is_whitespace() => Edge::Sign,
            _ => Edge::Blank,
        },
    }
}
