//! The head and foot of every page.

use docx_rs::{
    AlignmentType, Footer, Header, NumPages, PageNum, Paragraph, Pic, Run, Tab, TabValueType,
    Table, TableCell, TableCellMargins, TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::body::emu;
use super::runs::text_runs;
use super::styles::twips;
use crate::export::measures::{LOGO_HEIGHT, LOGO_WIDTH};
use crate::export::picture::Picture;
use crate::export::{Letterhead, Meta, Sheet, is_right_to_left, margin_lines};

pub struct Margins {
    pub header: Option<Header>,
    pub footer: Option<Footer>,
    /// The alternative texts of the pictures in the header.
    pub alternatives: Vec<String>,
}

impl Margins {
    pub fn of(letterhead: &Letterhead, sheet: &Sheet, meta: &Meta) -> Self {
        let mut alternatives = Vec::new();
        let header = header(letterhead, sheet, &mut alternatives);
        Self {
            header,
            footer: footer(letterhead, sheet, meta),
            alternatives,
        }
    }
}

fn unsigned(twips: i32) -> usize {
    usize::try_from(twips).unwrap_or(0)
}

fn right_tab(sheet: &Sheet) -> Tab {
    Tab::new()
        .val(TabValueType::Right)
        .pos(unsigned(twips(sheet.text_width())))
}

/// The logo on the left; the text beside it on the right, or on the left where there is no logo.
fn header(
    letterhead: &Letterhead,
    sheet: &Sheet,
    alternatives: &mut Vec<String>,
) -> Option<Header> {
    let lines = margin_lines(&letterhead.header);
    let logo = letterhead.logo.as_deref().and_then(Picture::decode);
    let logo = logo.as_ref().and_then(|picture| {
        let (bytes, _) = picture.file()?;
        let (width, height) = picture.fitted(None, LOGO_WIDTH.min(sheet.text_width()), LOGO_HEIGHT);
        let logo = Pic::new_with_dimensions(bytes.into_owned(), picture.width, picture.height)
            .id("rIdLogo")
            .size(emu(width), emu(height));
        Some((logo, width))
    });
    if lines.is_empty() && logo.is_none() {
        return None;
    }
    let mut header = Header::new();
    match logo {
        None => {
            for line in lines {
                header = header.add_paragraph(line_paragraph("Header", &line, false));
            }
        }
        Some((logo, width)) => {
            alternatives.push("Logo".to_owned());
            let logo = Paragraph::new()
                .style("Header")
                .add_run(Run::new().add_image(logo));
            if lines.is_empty() {
                header = header.add_paragraph(logo);
            } else {
                // Side by side, as only a table does it in every program; a paragraph must follow it.
                let left = unsigned(twips(width + 12.0));
                let right = unsigned(twips(sheet.text_width())).saturating_sub(left);
                let mut text = TableCell::new()
                    .width(right, WidthType::Dxa)
                    .vertical_align(VAlignType::Center);
                for line in lines {
                    text = text.add_paragraph(line_paragraph("Header", &line, true));
                }
                let logo = TableCell::new()
                    .width(left, WidthType::Dxa)
                    .vertical_align(VAlignType::Center)
                    .add_paragraph(logo);
                header = header
                    .add_table(
                        Table::without_borders(vec![TableRow::new(vec![logo, text])])
                            .set_grid(vec![left, right])
                            .width(left + right, WidthType::Dxa)
                            .layout(TableLayoutType::Fixed)
                            .margins(TableCellMargins::new().margin(0, 0, 0, 0)),
                    )
                    .add_paragraph(Paragraph::new().style("Gap"));
            }
        }
    }
    Some(header)
}

fn line_paragraph(style: &str, line: &str, on_the_right: bool) -> Paragraph {
    let mut paragraph = Paragraph::new().style(style);
    if on_the_right {
        paragraph = paragraph.align(AlignmentType::Right);
    }
    paragraph.property.bidi = is_right_to_left(line).then_some(true);
    for run in text_runs(line) {
        paragraph = paragraph.add_run(run);
    }
    paragraph
}

/// The text, and on its last line, at the right, the number of the page.
fn footer(letterhead: &Letterhead, sheet: &Sheet, meta: &Meta) -> Option<Footer> {
    let mut lines = margin_lines(&letterhead.footer);
    if !letterhead.page_numbers {
        if lines.is_empty() {
            return None;
        }
        return Some(lines.iter().fold(Footer::new(), |footer, line| {
            footer.add_paragraph(line_paragraph("Footer", line, false))
        }));
    }
    let last = lines.pop().unwrap_or_default();
    let mut footer = Footer::new();
    for line in lines {
        footer = footer.add_paragraph(line_paragraph("Footer", &line, false));
    }
    let (page, of) = meta.page_words();
    let mut paragraph = Paragraph::new().style("Footer").add_tab(right_tab(sheet));
    for run in text_runs(&last) {
        paragraph = paragraph.add_run(run);
    }
    paragraph = paragraph
        .add_run(Run::new().add_tab().add_text(format!("{page} ")))
        .add_page_num(PageNum::new())
        .add_run(Run::new().add_text(format!(" {of} ")))
        .add_num_pages(NumPages::new());
    Some(footer.add_paragraph(paragraph))
}
