//! Why a tree is refused.

use crate::tree::{MAX_DEPTH, MAX_NODES};

/// Why a tree was refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {kind}")]
pub struct TreeError {
    /// Where in the JSON, for example `content[3].content[0].marks[1]`; `doc` is the root.
    pub path: String,
    /// What is wrong there.
    pub kind: TreeErrorKind,
}

/// What is wrong with a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeErrorKind {
    /// The text is not JSON at all.
    #[error("the document is not valid JSON: {0}")]
    Json(String),
    /// A value of another type was expected.
    #[error("expected {wanted}")]
    Expected {
        /// What was wanted, with its article.
        wanted: &'static str,
    },
    /// A node this place can't hold, or that Carrel doesn't know.
    #[error("a node of the type \"{found}\" can't be here")]
    UnknownNode {
        /// The type that was found, shortened to 64 characters.
        found: String,
    },
    /// A mark Carrel doesn't know.
    #[error("the mark \"{found}\" is not known")]
    UnknownMark {
        /// The type that was found, shortened to 64 characters.
        found: String,
    },
    /// An attribute out of its range.
    #[error("the attribute \"{name}\" must be {wanted}")]
    Attribute {
        /// The attribute.
        name: &'static str,
        /// What it may be.
        wanted: &'static str,
    },
    /// A link to a place links may not lead to.
    #[error("links may lead to http, https, mailto and # addresses only")]
    Link,
    /// A picture from a place pictures may not come from.
    #[error(
        "pictures must be stored ones (carrel:…) or PNG, JPEG, GIF or WebP data of at most 5 MB"
    )]
    ImageSource,
    /// Nodes nest too deeply.
    #[error("nodes nest deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// There are too many nodes.
    #[error("the document has more than {MAX_NODES} nodes")]
    TooManyNodes,
    /// There is too much text.
    #[error("the document has more than 5 MB of text")]
    TooMuchText,
}
