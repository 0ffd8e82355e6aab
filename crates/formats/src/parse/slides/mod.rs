//! Which slide of a presentation each block stands on.
//!
//! The parser of office files gives the blocks of all slides in one row and doesn't say where a slide begins. So each
//! slide of a copy of the file gets a title of its own in front, a mark that nobody can have written, and where the
//! mark comes out a slide begins. A file that can't be marked throughout is read without pages rather than with wrong
//! ones.

mod odp;
mod ppt;
mod pptx;
mod xml;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

use anydoc::model::{Block, Inline};

use crate::format::Format;

/// A copy of a presentation whose slides are marked.
pub(super) struct Marked {
    pub bytes: Vec<u8>,
    /// How many slides it has, hidden and empty ones too.
    pub count: u32,
    mark: Mark,
}

/// What stands in front of each slide: letters and digits alone, so that no parser changes them.
struct Mark {
    nonce: String,
}

/// Where a mark says that the blocks after it stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// On this slide, from 1.
    Slide(u32),
    /// On none: notes whose slide is gone.
    Nowhere,
}

impl Mark {
    fn new() -> Self {
        // Keyed by the system's randomness: a file can't hold it.
        let nonce = RandomState::new().build_hasher().finish();
        Self {
            nonce: format!("slide{nonce:016x}"),
        }
    }

    /// The mark of a slide, from 1; 0 stands for none.
    fn text(&self, slide: u32) -> String {
        format!("{}n{slide}", self.nonce)
    }
}

impl Marked {
    /// Marks the slides of a presentation; none if it is something else or can't be marked.
    pub(super) fn of(bytes: &[u8], format: Format) -> Option<Self> {
        let mark = Mark::new();
        let (bytes, count) = match format {
            Format::Pptx => pptx::marked(bytes, &mark)?,
            Format::Odp => odp::marked(bytes, &mark)?,
            Format::Ppt => ppt::marked(bytes, &mark)?,
            _ => return None,
        };
        Some(Self { bytes, count, mark })
    }

    /// Where the blocks after this one stand, if it is a mark.
    pub(super) fn place(&self, block: &Block) -> Option<Place> {
        let Block::Heading { content, .. } = block else {
            return None;
        };
        let mut text = String::new();
        for inline in content {
            let Inline::Text { text: piece, .. } = inline else {
                return None;
            };
            text.push_str(piece);
        }
        let number = text.trim().strip_prefix(&self.mark.nonce)?;
        match number.strip_prefix('n')?.parse().ok()? {
            0 => Some(Place::Nowhere),
            slide => Some(Place::Slide(slide)),
        }
    }
}
