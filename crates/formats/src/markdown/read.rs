//! Markdown to blocks.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::tree::{
    Align, Block, DocumentTree, Image, Inline, ListItem, MAX_DEPTH, Marks, TableCell, TableRow,
    is_allowed_link,
};

/// Reads Markdown. Every text is valid Markdown, so this never fails; what a tree can't hold is kept as text: HTML,
/// links to forbidden places, pictures from elsewhere, nesting beyond [`MAX_DEPTH`].
#[must_use]
pub fn parse(markdown: &str) -> DocumentTree {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut builder = Builder::new();
    for event in Parser::new_ext(markdown, options) {
        builder.event(event);
    }
    DocumentTree::new(builder.finish())
}

/// A container that is still open.
enum Open {
    Document(Vec<Block>),
    Quote(Vec<Block>),
    BulletList(Vec<ListItem>),
    OrderedList(u32, Vec<ListItem>),
    Item(Vec<Block>),
    /// A container beyond the depth limit: its blocks go to the container around it.
    Flattened,
}

/// What the text that arrives is for.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    Paragraph,
    Heading(u8),
    Cell,
}

struct Builder {
    open: Vec<Open>,
    target: Target,
    inlines: Vec<Inline>,
    marks: MarkDepths,
    links: Vec<Option<String>>,
    /// A picture whose alternative text is being read.
    picture: Option<(String, String, String)>,
    code: Option<(Option<String>, String)>,
    html: Option<String>,
    rows: Vec<TableRow>,
    alignments: Vec<Alignment>,
    in_header: bool,
}

#[derive(Default)]
struct MarkDepths {
    bold: usize,
    italic: usize,
    strike: usize,
    underline: usize,
}

