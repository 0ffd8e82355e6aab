//! Sources into paragraphs, headings, units that can be quoted, and sentences.

use crate::grounding::Passage;

/// Paragraphs up to this many bytes are quoted whole.
const WHOLE: usize = 700;
/// Pieces of longer paragraphs, in bytes.
const PIECE: usize = 500;
/// Neighbouring paragraphs shorter than this (list items, table rows) are quoted together…
const SHORT: usize = 80;
/// …until they reach this length.
const TOGETHER: usize = 300;

/// Words after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 62] = [
    "al", "approx", "art", "aufl", "bd", "bspw", "bzw", "ca", "cf", "co", "corp", "d", "dept",
    "dr", "dra", "ed", "eds", "eg", "ej", "engl", "etc", "evtl", "fig", "gem", "ggf", "hr", "hrsg",
    "ie", "inc", "inkl", "insb", "jr", "jun", "lic", "ltd", "max", "min", "mr", "mrs", "ms", "núm",
    "nr", "no", "p", "pág", "pp", "prof", "sec", "sog", "sr", "sra", "st", "str", "tel", "u",
    "usw", "vgl", "vol", "vs", "z", "zb", "zzgl",
];

/// A piece of text that is ranked and quoted as one.
pub(super) struct Unit {
    /// As it stands in the source, soft line breaks replaced by spaces.
    pub text: String,
    /// Index of the passage it begins in.
    pub passage: usize,
    /// Index into [`Units::headings`] of the heading it stands under.
    pub heading: Option<usize>,
    /// Made of short paragraphs; the next short one may join.
    open: bool,
}

/// Everything quotable, in reading order.
pub(super) struct Units {
    pub units: Vec<Unit>,
    pub headings: Vec<String>,
}

struct Paragraph {
    text: String,
    lines: usize,
    passage: usize,
}

/// Cuts passages into units.
pub(super) fn units(passages: &[Passage]) -> Units {
    let paragraphs: Vec<Paragraph> = passages
        .iter()
        .enumerate()
        .flat_map(|(index, passage)| {
            paragraphs(&passage.text).map(move |text| Paragraph {
                lines: text.lines().count(),
                text: reflow(text),
                passage: index,
            })
        })
        .collect();

    let mut units: Vec<Unit> = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    let mut heading = None;
    for (position, paragraph) in paragraphs.iter().enumerate() {
        let passage = &passages[paragraph.passage];
        let same_source = |other: usize| passages[other].source == passage.source;
        if position > 0 && !same_source(paragraphs[position - 1].passage) {
            heading = None;
        }
        let next = paragraphs
            .get(position + 1)
            .filter(|next| same_source(next.passage));
        if let Some(text) = heading_text(paragraph, next) {
            headings.push(text.to_owned());
            heading = Some(headings.len() - 1);
            continue;
        }
        if paragraph.text.len() < SHORT
            && let Some(last) = units.last_mut()
            && last.open
            && last.heading == heading
            && same_source(last.passage)
            && passages[last.passage].page == passage.page
        {
            last.text.push('\n');
            last.text.push_str(&paragraph.text);
            last.open = last.text.len() < TOGETHER;
            continue;
        }
        let open = paragraph.text.len() < SHORT;
        units.extend(pieces(&paragraph.text).map(|text| Unit {
            text: text.to_owned(),
            passage: paragraph.passage,
            heading,
            open,
        }));
    }
    Units { units, headings }
}

/// The paragraphs of a text: what blank lines separate. A heading marked with `#` is a paragraph of its own.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            let heading = is_marked_heading(line);
            if line.trim().is_empty() || (heading && end > 0) {
                break;
            }
            end += line.len();
            if heading {
                break;
            }
        }
        let (paragraph, after) = rest.split_at(end);
        rest = after;
        Some(paragraph.trim_end())
    })
}

