//! PDF: text by `pdf_oxide`, pictures of pages by `hayro`.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use pdf_oxide::PdfDocument;
use pdf_oxide::converters::ConversionOptions;
use pdf_oxide::object::Object;

use super::pdf_content::{Lines, PageContent};
use super::pdf_layout::write_pages;
use super::picture::{GreyPicture, GreySize, MAX_PIXELS};
use super::{Parsed, pdf_lines};
use crate::error::Refusal;
use crate::extraction::clean;

/// More pages are refused.
pub(crate) const MAX_PAGES: u32 = 2000;
/// What Tesseract reads best for its cost.
const DOTS_PER_INCH: f64 = 200.0;
/// Fewer letters and digits on a page that shows a picture are a stamp or a page number, not its text.
const FEW_LETTERS: usize = 60;

pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, Refusal> {
    let document = PdfDocument::from_bytes(bytes.to_vec()).map_err(refusal)?;
    if document.is_encrypted() && !document.is_authenticated() {
        return Err(Refusal::Encrypted);
    }
    check_page_tree(&document)?;
    let count = document.page_count().map_err(refusal)?;
    let pages = u32::try_from(count).unwrap_or(u32::MAX);
    if pages == 0 {
        return Err(Refusal::corrupt("it has no pages"));
    }
    if pages > MAX_PAGES {
        return Err(Refusal::TooManyPages {
            pages,
            limit: MAX_PAGES,
        });
    }

    let mut contents = Vec::with_capacity(count);
    let mut pages_without_text = Vec::new();
    let mut unreadable = Vec::new();
    for (index, page) in (0..count).zip(1_u32..) {
        // One broken page is no reason to lose the others; the panic itself is reported by the hook of the jail.
        let content = catch_unwind(AssertUnwindSafe(|| page_content(&document, index, page)));
        let Ok(Ok(content)) = content else {
            unreadable.push(page);
            continue;
        };
        let shows_more = catch_unwind(AssertUnwindSafe(|| {
            shows_more_than_text(&document, index, &content)
        }));
        if shows_more.unwrap_or(false) {
            pages_without_text.push(page);
        }
        contents.push(content);
    }
    if unreadable.len() == count {
        return Err(Refusal::corrupt("none of its pages can be read"));
    }
    let mut warnings = Vec::new();
    if !unreadable.is_empty() {
        warnings.push(format!(
            "These pages could not be read: {}.",
            numbers(&unreadable)
        ));
    }
    let blocks = write_pages(&contents)?;
    if blocks.is_empty() && pages_without_text.is_empty() && !is_whole(bytes) {
        return Err(Refusal::corrupt("it ends in the middle"));
    }
    Ok(Parsed {
        title: title(&document),
        page_count: Some(pages),
        blocks,
        pages_without_text,
        warnings,
    })
}

/// Whether the file has its end (ISO 32000-1 §7.5.5), where readers look for it: in the last kilobyte.
fn is_whole(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    tail.windows(5).any(|window| window == b"%%EOF")
}

/// Walks the page tree (ISO 32000-1 §7.7.3) before the library does, which follows a circle for minutes.
fn check_page_tree(document: &PdfDocument) -> Result<(), Refusal> {
    let root = document
        .trailer()
        .as_dict()
        .and_then(|trailer| trailer.get("Root")?.as_reference());
    let catalogue = root.and_then(|root| document.load_object(root).ok());
    let pages = catalogue
        .as_ref()
        .and_then(|catalogue| catalogue.as_dict()?.get("Pages")?.as_reference());
    let mut inner = HashSet::new();
    let mut leaves = 0_u32;
    let mut waiting: Vec<_> = pages.into_iter().collect();
    while let Some(node) = waiting.pop() {
        // What cannot be loaded is the library's to repair.
        let Ok(object) = document.load_object(node) else {
            continue;
        };
        let kids = object
            .as_dict()
            .and_then(|node| node.get("Kids"))
            .and_then(|kids| match kids.as_reference() {
                Some(reference) => document.load_object(reference).ok(),
                None => Some(kids.clone()),
            });
        let Some(kids) = kids.as_ref().and_then(Object::as_array) else {
            leaves += 1;
            continue;
        };
        if !inner.insert(node) {
            return Err(Refusal::corrupt("its page tree refers to itself"));
        }
        waiting.extend(kids.iter().filter_map(Object::as_reference));
        if leaves > MAX_PAGES * 10 || waiting.len() > 100_000 {
            return Err(Refusal::TooManyPages {
                pages: leaves.max(MAX_PAGES + 1),
                limit: MAX_PAGES,
            });
        }
    }
    if leaves > MAX_PAGES {
        return Err(Refusal::TooManyPages {
            pages: leaves,
            limit: MAX_PAGES,
        });
    }
    Ok(())
}

fn refusal(error: pdf_oxide::Error) -> Refusal {
    match error {
        pdf_oxide::Error::EncryptedPdf => Refusal::Encrypted,
        pdf_oxide::Error::RecursionLimitExceeded(_) => Refusal::corrupt("it is nested too deeply"),
        _ => Refusal::corrupt("its PDF structure cannot be read; it may be cut off"),
    }
}

