//! The few tags that act, and all others, which are text.

use super::{Builder, Target};
use crate::tree::Block;

impl Builder<'_> {
    /// Text with tags in it: those of marks and `<br>` act, a page break comment breaks, an empty comment is nothing,
    /// and the rest is shown.
    pub(super) fn tags(&mut self, html: &str) {
        let mut rest = html;
        while let Some(begin) = rest.find('<') {
            self.text(&rest[..begin]);
            rest = &rest[begin..];
            let Some(end) = rest.find('>') else { break };
            let tag = &rest[..=end];
            rest = &rest[end + 1..];
            let name = tag[1..end]
                .trim_end_matches('/')
                .trim()
                .to_ascii_lowercase();
            if name == "br" {
                self.hard_break();
            } else if !self.running.marks.tag(&name) {
                self.comment_or_text(tag);
            }
        }
        self.text(rest);
    }

    fn comment_or_text(&mut self, tag: &str) {
        let comment = tag
            .strip_prefix("<!--")
            .and_then(|rest| rest.strip_suffix("-->"));
        match comment {
            Some(comment) if comment.trim().is_empty() => {}
            Some(comment) if is_page_break(comment) && self.target == Target::Paragraph => {
                self.running.divided = true;
                self.flush_text();
                self.push(Block::PageBreak);
            }
            _ => self.text(tag),
        }
    }

    pub(super) fn html_block(&mut self, html: &str) {
        for (index, line) in html.trim().lines().enumerate() {
            if index > 0 && !self.running.is_empty() {
                self.hard_break();
            }
            self.tags(line.trim());
        }
        self.flush();
    }
}

fn is_page_break(comment: &str) -> bool {
    let letters: String = comment
        .chars()
        .filter(char::is_ascii_alphabetic)
        .collect::<String>()
        .to_ascii_lowercase();
    matches!(letters.as_str(), "pagebreak" | "newpage")
}
