//! Lists, quotes and how deep they nest.

use super::Builder;
use crate::tree::{Block, ListItem, MAX_DEPTH};

/// A container that is still open.
pub(super) enum Open {
    Document(Vec<Block>),
    Quote(Vec<Block>),
    BulletList(Vec<ListItem>),
    OrderedList(u32, Vec<ListItem>),
    Item(Vec<Block>),
    /// A container beyond the depth limit: its blocks go to the container around it.
    Flattened,
}

impl Builder<'_> {
    pub(super) fn open(&mut self, container: Open) {
        // A list opens two levels (itself and its item); a table in it needs four more, down to its texts.
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

    pub(super) fn close(&mut self) {
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

    pub(super) fn push(&mut self, block: Block) {
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
