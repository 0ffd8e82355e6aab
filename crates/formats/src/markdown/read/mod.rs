//! Markdown to blocks.

mod containers;
mod html;
mod pictures;
mod running;
mod tables;
#[cfg(test)]
mod tests;

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use self::containers::Open;
use self::pictures::Picture;
use self::running::Running;
use self::tables::OpenTable;
use crate::tree::{Block, DocumentTree, is_allowed_link};

pub(super) use self::running::trim_blanks;

/// Reads Markdown. Every text is valid Markdown, so this never fails; what a tree can't hold is kept as text: HTML,
/// links to forbidden places, pictures from elsewhere, nesting beyond [`MAX_DEPTH`](crate::tree::MAX_DEPTH).
#[must_use]
pub fn parse(markdown: &str) -> DocumentTree {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut builder = Builder::new(markdown);
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        builder.event(event, &range);
    }
    DocumentTree::new(builder.finish())
}

/// What the text that arrives is for.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    Paragraph,
    Heading(u8),
    Cell,
}

struct Builder<'a> {
    source: &'a str,
    open: Vec<Open>,
    target: Target,
    running: Running,
    picture: Option<Picture>,
    code: Option<(Option<String>, String)>,
    html: Option<String>,
    table: OpenTable,
}

impl<'a> Builder<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            open: vec![Open::Document(Vec::new())],
            target: Target::Paragraph,
            running: Running::default(),
            picture: None,
            code: None,
            html: None,
            table: OpenTable::default(),
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.flush();
        while self.open.len() > 1 {
            self.close();
        }
        match self.open.pop() {
            Some(Open::Document(blocks)) => blocks,
            _ => Vec::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, range: &Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                if let Some(html) = &mut self.html {
                    html.push_str(&text);
                } else {
                    if self.running.is_empty() {
                        self.running.escaped = self.source[..range.start].ends_with('\\');
                    }
                    self.text(&text);
                }
            }
            Event::Code(code) => self.inline(&code, true),
            Event::Html(html) => match &mut self.html {
                Some(block) => block.push_str(&html),
                None => self.tags(&html),
            },
            Event::InlineHtml(html) => self.tags(&html),
            Event::SoftBreak => self.text(" "),
            Event::HardBreak => self.hard_break(),
            Event::Rule => {
                self.flush();
                self.push(Block::HorizontalRule);
            }
            // Not enabled; shown as written should a later version send them.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text);
            }
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.flush(),
            Tag::Heading { level, .. } => {
                self.flush();
                self.target = Target::Heading(level_number(level));
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.open(Open::Quote(Vec::new()));
            }
            Tag::CodeBlock(kind) => {
                self.flush();
                self.code = Some((language(kind), String::new()));
            }
            Tag::HtmlBlock => {
                self.flush();
                self.html = Some(String::new());
            }
            Tag::List(start) => {
                self.flush();
                self.open(match start {
                    None => Open::BulletList(Vec::new()),
                    Some(start) => Open::OrderedList(u32::try_from(start).unwrap_or(1), Vec::new()),
                });
            }
            Tag::Item => {
                self.flush();
                self.open(Open::Item(Vec::new()));
            }
            Tag::Table(alignments) => {
                self.flush();
                self.table = OpenTable::new(alignments);
            }
            Tag::TableHead => self.table.begin_row(true),
            Tag::TableRow => self.table.begin_row(false),
            Tag::TableCell => {
                self.target = Target::Cell;
                self.running.clear();
            }
            Tag::Emphasis => self.running.marks.italic += 1,
            Tag::Strong => self.running.marks.bold += 1,
            Tag::Strikethrough => self.running.marks.strike += 1,
            Tag::Link { dest_url, .. } => {
                let href: String = dest_url.chars().filter(|&c| c != '\0').collect();
                self.running
                    .links
                    .push(is_allowed_link(&href).then_some(href));
            }
            Tag::Image {
                dest_url, title, ..
            } => self.picture = Some(Picture::new(&dest_url, &title)),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let marks = &mut self.running.marks;
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) => self.flush(),
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item => {
                self.flush();
                self.close();
            }
            TagEnd::CodeBlock => {
                if let Some((language, mut text)) = self.code.take() {
                    if text.ends_with('\n') {
                        text.pop();
                    }
                    self.push(Block::CodeBlock { language, text });
                }
            }
            TagEnd::HtmlBlock => {
                let html = self.html.take().unwrap_or_default();
                self.html_block(&html);
            }
            TagEnd::Table => {
                let rows = std::mem::take(&mut self.table).rows;
                self.target = Target::Paragraph;
                self.push(Block::Table(rows));
            }
            TagEnd::TableCell => self.end_cell(),
            TagEnd::Emphasis => marks.italic = marks.italic.saturating_sub(1),
            TagEnd::Strong => marks.bold = marks.bold.saturating_sub(1),
            TagEnd::Strikethrough => marks.strike = marks.strike.saturating_sub(1),
            TagEnd::Link => {
                self.running.links.pop();
            }
            TagEnd::Image => self.end_picture(),
            _ => {}
        }
    }
}

/// The first word of what stands behind the fence.
fn language(kind: CodeBlockKind<'_>) -> Option<String> {
    let CodeBlockKind::Fenced(info) = kind else {
        return None;
    };
    let word = info.split_whitespace().next()?;
    Some(word.chars().filter(|&c| c != '\0').take(64).collect())
}

fn level_number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