/// Whether a line is a heading marked with one to six `#`.
pub(super) fn is_marked_heading(line: &str) -> bool {
    let marks = line.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&marks) && line[marks..].starts_with(' ')
}

/// Joins lines that were only broken to fit a page. Lines that begin like list items stay lines.
pub(super) fn reflow(paragraph: &str) -> String {
    let mut out = String::with_capacity(paragraph.len());
    for line in paragraph.lines() {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_none() {
            continue;
        }
        if !out.is_empty() {
            out.push(if begins_like_an_item(line) { '\n' } else { ' ' });
        }
        for (number, word) in words.enumerate() {
            if number > 0 {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

fn begins_like_an_item(line: &str) -> bool {
    let line = line.trim_start();
    let bullet = line.starts_with(['-', '*', '+', '•', '–', '▪', '◦', '|'])
        && line.chars().nth(1).is_some_and(char::is_whitespace);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let number = (1..=3).contains(&digits)
        && matches!(line.as_bytes().get(digits), Some(b'.' | b')'))
        && line.as_bytes().get(digits + 1) == Some(&b' ');
    bullet || number
}

/// The words of a paragraph that is a heading: marked as one, or short, unfinished, and followed by something longer.
fn heading_text<'a>(paragraph: &'a Paragraph, next: Option<&Paragraph>) -> Option<&'a str> {
    let text = paragraph.text.as_str();
    if paragraph.lines > 1 {
        return None;
    }
    if is_marked_heading(text) {
        return Some(text.trim_start_matches('#').trim());
    }
    let looks_like_one = text.len() <= 120
        && text.split(' ').count() <= 12
        && text.contains(char::is_alphabetic)
        && !text.ends_with(['.', '!', '?', ';', ',', '。'])
        && !text.starts_with(char::is_lowercase)
        && !begins_like_an_item(text);
    let next = next?;
    (looks_like_one && next.text.len() > SHORT && next.text.len() > text.len() * 3 / 2)
        .then_some(text)
}

/// A paragraph in pieces short enough to quote, cut between sentences; a piece of text without any is cut between words.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut cuts = Vec::new();
    if text.len() > WHOLE {
        let mut begin = 0;
        for sentence in sentences(text) {
            let end = offset_in(text, sentence) + sentence.len();
            if end - begin > WHOLE && offset_in(text, sentence) > begin {
                begin = offset_in(text, sentence);
                cuts.push(begin);
            }
            while end - begin > WHOLE {
                let Some(cut) = last_space(&text[begin..], PIECE) else {
                    break;
                };
                begin += cut;
                cuts.push(begin);
            }
            if end - begin >= PIECE {
                begin = end;
                cuts.push(begin);
            }
        }
    }
    cuts.push(text.len());
    let mut begin = 0;
    cuts.into_iter().filter_map(move |cut| {
        let piece = text[begin..cut].trim();
        begin = cut;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Where `part`, which is a slice of `text`, begins in it.
pub(super) fn offset_in(text: &str, part: &str) -> usize {
    part.as_ptr() as usize - text.as_ptr() as usize
}

/// Where to cut `text` at or before `most` bytes; without any white space there, at the last whole character.
fn last_space(text: &str, most: usize) -> Option<usize> {
    if text.len() <= most {
        return None;
    }
    let head = &text[..text.floor_char_boundary(most)];
    let cut = head.rfind(char::is_whitespace).unwrap_or(head.len());
    (cut > 0).then_some(cut)
}

/// The sentences of a paragraph, without the white space between them.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut begin = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let end = match character {
            '\n' => at + 1,
            '。' | '！' | '？' => at + character.len_utf8(),
            '.' | '!' | '?' | '…' => {
                let mut end = at + character.len_utf8();
                while let Some((next, closing)) = characters.peek().copied()
                    && matches!(
                        closing,
                        '.' | '!' | '?' | '…' | '"' | '\'' | ')' | ']' | '”' | '’' | '“' | '»'
                    )
                {
                    end = next + closing.len_utf8();
                    characters.next();
                }
                let ends = character != '.' || !is_abbreviation(&text[begin..at]);
                if !(ends && begins_sentence(&text[end..])) {
                    continue;
                }
                end
            }
            _ => continue,
        };
        let sentence = text[begin..end].trim();
        if !sentence.is_empty() {
            out.push(sentence);
        }
        begin = end;
    }
    let sentence = text[begin..].trim();
    if !sentence.is_empty() {
        out.push(sentence);
    }
    out
}

/// Whether what follows a full stop can be a new sentence: nothing, or white space and no lower-case letter.
fn begins_sentence(rest: &str) -> bool {
    let mut characters = rest.chars();
    match characters.next() {
        None => true,
        Some(space) if space.is_whitespace() => rest
            .trim_start()
            .chars()
            .next()
            .is_none_or(|first| !first.is_lowercase()),
        Some(_) => false,
    }
}

/// Whether the full stop after `before` belongs to an abbreviation, an initial or an ordinal number ("3. Mai").
fn is_abbreviation(before: &str) -> bool {
    let word = before
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '.' | '(' | '"' | '/'))
        .next()
        .unwrap_or_default();
    let mut characters = word.chars();
    match (characters.next(), characters.next()) {
        (None, _) => false,
        (Some(only), None) => only.is_uppercase() || only.is_ascii_digit() || "dpzu".contains(only),
        (Some(first), Some(second)) if word.len() == 2 && first.is_ascii_digit() => {
            second.is_ascii_digit()
        }
        _ => word.len() <= 8 && ABBREVIATIONS.contains(&word.to_lowercase().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_a_reader_would_end_them() {
        let cases: [(&str, &[&str]); 5] = [
            ("One. Two! Three?", &["One.", "Two!", "Three?"]),
            (
                "Dr. Smith met J. Doe at 3.5 km. He said “yes.” Then he left.",
                &[
                    "Dr. Smith met J. Doe at 3.5 km.",
                    "He said “yes.”",
                    "Then he left.",
                ],
            ),
            (
                "Am 3. Mai, z. B. um 10 Uhr. Danach nicht.",
                &["Am 3. Mai, z. B. um 10 Uhr.", "Danach nicht."],
            ),
            ("第一句。第二句。", &["第一句。", "第二句。"]),
            (
                "In 2019. Next line\nitem",
                &["In 2019.", "Next line", "item"],
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(sentences(text), expected);
        }
    }

    #[test]
    fn a_heading_belongs_to_what_follows_and_is_not_quoted() {
        let long = "The board met in March and agreed that the roof of the gym must be repaired before the winter.";
        let passage = Passage {
            source: "Minutes".into(),
            page: None,
            text: format!("Repairs\n\n{long}\n\n- one\n\n- two"),
        };
        let units = units(&[passage]);
        assert_eq!(units.headings, ["Repairs"]);
        let texts: Vec<_> = units.units.iter().map(|unit| unit.text.as_str()).collect();
        assert_eq!(texts, [long, "- one\n- two"]);
        assert!(units.units.iter().all(|unit| unit.heading == Some(0)));
    }

    #[test]
    fn a_paragraph_of_any_length_is_cut_without_losing_a_character() {
        for text in [
            "word ".repeat(1000),
            "A sentence of some length. ".repeat(300),
            "x".repeat(5000),
            "é".repeat(5000),
        ] {
            let text = text.trim();
            let pieces: Vec<&str> = pieces(text).collect();
            assert!(pieces.iter().all(|piece| piece.len() <= WHOLE));
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeeze(&pieces.concat()), squeeze(text));
        }
    }

    #[test]
    fn lines_broken_to_fit_a_page_are_joined_and_list_items_are_not() {
        assert_eq!(
            reflow("The roof\n  of the gym\n- one\n- two"),
            "The roof of the gym\n- one\n- two"
        );
    }
}
