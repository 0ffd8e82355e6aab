//! Shortening a text without writing a word.

use super::index::Index;
use super::text;
use crate::grounding::Passage;

/// About half of the text: its most central sentences, word for word and in their order. Headings marked with `#`, and
/// sentences that end with a colon, are kept where something they lead to is. Says nothing else, and leaves markup as it
/// was.
pub fn condense(passages: &[Passage]) -> String {
    struct Line<'a> {
        paragraph: usize,
        text: &'a str,
        leads: Leads,
        /// What stood before it in its paragraph.
        gap: &'static str,
    }
    /// Whether a line only leads to what stands below it.
    #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    enum Leads {
        No,
        /// It ends with a colon.
        ToList,
        /// It is a heading.
        ToSection,
    }
    let paragraphs: Vec<String> = passages
        .iter()
        .flat_map(|passage| text::paragraphs(&passage.text).map(text::reflow))
        .collect();
    let lines: Vec<Line> = paragraphs
        .iter()
        .enumerate()
        .flat_map(|(number, paragraph)| {
            let heading = text::is_marked_heading(paragraph);
            let sentences = if heading {
                vec![paragraph.as_str()]
            } else {
                text::sentences(paragraph)
            };
            sentences.into_iter().map(move |text| Line {
                paragraph: number,
                text,
                leads: if heading {
                    Leads::ToSection
                } else if text.ends_with(':') {
                    Leads::ToList
                } else {
                    Leads::No
                },
                gap: if paragraph[..text::offset_in(paragraph, text)].ends_with('\n') {
                    "\n"
                } else {
                    " "
                },
            })
        })
        .collect();
    let index = Index::of_texts(passages, lines.iter().map(|line| line.text));
    let centrality = index.centrality();
    let score = |line: usize| {
        let opens = line == 0 || lines[line - 1].paragraph != lines[line].paragraph;
        centrality[line] + if opens { 0.25 } else { 0.0 } + if line == 0 { 0.25 } else { 0.0 }
    };

    let half = lines
        .iter()
        .filter(|line| line.leads == Leads::No)
        .map(|line| line.text.len())
        .sum::<usize>()
        .div_ceil(2);
    let mut order: Vec<usize> = (0..lines.len())
        .filter(|line| lines[*line].leads == Leads::No)
        .collect();
    order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    let mut kept = vec![false; lines.len()];
    let mut bytes = 0;
    for line in order {
        let length = lines[line].text.len();
        // A sentence that leads far past the half gives way to shorter ones, but something always stays.
        if bytes == 0 || bytes + length <= half + half / 10 {
            kept[line] = true;
            bytes += length;
        }
    }
    for at in (0..lines.len()).rev() {
        let leads = lines[at].leads;
        if leads != Leads::No {
            kept[at] = (at + 1..lines.len())
                .take_while(|below| lines[*below].leads < leads)
                .any(|below| kept[below]);
        }
    }

    let mut out = String::with_capacity(bytes + 64);
    let mut last: Option<&Line> = None;
    for line in lines
        .iter()
        .zip(&kept)
        .filter(|(_, kept)| **kept)
        .map(|(line, _)| line)
    {
        if let Some(last) = last {
            out.push_str(if last.paragraph == line.paragraph {
                line.gap
            } else {
                "\n\n"
            });
        }
        out.push_str(line.text);
        last = Some(line);
    }
    out
}
