//! Markdown (CommonMark with tables, footnotes and task lists) to blocks.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::{Parsed, Writer};
use crate::error::Refusal;
use crate::extraction::SourceBlockKind;

pub(super) fn parse(markdown: &str) -> Result<Parsed, Refusal> {
    let mut blocks = Writer::default();
    let title = write(&mut blocks, markdown)?;
    Ok(Parsed {
        title,
        blocks: blocks.finish(),
        ..Parsed::default()
    })
}

/// Writes the blocks of a Markdown text; gives the title of its metadata, if it has any.
pub(super) fn write(blocks: &mut Writer, markdown: &str) -> Result<Option<String>, Refusal> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader {
        blocks,
        text: String::new(),
        lists: Vec::new(),
        item_open: false,
        quotes: 0,
        rows: Vec::new(),
        literal: false,
        title: None,
    };
    for event in Parser::new_ext(markdown, options) {
        reader.event(event)?;
    }
    reader.flush()?;
    Ok(reader.title)
}

struct Reader<'a> {
    blocks: &'a mut Writer,
    /// Inline text since the last block.
    text: String,
    /// The open lists, outermost first: the number of the current item where they are numbered.
    lists: Vec<Option<u64>>,
    /// Whether the next text is the first of a list item.
    item_open: bool,
    quotes: usize,
    rows: Vec<Vec<String>>,
    /// Inside code or metadata, where a line break is itself.
    literal: bool,
    title: Option<String>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>) -> Result<(), Refusal> {
        match event {
            Event::Start(tag) => self.start(tag)?,
            Event::End(tag) => self.end(tag)?,
            Event::Text(text)
            | Event::Code(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text) => {
                self.text.push_str(&text);
            }
            Event::Html(html) | Event::InlineHtml(html) => push_without_tags(&mut self.text, &html),
            Event::FootnoteReference(label) => {
                self.text.extend(["[", &label, "]"]);
            }
            Event::SoftBreak if self.literal => self.text.push('\n'),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.text.push('\n'),
            Event::Rule => self.flush()?,
            Event::TaskListMarker(done) => self.text.push_str(if done { "[x] " } else { "[ ] " }),
        }
        Ok(())
    }

    fn start(&mut self, tag: Tag<'_>) -> Result<(), Refusal> {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::HtmlBlock => self.flush(),
            Tag::BlockQuote(_) => {
                self.flush()?;
                self.quotes += 1;
                Ok(())
            }
            Tag::CodeBlock(_) | Tag::MetadataBlock(_) => {
                self.flush()?;
                self.literal = true;
                Ok(())
            }
            Tag::List(first) => {
                self.flush()?;
                self.lists.push(first);
                Ok(())
            }
            Tag::Item => {
                self.flush()?;
                self.item_open = true;
                Ok(())
            }
            Tag::FootnoteDefinition(label) => {
                self.flush()?;
                self.text = format!("[{label}] ");
                Ok(())
            }
            Tag::Table(_) => {
                self.flush()?;
                self.rows.clear();
                Ok(())
            }
            Tag::TableHead | Tag::TableRow => {
                self.rows.push(Vec::new());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, tag: TagEnd) -> Result<(), Refusal> {
        match tag {
            TagEnd::Heading(level) => {
                let text = std::mem::take(&mut self.text);
                Ok(self.blocks.push(
                    SourceBlockKind::Heading {
                        level: level_number(level),
                    },
                    None,
                    &text,
                )?)
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock | TagEnd::FootnoteDefinition => self.flush(),
            TagEnd::BlockQuote(_) => {
                self.flush()?;
                self.quotes = self.quotes.saturating_sub(1);
                Ok(())
            }
            TagEnd::CodeBlock => {
                self.literal = false;
                let text = std::mem::take(&mut self.text);
                Ok(self.blocks.push(SourceBlockKind::Code, None, &text)?)
            }
            TagEnd::MetadataBlock(_) => {
                self.literal = false;
                let text = std::mem::take(&mut self.text);
                let title = text.lines().find_map(|line| line.strip_prefix("title:"));
                self.title = title.map(|title| title.trim().trim_matches(['"', '\'']).to_owned());
                Ok(())
            }
            TagEnd::List(_) => {
                self.flush()?;
                self.lists.pop();
                Ok(())
            }
            TagEnd::Item => {
                self.flush()?;
                self.item_open = false;
                if let Some(Some(number)) = self.lists.last_mut() {
                    *number += 1;
                }
                Ok(())
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.text);
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
                Ok(())
            }
            TagEnd::Table => Ok(self
                .blocks
                .push_table(std::mem::take(&mut self.rows), None)?),
            _ => Ok(()),
        }
    }

    /// Writes the text since the last block as what it is here: an item, a quote or a paragraph.
    fn flush(&mut self) -> Result<(), Refusal> {
        let text = std::mem::take(&mut self.text);
        if text.trim().is_empty() {
            return Ok(());
        }
        if !std::mem::take(&mut self.item_open) {
            let kind = if self.quotes > 0 {
                SourceBlockKind::Quote
            } else {
                SourceBlockKind::Paragraph
            };
            return Ok(self.blocks.push(kind, None, &text)?);
        }
        let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
        match self.lists.last() {
            Some(Some(number)) => {
                let text = format!("{number}. {}", text.trim_start());
                Ok(self.blocks.push(
                    SourceBlockKind::ListItem {
                        depth,
                        ordered: true,
                    },
                    None,
                    &text,
                )?)
            }
            _ => Ok(self.blocks.push(
                SourceBlockKind::ListItem {
                    depth,
                    ordered: false,
                },
                None,
                &text,
            )?),
        }
    }
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

/// The text between tags; a line break for `<br>`.
fn push_without_tags(text: &mut String, html: &str) {
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let Some((tag, after)) = tag.split_once('>') else {
            return;
        };
        if tag.len() <= 5 && tag.to_ascii_lowercase().starts_with("br") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(markdown: &str) -> Vec<String> {
        let parsed = parse(markdown).unwrap();
        parsed
            .blocks
            .iter()
            .map(|block| format!("{:?}: {}", block.kind, block.text))
            .collect()
    }

    #[test]
    fn structure_survives() {
        let markdown = "---\ntitle: \"A title\"\n---\n# One *big* [thing](x)\n\ntext\nmore<br>line\n\n3. three\n   - inner\n4. four\n\n   again\n\n> quoted\n\n```rust\nfn x() {}\n\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n";
        assert_eq!(parse(markdown).unwrap().title.as_deref(), Some("A title"));
        assert_eq!(
            outline(markdown),
            [
                "Heading { level: 1 }: One big thing",
                "Paragraph: text more\nline",
                "ListItem { depth: 0, ordered: true }: 3. three",
                "ListItem { depth: 1, ordered: false }: inner",
                "ListItem { depth: 0, ordered: true }: 4. four",
                "Paragraph: again",
                "Quote: quoted",
                "Code: fn x() {}",
                "Table { rows: [[\"a\", \"b\"], [\"1\", \"2\"]] }: a | b\n1 | 2",
            ]
        );
    }

    #[test]
    fn html_inside_markdown_leaves_its_text() {
        assert_eq!(
            outline("<div align=center>\n<b>Hello</b>\n</div>\n"),
            ["Paragraph: Hello"]
        );
    }
}
