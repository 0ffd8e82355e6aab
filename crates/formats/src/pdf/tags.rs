//! The structure of the document for readers that don't see it: what is a heading, a list, a cell.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::tagging::{
    Identifier, ListNumbering, Node, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// The whole document.
pub const ROOT: usize = 0;

/// Content that is no part of the text: lines, backgrounds, repeated headers.
pub const ARTIFACT: usize = usize::MAX;

/// What a part of the document is.
#[derive(Debug, Clone)]
pub enum Role {
    Root,
    Paragraph,
    Heading(u8, String),
    List { ordered: bool },
    Item,
    Label,
    ItemBody,
    Quote,
    Code,
    Table,
    Head,
    Body,
    Row,
    HeaderCell { columns: u32, rows: u32 },
    Cell { columns: u32, rows: u32 },
    Figure(String),
    Caption,
    Link,
}

enum Child {
    Part(usize),
    Content(Identifier),
}

/// The parts of a document, in a list; the first is [`ROOT`].
pub struct Tags {
    parts: Vec<(Role, Vec<Child>)>,
}

impl Tags {
    pub fn new() -> Self {
        Self {
            parts: vec![(Role::Root, Vec::new())],
        }
    }

    /// Adds a part to another and says its number.
    pub fn add(&mut self, parent: usize, role: Role) -> usize {
        if parent == ARTIFACT {
            return ARTIFACT;
        }
        let number = self.parts.len();
        self.parts.push((role, Vec::new()));
        self.parts[parent].1.push(Child::Part(number));
        number
    }

    /// Says that something on a page belongs to a part.
    pub fn content(&mut self, part: usize, identifier: Identifier) {
        if part != ARTIFACT {
            self.parts[part].1.push(Child::Content(identifier));
        }
    }

    pub fn into_tree(mut self) -> TagTree {
        let mut tree = TagTree::new();
        let children = std::mem::take(&mut self.parts[ROOT].1);
        for child in children {
            if let Some(node) = self.node(child) {
                tree.push(node);
            }
        }
        tree
    }

    fn node(&mut self, child: Child) -> Option<Node> {
        match child {
            Child::Content(identifier) => Some(Node::Leaf(identifier)),
            Child::Part(number) => {
                let children = std::mem::take(&mut self.parts[number].1);
                let nodes: Vec<Node> = children
                    .into_iter()
                    .filter_map(|child| self.node(child))
                    .collect();
                // A part nothing was drawn for says nothing.
                (!nodes.is_empty()).then(|| {
                    Node::Group(TagGroup::with_children(kind(&self.parts[number].0), nodes))
                })
            }
        }
    }
}

fn kind(role: &Role) -> TagKind {
    let span = |count: u32| NonZeroU32::new(count).filter(|count| count.get() > 1);
    match role {
        Role::Root => Tag::Div.into(),
        Role::Paragraph => Tag::P.into(),
        Role::Heading(level, text) => Tag::Hn(
            NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN),
            Some(text.clone()),
        )
        .into(),
        Role::List { ordered } => Tag::L(if *ordered {
            ListNumbering::Decimal
        } else {
            ListNumbering::Disc
        })
        .into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::ItemBody => Tag::LBody.into(),
        Role::Quote => Tag::BlockQuote.into(),
        Role::Code => Tag::Code.into(),
        Role::Table => Tag::Table.into(),
        Role::Head => Tag::THead.into(),
        Role::Body => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::HeaderCell { columns, rows } => Tag::TH(TableHeaderScope::Column)
            .with_col_span(span(*columns))
            .with_row_span(span(*rows))
            .into(),
        Role::Cell { columns, rows } => Tag::TD
            .with_col_span(span(*columns))
            .with_row_span(span(*rows))
            .into(),
        Role::Figure(alternative) => Tag::Figure(Some(alternative.clone())).into(),
        Role::Caption => Tag::Caption.into(),
        Role::Link => Tag::Link.into(),
    }
}
