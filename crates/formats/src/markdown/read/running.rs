//! Running text: marks, links and breaks, until a paragraph, heading or cell is complete.

use super::{Builder, Target};
use crate::tree::{Block, Inline, Marks};

/// The text that was read since the last block.
#[derive(Default)]
pub(super) struct Running {
    inlines: Vec<Inline>,
    pub(super) marks: MarkDepths,
    /// Where the open links lead; none where they may not.
    pub(super) links: Vec<Option<String>>,
    /// Whether a backslash stands before the first text, so that it is only text.
    pub(super) escaped: bool,
    /// Whether a picture or page break divided this paragraph or cell.
    pub(super) divided: bool,
}

/// How many elements that set a mark are open.
#[derive(Default)]
pub(super) struct MarkDepths {
    pub(super) bold: usize,
    pub(super) italic: usize,
    pub(super) strike: usize,
    pub(super) underline: usize,
    pub(super) code: usize,
    /// Marks set by tags, which nothing but the end of the block closes if the author doesn't.
    tags: [usize; 5],
}

impl MarkDepths {
    fn depth(&mut self, mark: usize) -> &mut usize {
        match mark {
            0 => &mut self.bold,
            1 => &mut self.italic,
            2 => &mut self.strike,
            3 => &mut self.underline,
            _ => &mut self.code,
        }
    }

    /// Opens or closes what a tag of this name sets; false if it sets nothing.
    pub(super) fn tag(&mut self, name: &str) -> bool {
        let (closes, name) = name
            .strip_prefix('/')
            .map_or((false, name), |name| (true, name));
        let mark = match name {
            "strong" => 0,
            "em" => 1,
            "del" => 2,
            "u" => 3,
            "code" => 4,
            _ => return false,
        };
        if !closes {
            self.tags[mark] += 1;
            *self.depth(mark) += 1;
        } else if self.tags[mark] > 0 {
            self.tags[mark] -= 1;
            *self.depth(mark) -= 1;
        }
        true
    }

    fn close_tags(&mut self) {
        for mark in 0..self.tags.len() {
            let left_open = std::mem::take(&mut self.tags[mark]);
            let depth = self.depth(mark);
            *depth = depth.saturating_sub(left_open);
        }
    }
}

impl Running {
    pub(super) fn is_empty(&self) -> bool {
        self.inlines.is_empty()
    }

    /// Makes ready for the next block.
    pub(super) fn clear(&mut self) {
        self.inlines.clear();
        self.marks.close_tags();
        self.divided = false;
        self.escaped = false;
    }

    /// The text as it is now. Where a picture or page break was cut out of it, the blanks beside that go too.
    pub(super) fn take(&mut self) -> Vec<Inline> {
        let mut inlines = std::mem::take(&mut self.inlines);
        if self.divided {
            trim_blanks(&mut inlines);
        }
        inlines
    }

    fn push(&mut self, text: String, code: bool) {
        let marks = Marks {
            bold: self.marks.bold > 0,
            italic: self.marks.italic > 0,
            underline: self.marks.underline > 0,
            strike: self.marks.strike > 0,
            code: code || self.marks.code > 0,
            link: self.links.last().cloned().flatten(),
        };
        match self.inlines.last_mut() {
            Some(Inline::Text {
                text: before,
                marks: same,
            }) if *same == marks => before.push_str(&text),
            _ => self.inlines.push(Inline::Text { text, marks }),
        }
    }
}

impl Builder<'_> {
    pub(super) fn text(&mut self, text: &str) {
        if let Some((_, code)) = &mut self.code {
            code.extend(text.chars().filter(|&c| c != '\0'));
        } else {
            self.inline(text, false);
        }
    }

    pub(super) fn inline(&mut self, text: &str, code: bool) {
        let text: String = text.chars().filter(|&c| c != '\0').collect();
        if let Some(picture) = &mut self.picture {
            picture.alt.push_str(&text);
        } else if !text.is_empty() {
            self.running.push(text, code);
        }
    }

    pub(super) fn hard_break(&mut self) {
        if self.picture.is_none() && self.code.is_none() {
            self.running.inlines.push(Inline::HardBreak);
        }
    }

    /// Ends the paragraph or heading that is being written, if one is.
    pub(super) fn flush(&mut self) {
        if let Target::Heading(level) = self.target {
            let content = self.running.take();
            self.push(Block::Heading {
                level,
                align: None,
                content,
            });
        } else {
            self.flush_text();
        }
        self.target = Target::Paragraph;
        self.running.clear();
    }

    pub(super) fn flush_text(&mut self) {
        let content = self.running.take();
        match &content[..] {
            [] => {}
            [Inline::Text { text, marks }]
                if !self.running.escaped
                    && marks.is_plain()
                    && matches!(text.trim(), "\\newpage" | "\\pagebreak") =>
            {
                self.push(Block::PageBreak);
            }
            _ => self.push(Block::Paragraph {
                align: None,
                content,
            }),
        }
    }
}

/// Takes blanks from both ends.
pub(in crate::markdown) fn trim_blanks(inlines: &mut Vec<Inline>) {
    const BLANKS: [char; 3] = [' ', '\t', '\n'];
    while let Some(Inline::Text { text, .. }) = inlines.first_mut() {
        let kept = text.trim_start_matches(BLANKS);
        if !kept.is_empty() {
            *text = kept.to_owned();
            break;
        }
        inlines.remove(0);
    }
    while let Some(Inline::Text { text, .. }) = inlines.last_mut() {
        text.truncate(text.trim_end_matches(BLANKS).len());
        if !text.is_empty() {
            break;
        }
        inlines.pop();
    }
}
