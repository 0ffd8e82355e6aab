//! The parsers, one file per family. They run in the jail only: none of them is safe against a hostile file,
//! and none has to be.

pub(crate) mod archive;
mod flow;
mod html;
mod mail;
mod markdown;
mod office;
mod pdf;
mod pdf_blocks;
mod pdf_content;
mod pdf_layout;
mod pdf_lines;
mod pdf_running;
mod pdf_style;
pub(crate) mod picture;
mod slides;
pub(crate) mod text;

use crate::error::Refusal;
use crate::extraction::{BlockWriter, SourceBlock, SourceBlockKind};
use crate::format::{Format, identify};

/// What a parser found.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub title: Option<String>,
    pub page_count: Option<u32>,
    pub blocks: Vec<SourceBlock>,
    /// 1-based pages that hold a picture of text, and not the text.
    pub pages_without_text: Vec<u32>,
    pub warnings: Vec<String>,
}

/// Finds out what the file is and reads it.
pub(crate) fn parse(bytes: &[u8], extension: &str) -> Result<(Format, Parsed), Refusal> {
    let format = identify(bytes, extension)?;
    let mut parsed = match format {
        Format::Pdf => pdf::parse(bytes)?,
        Format::Html => html::parse(&text::decode_html(bytes))?,
        Format::Markdown => markdown::parse(&decoded(bytes)?)?,
        Format::Text => text::parse(&decoded(bytes)?)?,
        Format::Eml => mail::parse(bytes)?,
        Format::Png | Format::Jpeg => picture::parse(bytes, format)?,
        Format::Docx
        | Format::Doc
        | Format::Odt
        | Format::Rtf
        | Format::Epub
        | Format::Pptx
        | Format::Ppt
        | Format::Xlsx
        | Format::Xls
        | Format::Ods
        | Format::Odp
        | Format::Csv => office::parse(bytes, format)?,
    };
    if parsed.blocks.is_empty() && parsed.pages_without_text.is_empty() {
        return Err(Refusal::NoText);
    }
    parsed.title = parsed
        .title
        .take()
        .and_then(|title| one_line(&title))
        .or_else(|| leading_heading(&parsed.blocks));
    Ok((format, parsed))
}

fn decoded(bytes: &[u8]) -> Result<String, Refusal> {
    text::decode(bytes).ok_or_else(|| Refusal::corrupt("its text cannot be decoded"))
}

/// A title as one line of at most 200 characters.
fn one_line(title: &str) -> Option<String> {
    let clean = crate::extraction::clean(title);
    let line: String = clean
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(200)
        .collect();
    (!line.is_empty()).then_some(line)
}

/// The first heading, when nothing but a few lines stands before it.
fn leading_heading(blocks: &[SourceBlock]) -> Option<String> {
    blocks
        .iter()
        .take(4)
        .find(|block| matches!(block.kind, SourceBlockKind::Heading { level: 1 | 2 }))
        .and_then(|block| one_line(&block.text))
}

/// Collects what a parser writes: the blocks of [`BlockWriter`] on a page of the document.
pub(crate) type Writer = BlockWriter;

pub(crate) use flow::write_recognised;
pub(crate) use pdf::render_grey as render_page;
