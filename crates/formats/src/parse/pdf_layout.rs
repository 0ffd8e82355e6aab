//! From the lines of a PDF's pages to headings, paragraphs, list items and code.
//!
//! A PDF has letters at places and no structure. What is found here is what can be found reliably: a heading
//! is a short line set larger than the document's body, or bold on its own; a paragraph ends where its lines
//! say so; lines of one-width letters are code. Tables are not looked for: their rows stay lines.

use super::Writer;
use super::flow::Paragraph;
use super::pdf_blocks::PlacedPage;
use super::pdf_content::{Lines, PageContent};
use super::pdf_lines::Line;
use super::pdf_running::RunningLines;
use super::pdf_style::DocumentStyle;
use crate::error::Refusal;
use crate::extraction::{SourceBlock, SourceBlockKind};

/// Writes the pages' blocks in order.
pub(super) fn write_pages(pages: &[PageContent]) -> Result<Vec<SourceBlock>, Refusal> {
    let style = DocumentStyle::of(pages);
    let running = RunningLines::of(pages);
    let mut out = Writer::default();
    for content in pages {
        let dropped: Vec<usize> = content
            .edges()
            .into_iter()
            .filter(|&index| running.repeats(content, index))
            .collect();
        match &content.lines {
            Lines::Plain(lines) => {
                let mut paragraph = Paragraph::default();
                for (_, line) in lines
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !dropped.contains(index))
                {
                    paragraph.line(&mut out, content.page, line)?;
                }
                paragraph.end(&mut out, content.page)?;
            }
            Lines::Placed(lines) => {
                let kept = lines
                    .iter()
                    .enumerate()
                    .filter(|(index, _)| !dropped.contains(index))
                    .map(|(_, line)| line);
                let kept: Vec<&Line> = kept.collect();
                PlacedPage {
                    page: content.page,
                    style: &style,
                    lines: &kept,
                }
                .write(&mut out)?;
            }
        }
    }
    Ok(with_close_levels(out.finish()))
}

/// Heading levels without gaps: sizes that turned out to head nothing leave none.
fn with_close_levels(mut blocks: Vec<SourceBlock>) -> Vec<SourceBlock> {
    let mut used = [false; 256];
    for block in &blocks {
        if let SourceBlockKind::Heading { level } = block.kind {
            used[usize::from(level)] = true;
        }
    }
    let mut closed = [0_u8; 256];
    let mut next = 0;
    for (level, used) in used.into_iter().enumerate() {
        next = if used { (next + 1).min(6) } else { next };
        closed[level] = next.max(1);
    }
    for block in &mut blocks {
        if let SourceBlockKind::Heading { level } = &mut block.kind {
            *level = closed[usize::from(*level)];
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(page: u32, lines: &[&str]) -> PageContent {
        PageContent {
            page,
            lines: Lines::Plain(lines.iter().map(|line| (*line).to_owned()).collect()),
        }
    }

    fn line(text: &str, left: f32, baseline: f32, size: f32) -> Line {
        #[expect(clippy::cast_precision_loss, reason = "short lines")]
        let right = left + text.len() as f32 * size * 0.5;
        Line {
            text: text.to_owned(),
            left,
            right,
            baseline,
            size,
            ..Line::default()
        }
    }

    fn kinds(blocks: &[SourceBlock]) -> Vec<String> {
        blocks
            .iter()
            .map(|block| format!("{:?}: {}", block.kind, block.text))
            .collect()
    }

    #[test]
    fn a_running_header_is_kept_once() {
        let content = ["content x", "content xx", "content xxx", "content xxxx"];
        let pages: Vec<_> = (1..=4_u32)
            .map(|n| {
                plain(
                    n,
                    &[
                        "Annual report",
                        "",
                        content[n as usize - 1],
                        "",
                        &format!("Page {n}"),
                    ],
                )
            })
            .collect();
        let text: Vec<_> = write_pages(&pages)
            .unwrap()
            .into_iter()
            .map(|block| (block.page.unwrap(), block.text))
            .collect();
        let expected = [
            (1, "Annual report"),
            (1, "content x"),
            (1, "Page 1"),
            (2, "content xx"),
            (3, "content xxx"),
            (4, "content xxxx"),
        ];
        assert_eq!(text, expected.map(|(page, text)| (page, text.to_owned())));
    }

    #[test]
    fn a_page_of_unmapped_letters_has_no_usable_text() {
        assert_eq!(
            plain(1, &["\u{e001}\u{e002}\u{fffd} ab"]).usable_letters(),
            0
        );
        assert_eq!(
            plain(1, &["\u{f0b7} one", "\u{f0b7} two three"]).usable_letters(),
            11
        );
    }

    #[test]
    fn size_makes_headings_and_place_makes_paragraphs() {
        let long = "a line of the body that is as long as the column is wide, as most are";
        let mut code = line("let x = 1;", 90.0, 560.0, 10.0);
        code.mono = true;
        let mut deeper = line("x + 1", 100.0, 548.0, 10.0);
        deeper.mono = true;
        let mut bold = line("Bold and alone", 72.0, 520.0, 10.0);
        bold.bold = true;
        let lines = vec![
            line("A heading of", 72.0, 720.0, 18.0),
            line("two lines", 72.0, 700.0, 18.0),
            line(long, 72.0, 670.0, 10.0),
            line("ends here.", 72.0, 658.0, 10.0),
            line("The next paragraph", 84.0, 646.0, 10.0),
            line("• an item that", 84.0, 620.0, 10.0),
            line("goes on", 92.0, 608.0, 10.0),
            line("• another", 84.0, 596.0, 10.0),
            code,
            deeper,
            bold,
            line(long, 72.0, 500.0, 10.0),
        ];
        let blocks = write_pages(&[PageContent {
            page: 1,
            lines: Lines::Placed(lines),
        }])
        .unwrap();
        let body = format!("Paragraph: {long}");
        assert_eq!(
            kinds(&blocks),
            [
                "Heading { level: 1 }: A heading of two lines",
                format!("{body} ends here.").as_str(),
                "Paragraph: The next paragraph",
                "ListItem { depth: 0, ordered: false }: an item that goes on",
                "ListItem { depth: 0, ordered: false }: another",
                "Code: let x = 1;\n  x + 1",
                "Heading { level: 2 }: Bold and alone",
                body.as_str(),
            ]
        );
    }
}