impl Builder {
    fn new() -> Self {
        Self {
            open: vec![Open::Document(Vec::new())],
            target: Target::Paragraph,
            inlines: Vec::new(),
            marks: MarkDepths::default(),
            links: Vec::new(),
            picture: None,
            code: None,
            html: None,
            rows: Vec::new(),
            alignments: Vec::new(),
            in_header: false,
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

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => {
                if let Some(html) = &mut self.html {
                    html.push_str(&text);
                } else {
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
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info
                        .split_whitespace()
                        .next()
                        .map(|word| word.chars().filter(|&c| c != '\0').take(64).collect()),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
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
                self.alignments = alignments;
                self.rows = Vec::new();
            }
            Tag::TableHead => {
                self.in_header = true;
                self.rows.push(TableRow::default());
            }
            Tag::TableRow => self.rows.push(TableRow::default()),
            Tag::TableCell => {
                self.target = Target::Cell;
                self.inlines.clear();
            }
            Tag::Emphasis => self.marks.italic += 1,
            Tag::Strong => self.marks.bold += 1,
            Tag::Strikethrough => self.marks.strike += 1,
            Tag::Link { dest_url, .. } => {
                let href: String = dest_url.chars().filter(|&c| c != '\0').collect();
                self.links.push(is_allowed_link(&href).then_some(href));
            }
            Tag::Image {
                dest_url, title, ..
            } => self.picture = Some((dest_url.to_string(), title.to_string(), String::new())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
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
                let rows = std::mem::take(&mut self.rows);
                self.target = Target::Paragraph;
                self.push(Block::Table(rows));
            }
            TagEnd::TableHead => self.in_header = false,
            TagEnd::TableCell => self.cell(),
            TagEnd::Emphasis => self.marks.italic = self.marks.italic.saturating_sub(1),
            TagEnd::Strong => self.marks.bold = self.marks.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.marks.strike = self.marks.strike.saturating_sub(1),
            TagEnd::Link => {
                self.links.pop();
            }
            TagEnd::Image => self.image(),
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.extend(text.chars().filter(|&c| c != '\0'));
        } else if let Some((_, _, alt)) = &mut self.picture {
            alt.extend(text.chars().filter(|&c| c != '\0'));
        } else {
            self.inline(text, false);
        }
    }

    fn inline(&mut self, text: &str, code: bool) {
        if let Some((_, _, alt)) = &mut self.picture {
            alt.push_str(text);
            return;
        }
        let text: String = text.chars().filter(|&c| c != '\0').collect();
        if text.is_empty() {
            return;
        }
        let marks = Marks {
            bold: self.marks.bold > 0,
            italic: self.marks.italic > 0,
            underline: self.marks.underline > 0,
            strike: self.marks.strike > 0,
            code,
            link: self.links.last().cloned().flatten(),
        };
        match self.inlines.last_mut() {
            Some(Inline::Text {
                text: before,
                marks: same,
            }) if *same == marks => before.push_str(&text),
            _ => self.inlines.push(Inline::Text { text, marks }),
        }
    }

    fn hard_break(&mut self) {
        if self.picture.is_none() && self.code.is_none() {
            self.inlines.push(Inline::HardBreak);
        }
    }

    /// Text with tags in it: `<u>` and `<br>` act, a page break comment breaks, the rest is shown.
    fn tags(&mut self, html: &str) {
        let mut rest = html;
        while let Some(begin) = rest.find('<') {
            self.text(&rest[..begin]);
            rest = &rest[begin..];
            let Some(end) = rest.find('>') else { break };
            let tag = &rest[..=end];
            let name = tag[1..end]
                .trim_end_matches('/')
                .trim()
                .to_ascii_lowercase();
            match name.as_str() {
                "u" => self.marks.underline += 1,
                "/u" => self.marks.underline = self.marks.underline.saturating_sub(1),
                "br" => self.hard_break(),
                _ if is_page_break_comment(tag) && self.target == Target::Paragraph => {
                    self.flush_text();
                    self.push(Block::PageBreak);
                }
                _ => self.text(tag),
            }
            rest = &rest[end + 1..];
        }
        self.text(rest);
    }

    fn html_block(&mut self, html: &str) {
        for (index, line) in html.trim().lines().enumerate() {
            if index > 0 && !self.inlines.is_empty() {
                self.hard_break();
            }
            self.tags(line.trim());
        }
        self.flush();
    }

    fn image(&mut self) {
        let Some((src, title, alt)) = self.picture.take() else {
            return;
        };
        let image = Image {
            src,
            alt: (!alt.is_empty()).then(|| alt.clone()),
            title: (!title.is_empty()).then_some(title),
            width: None,
        };
        let allowed = Block::from_value(
            serde_json::to_value(Block::Image(image.clone())).unwrap_or_default(),
        )
        .is_ok();
        if allowed && self.target == Target::Paragraph {
            self.flush_text();
            self.push(Block::Image(image));
        } else {
            // A picture from elsewhere is not fetched: its words stay, and lead there.
            let words = if alt.is_empty() { &image.src } else { &alt };
            let words = if words.len() > 512 { "" } else { words }.to_owned();
            let leads = is_allowed_link(&image.src) && self.links.is_empty();
            if leads {
                self.links.push(Some(image.src.clone()));
            }
            self.inline(&words, false);
            if leads {
                self.links.pop();
            }
        }
    }

    fn cell(&mut self) {
        let content = std::mem::take(&mut self.inlines);
        self.marks.underline = 0;
        let Some(row) = self.rows.last_mut() else {
            return;
        };
        let align = match self.alignments.get(row.cells.len()) {
            Some(Alignment::Center) => Some(Align::Center),
            Some(Alignment::Right) => Some(Align::Right),
            Some(Alignment::Left) => Some(Align::Left),
            _ => None,
        };
        row.cells.push(TableCell {
            header: self.in_header,
            content: vec![Block::Paragraph {
                align,
                content: trimmed(content),
            }],
            ..TableCell::default()
        });
    }

    /// Ends the paragraph or heading that is being written, if one is.
    fn flush(&mut self) {
        if let Target::Heading(level) = self.target {
            let content = trimmed(std::mem::take(&mut self.inlines));
            self.push(Block::Heading {
                level,
                align: None,
                content,
            });
        } else {
            self.flush_text();
        }
        self.target = Target::Paragraph;
        self.marks.underline = 0;
    }

    fn flush_text(&mut self) {
        let content = trimmed(std::mem::take(&mut self.inlines));
        match &content[..] {
            [] => {}
            [Inline::Text { text, marks }]
                if marks.is_plain() && matches!(text.trim(), "\\newpage" | "\\pagebreak") =>
            {
                self.push(Block::PageBreak);
            }
            _ => self.push(Block::Paragraph {
                align: None,
                content,
            }),
        }
    }

    fn open(&mut self, container: Open) {
        // A list opens two levels (itself and its item); paragraphs and texts need two more.
        let depth = self
            .open
            .iter()
            .filter(|open| !matches!(open, Open::Flattened))
            .count();
        let in_flattened_list = matches!(container, Open::Item(_))
            && !matches!(
                self.open.last(),
                Some(Open::BulletList(_) | Open::OrderedList(..))
            );
        if depth + 6 > MAX_DEPTH && !matches!(container, Open::Item(_)) || in_flattened_list {
            self.open.push(Open::Flattened);
        } else {
            self.open.push(container);
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Quote(blocks)) => self.push(Block::Blockquote(blocks)),
            Some(Open::BulletList(items)) => self.push(Block::BulletList(items)),
            Some(Open::OrderedList(start, items)) => {
                self.push(Block::OrderedList { start, items });
            }
            Some(Open::Item(content)) => {
                if let Some(Open::BulletList(items) | Open::OrderedList(_, items)) =
                    self.open.last_mut()
                {
                    items.push(ListItem { content });
                }
            }
            Some(document @ Open::Document(_)) => self.open.push(document),
            Some(Open::Flattened) | None => {}
        }
    }

