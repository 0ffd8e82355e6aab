//! Pictures: blocks where they may come from their place, words otherwise.

use super::{Builder, Target};
use crate::tree::{Block, Image, is_allowed_link};

/// A picture whose alternative text is being read.
pub(super) struct Picture {
    src: String,
    title: String,
    pub(super) alt: String,
}

impl Picture {
    pub(super) fn new(src: &str, title: &str) -> Self {
        let without_nul = |text: &str| text.replace('\0', "");
        Self {
            src: without_nul(src),
            title: without_nul(title),
            alt: String::new(),
        }
    }
}

impl Builder<'_> {
    pub(super) fn end_picture(&mut self) {
        let Some(Picture { src, title, alt }) = self.picture.take() else {
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
        match self.target {
            Target::Paragraph if allowed => {
                self.running.divided = true;
                self.flush_text();
                self.push(Block::Image(image));
            }
            Target::Cell if allowed => {
                self.running.divided = true;
                self.flush_cell_text();
                self.table.push(Block::Image(image));
            }
            _ => self.words_of(&image),
        }
    }

    /// A picture from elsewhere is not fetched: its words stay, and lead there.
    fn words_of(&mut self, image: &Image) {
        let words = image.alt.as_deref().unwrap_or(&image.src);
        let words = if words.len() > 512 { "" } else { words };
        let leads = is_allowed_link(&image.src) && self.running.links.is_empty();
        if leads {
            self.running.links.push(Some(image.src.clone()));
        }
        self.inline(words, false);
        if leads {
            self.running.links.pop();
        }
    }
}
