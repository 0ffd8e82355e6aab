//! Markdown to the document tree and back: the language in which models write and templates are kept.
//!
//! CommonMark with the tables and strikethrough of GitHub. Of HTML only these act: `<u>` for underlined text, `<br>`
//! for a break where a line can't end, and `<strong>`, `<em>`, `<del>` and `<code>`, with which the writer says what
//! the signs of Markdown can't say at their place. A page break is a paragraph `\newpage` or the comment
//! `<!-- pagebreak -->`; an empty comment is nothing. Other HTML is text: a model that writes tags has them shown,
//! not executed.
//!
//! What is written is read back with the same text, letter for letter, with its marks and its structure. Markdown has
//! no words for the following, and only for that:
//!
//! - empty paragraphs, other than the one an empty item, quote or cell holds;
//! - the alignment of paragraphs and headings, and the width of pictures;
//! - an alternative text or a caption that is there and empty, which is as good as none;
//! - carriage returns in preformatted text, which end a line as line feeds do, and languages of it with white space,
//!   backticks, backslashes or ampersands in their names, which lose those;
//! - numbers of items beyond nine digits;
//! - tables that aren't a grid of single lines: the first row is the header and the only one, it alone sets the
//!   alignment of its columns, what a cell spans is empty cells, and the blocks in a cell become lines of one
//!   paragraph, except for pictures. Beside these, blanks at the ends of the text go;
//! - what nests deeper than six levels above [`MAX_DEPTH`](crate::tree::MAX_DEPTH), which is flattened on reading.

mod read;
#[cfg(test)]
mod round_trip_tests;
mod write;

pub use read::parse;
pub use write::{write, write_blocks};
