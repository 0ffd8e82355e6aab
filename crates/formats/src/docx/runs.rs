//! Marked text as runs of Word.

use docx_rs::{BreakType, Run};

use super::body::Place;
use super::is_xml;
use crate::tree::{Inline, Marks};

/// Where a piece of text leads.
pub fn link_of(inline: &Inline) -> Option<&str> {
    match inline {
        Inline::Text { marks, .. } => marks.link.as_deref(),
        Inline::HardBreak => None,
    }
}

/// The runs of a piece of text at a place.
pub fn runs(inline: &Inline, place: Place, linked: bool) -> Vec<Run> {
    match inline {
        Inline::HardBreak => vec![Run::new().add_break(BreakType::TextWrapping)],
        Inline::Text { text, marks } => with_text(marked(marks, place, linked), text),
    }
}

fn marked(marks: &Marks, place: Place, linked: bool) -> Run {
    let mut run = Run::new();
    if marks.code {
        run = run.style("CodeChar");
        if linked {
            run = run.underline("single");
        }
    } else if linked {
        run = run.style("Hyperlink");
    }
    if marks.bold || place.header_cell {
        run = run.bold();
    }
    if marks.italic {
        run = if place.quoted {
            run.disable_italic()
        } else {
            run.italic()
        };
    }
    if marks.strike {
        run = run.strike();
    }
    if marks.underline {
        run = run.underline("single");
    }
    run
}

/// Unmarked text.
pub fn text_runs(text: &str) -> Vec<Run> {
    with_text(Run::new(), text)
}

/// A run with text: without characters XML can't hold, with real tabs, line feeds as spaces.
pub fn with_text(mut run: Run, text: &str) -> Vec<Run> {
    let mut empty = true;
    for (index, piece) in text.split('\t').enumerate() {
        if index > 0 {
            run = run.add_tab();
            empty = false;
        }
        let piece: String = piece
            .chars()
            .filter(|&c| is_xml(c))
            .map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c })
            .collect();
        if !piece.is_empty() {
            run = run.add_text(piece);
            empty = false;
        }
    }
    if empty { Vec::new() } else { vec![run] }
}
