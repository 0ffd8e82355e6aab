//! Presentations of `OpenDocument`: all slides are in one part, each a `draw:page`.

use std::collections::HashMap;

use super::Mark;
use super::xml::{elements_at, with_pieces};
use crate::parse::archive;

const CONTENT: &str = "content.xml";
const PAGE: &[&str] = &["document-content", "body", "presentation", "page"];

pub(super) fn marked(bytes: &[u8], mark: &Mark) -> Option<(Vec<u8>, u32)> {
    let content = archive::part(bytes, CONTENT)?;
    let pages = elements_at(&content, PAGE)?;
    let count = u32::try_from(pages.len()).ok()?;
    let pieces: Vec<_> = pages
        .iter()
        .zip(1..)
        .map(|(page, slide)| (page, title(&mark.text(slide))))
        .collect();
    let content = with_pieces(&content, &pieces)?;
    let parts = HashMap::from([(CONTENT.to_owned(), content)]);
    Some((archive::with_parts(bytes, &parts)?, count))
}

/// A frame of the class `title`; titles come first among a page's blocks, in their order.
fn title(text: &str) -> String {
    const OASIS: &str = "urn:oasis:names:tc:opendocument:xmlns";
    format!(
        "<md:frame xmlns:md=\"{OASIS}:drawing:1.0\" xmlns:mp=\"{OASIS}:presentation:1.0\" \
         xmlns:mt=\"{OASIS}:text:1.0\" mp:class=\"title\">\
         <md:text-box><mt:p>{text}</mt:p></md:text-box></md:frame>"
    )
}
