//! The blocks of a tree as paragraphs and tables of Word.

use std::rc::Rc;

use docx_rs::{
    AlignmentType, BreakType, Hyperlink, HyperlinkData, IndentLevel, LineSpacing, NumberingId,
    Paragraph, ParagraphChild, Pic, Run, SpecialIndentType, Table,
};

use super::is_xml;
use super::numbering::Numberings;
use super::runs::{link_of, runs, text_runs, with_text};
use super::styles::twips;
use crate::export::anchors::{Anchors, Slugs, heading_text};
use crate::export::measures::{LIST_INDENT, PARAGRAPH_GAP, QUOTE_INDENT};
use crate::export::picture::{Pictures, placeholder};
use crate::export::{Sheet, is_right_to_left};
use crate::tree::{Align, Block, DocumentTree, Image, Inline, ListItem, inline_text};

/// A paragraph or a table.
pub enum Part {
    Paragraph(Box<Paragraph>),
    Table(Box<Table>),
}

/// The text of the document and what it needs around it.
pub struct Body {
    pub parts: Vec<Part>,
    pub numbering: Numberings,
    /// The alternative texts of the pictures, in the order in which they occur.
    pub alternatives: Vec<String>,
}

pub fn write(tree: &DocumentTree, pictures: &mut Pictures<'_>, sheet: &Sheet) -> Body {
    let mut writer = Writer {
        pictures,
        anchors: Anchors::of(tree),
        slugs: Slugs::default(),
        numbering: Numberings::default(),
        alternatives: Vec::new(),
        links: 0,
        bookmarks: Vec::new(),
        break_before: false,
        page_height: sheet.text_height(),
    };
    let place = Place {
        width: sheet.text_width(),
        ..Place::default()
    };
    let mut parts = Vec::new();
    writer.blocks(&tree.content, place, &mut parts);
    if writer.break_before {
        parts.push(Part::Paragraph(Box::new(writer.paragraph("Gap"))));
    }
    if !matches!(parts.last(), Some(Part::Paragraph(_))) {
        parts.push(Part::Paragraph(Box::new(Paragraph::new().style("Normal"))));
    }
    Body {
        parts,
        numbering: writer.numbering,
        alternatives: writer.alternatives,
    }
}

/// English Metric Units: 12700 to the point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "pictures are smaller than a page"
)]
pub fn emu(points: f32) -> u32 {
    (points.max(0.0) * 12_700.0).round() as u32
}

/// Where a block stands.
#[derive(Clone, Copy, Default)]
pub struct Place {
    /// How far from the left edge of the text, in points.
    pub indent: f32,
    /// How much space there is, in points.
    pub width: f32,
    /// In how many lists.
    pub lists: usize,
    /// In how many of them that are ordered.
    pub ordered: usize,
    pub quoted: bool,
    pub in_cell: bool,
    pub header_cell: bool,
    /// The list and level whose marker the next paragraph carries.
    pub marker: Option<(usize, usize)>,
}

pub struct Writer<'w, 'p> {
    pictures: &'w mut Pictures<'p>,
    anchors: Anchors,
    slugs: Slugs,
    numbering: Numberings,
    alternatives: Vec<String>,
    links: usize,
    bookmarks: Vec<String>,
    /// A page break that waits for the next paragraph.
    pub break_before: bool,
    page_height: f32,
}

impl Writer<'_, '_> {
    pub fn blocks(&mut self, blocks: &[Block], place: Place, parts: &mut Vec<Part>) {
        for block in blocks {
            self.block(block, place, parts);
        }
    }

    pub fn paragraph(&mut self, style: &str) -> Paragraph {
        let paragraph = Paragraph::new().style(style);
        if std::mem::take(&mut self.break_before) {
            paragraph.page_break_before(true)
        } else {
            paragraph
        }
    }