fn page_content(
    document: &PdfDocument,
    index: usize,
    page: u32,
) -> Result<PageContent, pdf_oxide::Error> {
    let mut spans = document.extract_spans(index)?;
    spans.sort_by_key(|span| span.sequence);
    if let Some(lines) = pdf_lines::in_drawing_order(&spans) {
        return Ok(PageContent {
            page,
            lines: Lines::Placed(lines),
        });
    }
    let options = ConversionOptions {
        extract_tables: false,
        ..ConversionOptions::default()
    };
    let text = clean(&document.extract_text_with_options(index, &options)?);
    Ok(PageContent {
        page,
        lines: Lines::Plain(text.lines().map(str::to_owned).collect()),
    })
}

/// Whether the page is a scan: it shows a large picture, or drawn letters, and has no text to speak of.
fn shows_more_than_text(document: &PdfDocument, index: usize, content: &PageContent) -> bool {
    let letters = content.usable_letters();
    if letters >= FEW_LETTERS {
        return false;
    }
    let (left, bottom, right, top) = document
        .get_page_media_box(index)
        .unwrap_or((0.0, 0.0, 612.0, 792.0));
    let page_area = ((right - left) * (top - bottom)).abs().max(1.0);
    let pictures = document.page_image_handles(index).unwrap_or_default();
    let covered: f32 = pictures
        .iter()
        .map(|picture| (picture.bbox.width * picture.bbox.height).abs())
        .sum();
    if covered > page_area * 0.3 {
        return true;
    }
    // Letters turned into outlines: much drawing and no text.
    letters == 0
        && document
            .get_page_content_data(index)
            .is_ok_and(|operators| operators.len() > 4000)
}

/// `/Title` of the document's properties (ISO 32000-1 §14.3.3).
fn title(document: &PdfDocument) -> Option<String> {
    let resolved = |object: &Object| match object.as_reference() {
        Some(reference) => document.load_object(reference).ok(),
        None => Some(object.clone()),
    };
    let properties = resolved(document.trailer().as_dict()?.get("Info")?)?;
    let title = resolved(properties.as_dict()?.get("Title")?)?;
    let bytes = title.as_string()?;
    let title = match bytes {
        [0xFE, 0xFF, rest @ ..] => encoding_rs::UTF_16BE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xFF, 0xFE, rest @ ..] => encoding_rs::UTF_16LE
            .decode_without_bom_handling(rest)
            .0
            .into_owned(),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // PDFDocEncoding is Latin-1 but for a few marks that titles rarely have.
        bytes => encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
            .into_owned(),
    };
    is_a_title(&title).then_some(title)
}

/// Programs fill the title with the name of their file or a word of their own.
fn is_a_title(title: &str) -> bool {
    let lower = title.trim().to_lowercase();
    let placeholder = ["", "untitled", "document", "document1", "title"].contains(&lower.as_str());
    let file_name = lower.starts_with("microsoft word - ")
        || [
            ".doc", ".docx", ".pdf", ".tex", ".dvi", ".indd", ".odt", ".rtf", ".qxd",
        ]
        .iter()
        .any(|end| lower.ends_with(end));
    !placeholder && !file_name
}

fn numbers(pages: &[u32]) -> String {
    let shown: Vec<String> = pages.iter().take(20).map(u32::to_string).collect();
    let more = pages.len().saturating_sub(shown.len());
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} more", shown.join(", "))
    }
}

/// One page (1-based) as grey pixels at 200 dpi, or as many as [`MAX_PIXELS`] allow.
pub(crate) fn render_grey(bytes: &[u8], page: u32) -> Result<GreyPicture, Refusal> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Refusal::Encrypted,
        LoadPdfError::Invalid => Refusal::corrupt("its PDF structure cannot be read"),
    })?;
    let index = usize::try_from(page)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let page = pdf
        .pages()
        .get(index)
        .ok_or_else(|| Refusal::corrupt("the page cannot be found"))?;
    let (width, height) = page.render_dimensions();
    let (width, height) = (f64::from(width), f64::from(height));
    if !(width.is_finite() && height.is_finite() && width >= 1.0 && height >= 1.0) {
        return Err(Refusal::corrupt("the page has no size"));
    }
    let fits_area = (MAX_PIXELS / (width * height)).sqrt();
    let fits_side = 30_000.0 / width.max(height);
    let scale = (DOTS_PER_INCH / 72.0).min(fits_area).min(fits_side);
    #[expect(clippy::cast_possible_truncation, reason = "a scale between 0 and 3")]
    let pixmap = PixmapSettings {
        x_scale: scale as f32,
        y_scale: scale as f32,
        bg_color: WHITE,
    };
    let rendered = render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &pixmap,
    );
    let pixels = rendered
        .data()
        .iter()
        .map(|pixel| luminance(pixel.r, pixel.g, pixel.b))
        .collect();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 200"
    )]
    let dots_per_inch = (scale * 72.0).round().max(1.0) as u32;
    let size = GreySize {
        width: rendered.width().into(),
        height: rendered.height().into(),
        dots_per_inch,
    };
    Ok(GreyPicture { size, pixels })
}

/// Luminance of ITU-R BT.601 in whole numbers.
fn luminance(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from(sum / 1000).unwrap_or(u8::MAX)
}