    fn push(&mut self, block: Block) {
        for open in self.open.iter_mut().rev() {
            match open {
                Open::Document(blocks) | Open::Quote(blocks) | Open::Item(blocks) => {
                    blocks.push(block);
                    return;
                }
                Open::BulletList(items) | Open::OrderedList(_, items) => {
                    items.push(ListItem {
                        content: vec![block],
                    });
                    return;
                }
                Open::Flattened => {}
            }
        }
    }
}

/// Markdown has no white space at the ends of a paragraph; what HTML and breaks left there goes.
fn trimmed(mut inlines: Vec<Inline>) -> Vec<Inline> {
    if inlines
        .iter()
        .all(|inline| matches!(inline, Inline::Text { text, .. } if text.trim().is_empty()))
    {
        inlines.clear();
    }
    inlines
}

fn is_page_break_comment(tag: &str) -> bool {
    tag.strip_prefix("<!--")
        .and_then(|rest| rest.strip_suffix("-->"))
        .is_some_and(|comment| {
            let letters: String = comment
                .chars()
                .filter(char::is_ascii_alphabetic)
                .collect::<String>()
                .to_ascii_lowercase();
            matches!(letters.as_str(), "pagebreak" | "newpage")
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(markdown: &str) -> Vec<&'static str> {
        parse(markdown).content.iter().map(Block::kind).collect()
    }

    #[test]
    fn marks_nest_and_underline_is_html() {
        let tree = parse("**bold *both*** <u>under ~~gone~~</u> `a<b` [x](https://e.org)");
        let Block::Paragraph { content, .. } = &tree.content[0] else {
            panic!("{tree:?}")
        };
        let set: Vec<(String, String)> = content
            .iter()
            .map(|inline| match inline {
                Inline::Text { text, marks } => {
                    let mut set = String::new();
                    for (on, letter) in [
                        (marks.bold, 'b'),
                        (marks.italic, 'i'),
                        (marks.underline, 'u'),
                        (marks.strike, 's'),
                        (marks.code, 'c'),
                        (marks.link.is_some(), 'l'),
                    ] {
                        if on {
                            set.push(letter);
                        }
                    }
                    (text.clone(), set)
                }
                Inline::HardBreak => ("\n".into(), String::new()),
            })
            .collect();
        let set: Vec<(&str, &str)> = set.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(
            set,
            [
                ("bold ", "b"),
                ("both", "bi"),
                (" ", ""),
                ("under ", "u"),
                ("gone", "us"),
                (" ", ""),
                ("a<b", "c"),
                (" ", ""),
                ("x", "l")
            ]
        );
    }

    #[test]
    fn page_breaks_are_written_in_two_ways() {
        assert_eq!(
            kinds("a\n\n\\newpage\n\nb\n\n<!-- pagebreak -->\n\nc"),
            [
                "paragraph",
                "pageBreak",
                "paragraph",
                "pageBreak",
                "paragraph"
            ]
        );
    }

    #[test]
    fn html_is_text_and_scripts_do_nothing() {
        let tree = parse(
            "<script>alert(1)</script>\n\nx <img src=y onerror=z> [a](javascript:alert(1)) ![p](https://e.org/p.png)",
        );
        let json = serde_json::to_string(&tree).unwrap();
        assert_eq!(DocumentTree::from_json(&json).unwrap(), tree);
        assert!(tree.plain_text().contains("<script>alert(1)</script>"));
        assert!(tree.plain_text().contains("<img src=y onerror=z> a p"));
        assert!(!json.contains("\"javascript:"));
    }

    #[test]
    fn pictures_of_the_store_stand_on_their_own() {
        let tree = parse("before ![A plan](carrel:images/1) after");
        assert_eq!(
            tree.content.iter().map(Block::kind).collect::<Vec<_>>(),
            ["paragraph", "image", "paragraph"]
        );
        let Block::Image(image) = &tree.content[1] else {
            panic!("{tree:?}")
        };
        assert_eq!(image.alt.as_deref(), Some("A plan"));
    }

    #[test]
    fn tables_carry_headers_and_alignment() {
        let tree = parse("| a | b |\n|---|--:|\n| 1 | **2** |");
        let Block::Table(rows) = &tree.content[0] else {
            panic!("{tree:?}")
        };
        assert!(rows[0].cells[0].header && !rows[1].cells[0].header);
        assert!(matches!(
            rows[1].cells[1].content[0],
            Block::Paragraph {
                align: Some(Align::Right),
                ..
            }
        ));
    }
}