    fn block(&mut self, block: &Block, place: Place, parts: &mut Vec<Part>) {
        match block {
            Block::Paragraph { align, content } => {
                let style = if place.in_cell {
                    "TableText"
                } else if place.quoted {
                    "Quote"
                } else if place.lists > 0 {
                    "ListParagraph"
                } else {
                    "Normal"
                };
                let paragraph = self.text(style, *align, content, place);
                parts.push(Part::Paragraph(Box::new(paragraph)));
            }
            Block::Heading {
                level,
                align,
                content,
            } => {
                let style = format!("Heading{}", level.clamp(&1, &6));
                let mut paragraph = self.text(&style, *align, content, place);
                if !place.in_cell {
                    let name = self.slugs.name(&heading_text(content));
                    if self.anchors.is_target(&name) {
                        self.bookmarks.push(name);
                        let number = self.bookmarks.len();
                        let bookmark = bookmark_name(&self.bookmarks[number - 1]);
                        paragraph = paragraph
                            .add_bookmark_start(number, bookmark)
                            .add_bookmark_end(number);
                    }
                }
                parts.push(Part::Paragraph(Box::new(paragraph)));
            }
            Block::BulletList(items) => {
                let list = self.numbering.bullet_list(place.ordered.min(8));
                self.items(items, list, place, parts);
            }
            Block::OrderedList { start, items } => {
                let level = place.lists.min(8);
                let list = self.numbering.ordered_list(level, place.ordered, *start);
                let place = Place {
                    ordered: place.ordered + 1,
                    ..place
                };
                self.items(items, list, place, parts);
            }
            Block::Blockquote(content) => {
                let inside = Place {
                    indent: place.indent + QUOTE_INDENT,
                    width: (place.width - QUOTE_INDENT).max(40.0),
                    quoted: true,
                    marker: None,
                    ..place
                };
                self.blocks(content, inside, parts);
            }
            Block::CodeBlock { text, .. } => self.code(text, place, parts),
            Block::Table(rows) => self.table(rows, place, parts),
            Block::Image(image) => self.image(image, place, parts),
            Block::HorizontalRule => {
                let paragraph = self.paragraph("Rule");
                let paragraph = indented(paragraph, place.indent);
                parts.push(Part::Paragraph(Box::new(paragraph)));
            }
            Block::PageBreak => {
                if !place.in_cell {
                    // Two in a row leave a page empty, as they do on the screen.
                    if self.break_before {
                        let empty = self.paragraph("Gap");
                        parts.push(Part::Paragraph(Box::new(empty)));
                    }
                    self.break_before = true;
                }
            }
        }
    }

    fn items(&mut self, items: &[ListItem], list: usize, place: Place, parts: &mut Vec<Part>) {
        let level = place.lists.min(8);
        for item in items {
            let inside = Place {
                indent: place.indent + LIST_INDENT,
                width: (place.width - LIST_INDENT).max(40.0),
                lists: place.lists + 1,
                marker: None,
                ..place
            };
            for (index, block) in item.content.iter().enumerate() {
                let marker = (index == 0).then_some((list, level));
                self.block(block, Place { marker, ..inside }, parts);
            }
        }
        // What follows the whole list stands off like after a paragraph.
        if place.lists == 0
            && !place.in_cell
            && let Some(Part::Paragraph(last)) = parts.last_mut()
        {
            let gap = u32::try_from(twips(PARAGRAPH_GAP)).unwrap_or(0);
            last.property.line_spacing = Some(LineSpacing::new().after(gap));
        }
    }

    fn text(
        &mut self,
        style: &str,
        align: Option<Align>,
        content: &[Inline],
        place: Place,
    ) -> Paragraph {
        let mut paragraph = self.paragraph(style);
        if let Some((list, level)) = place.marker {
            paragraph = paragraph.numbering(NumberingId::new(list), IndentLevel::new(level));
            paragraph = paragraph.indent(
                Some(twips(place.indent)),
                Some(SpecialIndentType::Hanging(twips(LIST_INDENT))),
                None,
                None,
            );
        } else {
            paragraph = indented(paragraph, place.indent);
        }
        let right_to_left = is_right_to_left(&inline_text(content));
        if right_to_left {
            paragraph.property.bidi = Some(true);
        }
        let align = align.or(place
            .header_cell
            .then_some(Align::Left)
            .filter(|_| !right_to_left));
        if let Some(align) = align {
            paragraph = paragraph.align(match align {
                // In a paragraph from right to left, Word's "left" is where lines begin.
                Align::Left if right_to_left => AlignmentType::Right,
                Align::Right if right_to_left => AlignmentType::Left,
                Align::Left => AlignmentType::Left,
                Align::Center => AlignmentType::Center,
                Align::Right => AlignmentType::Right,
                Align::Justify => AlignmentType::Both,
            });
        }
        self.inlines(paragraph, content, place)
    }

