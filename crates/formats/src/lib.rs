//! Files to structured text, and structured text to files.
//!
//! **Reading** ([`Extractor`]): a PDF, office, mail, web or text file becomes an [`Extraction`]: blocks
//! (headings, paragraphs, list items, tables, code, quotes) with page numbers and offsets into one plain text.
//! What a file is, is decided by its content ([`format`]), never by its name alone. Parsing happens in a
//! jailed child process (`carrel-sandbox`); this crate's [`jail_main`] is the child's `main`. Whatever a
//! hostile file does to a parser, the caller gets an [`ExtractError`] that names it.
//!
//! Pages of a PDF without usable text, and pictures, are rendered in the jail and read by the `tesseract`
//! program where it is installed; otherwise the extraction says which pages need OCR ([`OcrOutcome`]).
//!
//! There is **no virus scanner** here: the EICAR test file is recognised and refused, so that the way a refusal
//! looks can be tried, and that is all. What protects is that no parser runs outside the jail.
//!
//! The crate knows nothing of users, HTTP or the database.

#![cfg_attr(
    test,
    expect(clippy::unwrap_used, reason = "a test fails by panicking")
)]

pub mod diff;
pub mod docx;
pub mod export;
pub mod extraction;
pub mod format;
pub mod markdown;
pub mod pdf;
pub mod tree;

mod error;
mod extractor;
mod jailed;
mod ocr;
mod parse;
mod picture;

pub use error::ExtractError;
pub use extraction::{Extraction, OcrOutcome, SourceBlock, SourceBlockKind};
pub use extractor::{Extractor, ExtractorConfig, MAX_FILE_BYTES, Progress, Step};
pub use format::Format;
pub use jailed::jail_main;
pub use picture::Picture;