    fn inlines(&mut self, mut paragraph: Paragraph, content: &[Inline], place: Place) -> Paragraph {
        let mut index = 0;
        while index < content.len() {
            let href = link_of(&content[index]);
            let Some(href) = href else {
                for run in runs(&content[index], place, false) {
                    paragraph = paragraph.add_run(run);
                }
                index += 1;
                continue;
            };
            let end = content[index..]
                .iter()
                .position(|inline| link_of(inline) != Some(href))
                .map_or(content.len(), |length| index + length);
            let link = self.link(href);
            let leads = link.is_some();
            let inside = content[index..end]
                .iter()
                .flat_map(|inline| runs(inline, place, leads));
            match link {
                Some(link) => {
                    let children = inside
                        .map(|run| ParagraphChild::Run(Box::new(run)))
                        .collect();
                    paragraph = paragraph.add_hyperlink(Hyperlink {
                        link,
                        history: Some(1),
                        children,
                    });
                }
                None => {
                    for run in inside {
                        paragraph = paragraph.add_run(run);
                    }
                }
            }
            index = end;
        }
        paragraph
    }

    /// Where a link leads, unless it leads to a heading that doesn't exist.
    fn link(&mut self, href: &str) -> Option<HyperlinkData> {
        if href.starts_with('#') {
            return self.anchors.target(href).map(|name| HyperlinkData::Anchor {
                anchor: bookmark_name(name),
            });
        }
        self.links += 1;
        Some(HyperlinkData::External {
            rid: format!("rIdLink{}", self.links),
            path: super::escaped(&href.replace(' ', "%20")),
        })
    }

    fn code(&mut self, text: &str, place: Place, parts: &mut Vec<Part>) {
        let paragraph = self.paragraph("CodeBlock");
        let mut paragraph = if place.indent > 0.0 {
            indented(paragraph, place.indent + 6.0)
        } else {
            paragraph
        };
        let mut run = Run::new();
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                run = run.add_break(BreakType::TextWrapping);
            }
            let line: String = line.chars().filter(|&c| is_xml(c)).collect();
            run = run.add_text(line.replace('\t', "    "));
        }
        paragraph = paragraph.add_run(run);
        parts.push(Part::Paragraph(Box::new(paragraph)));
    }

    fn image(&mut self, image: &Image, place: Place, parts: &mut Vec<Part>) {
        let picture = self.pictures.get(&image.src);
        let file = picture.as_ref().and_then(|picture| picture.file());
        let (Some(picture), Some((bytes, _))) = (picture.as_ref().map(Rc::clone), file) else {
            let run = Run::new().style("Placeholder");
            let mut paragraph = indented(self.paragraph("Normal"), place.indent);
            for run in with_text(run, &placeholder(image)) {
                paragraph = paragraph.add_run(run);
            }
            parts.push(Part::Paragraph(Box::new(paragraph)));
            return;
        };
        let (width, height) = picture.fitted(image.width, place.width, self.page_height * 0.85);
        let number = self.alternatives.len() + 1;
        let pic = Pic::new_with_dimensions(bytes.into_owned(), picture.width, picture.height)
            .id(format!("rIdPicture{number}"))
            .size(emu(width), emu(height));
        self.alternatives
            .push(image.alt.clone().unwrap_or_default());
        let caption = image.title.as_deref().map(str::trim).unwrap_or_default();
        let mut paragraph =
            indented(self.paragraph("Figure"), place.indent).add_run(Run::new().add_image(pic));
        if !caption.is_empty() {
            paragraph = paragraph.keep_next(true);
        }
        parts.push(Part::Paragraph(Box::new(paragraph)));
        if !caption.is_empty() {
            let mut paragraph = indented(self.paragraph("Caption"), place.indent);
            for run in text_runs(caption) {
                paragraph = paragraph.add_run(run);
            }
            parts.push(Part::Paragraph(Box::new(paragraph)));
        }
    }
}

fn indented(paragraph: Paragraph, indent: f32) -> Paragraph {
    if indent > 0.0 {
        paragraph.indent(Some(twips(indent)), None, None, None)
    } else {
        paragraph
    }
}

/// The name of the bookmark of a heading. Word allows 40 letters, digits and underscores, so other names are hashed.
fn bookmark_name(slug: &str) -> String {
    if slug.len() <= 38 && slug.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return format!("h_{slug}");
    }
    // FNV-1a: short, and the same in every run.
    let hash = slug.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("h_{hash:016x}")
}
