//! Drafts and answers, made of quotations.

use super::index::{Fit, Index};
use super::markdown;
use super::text::{self, Units};
use super::{NOTE, NOTHING_FOUND};
use crate::grounding::{Passage, Section};

/// Most quotations in a section.
const MOST: usize = 4;
/// No further quotation once a section has this many bytes.
const ENOUGH: usize = 1800;
/// A further quotation must fit at least this well, compared with the best.
const WORTHY: f32 = 0.4;
/// Two units that share this much of their words say the same.
const SAME: f32 = 0.6;
/// What a quotation is still worth after another section has used it.
const USED: f32 = 0.35;
/// What a quotation is worth that only announces what isn't quoted with it.
const ANNOUNCING: f32 = 0.8;
/// Candidates that are compared with each other.
const CANDIDATES: usize = 60;

/// Headings that ask for what a source says as a whole, rather than for a subject.
const OVERVIEWS: [&str; 24] = [
    "abstract",
    "at a glance",
    "auf einen blick",
    "background",
    "einführung",
    "einleitung",
    "executive summary",
    "highlights",
    "hintergrund",
    "introducción",
    "introduction",
    "kernaussagen",
    "key facts",
    "key points",
    "main points",
    "objeto",
    "overview",
    "puntos clave",
    "purpose",
    "resumen",
    "summary",
    "überblick",
    "zusammenfassung",
    "zweck",
];
/// Headings that ask for what a source ends with.
const CLOSINGS: [&str; 10] = [
    "ausblick",
    "closing remarks",
    "conclusion",
    "conclusiones",
    "conclusions",
    "conclusión",
    "fazit",
    "outlook",
    "schluss",
    "schlussfolgerung",
];

/// A draft that is being composed: an iterator over its Markdown, the note first, then section by section. Joined, the
/// pieces are the document.
pub struct Draft<'a> {
    passages: &'a [Passage],
    outline: Vec<Section>,
    sources: Sources,
    /// Units quoted by earlier sections.
    used: Vec<bool>,
    next: Next,
}

enum Next {
    Note,
    Section(usize),
}

/// The sources, cut and indexed.
struct Sources {
    units: Units,
    index: Index,
    centrality: Vec<f32>,
}

impl Sources {
    fn new(passages: &[Passage]) -> Self {
        let units = text::units(passages);
        let index = Index::new(passages, &units);
        Self {
            centrality: index.centrality(),
            units,
            index,
        }
    }

    /// How well each unit tells what the sources say as a whole: central units, those near the begin first, and those
    /// under a heading that promises just that. With `closing`, those near the end. Each leaves the other its part.
    fn whole(&self, closing: bool) -> Vec<Fit> {
        let all = self.centrality.len();
        let border = if all < 4 { 0 } else { all * 3 / 4 };
        let promised: Vec<bool> = self
            .units
            .headings
            .iter()
            .map(|heading| asks_for_the_whole(heading) == Some(closing))
            .collect();
        (0..all)
            .map(|unit| {
                let distance = if closing { all - 1 - unit } else { unit };
                let near = 4.0 / (4.0 + f32::from(u16::try_from(distance).unwrap_or(u16::MAX)));
                let under = self.units.units[unit]
                    .heading
                    .is_some_and(|at| promised[at]);
                let in_its_part = border == 0 || (unit >= border) == closing;
                Fit {
                    score: self.centrality[unit] + 0.6 * near + if under { 0.6 } else { 0.0 },
                    speaks: in_its_part || under,
                }
            })
            .collect()
    }

    /// The best units, at most `most`, none of which says what another says. Best first.
    fn choose(&self, fits: &[Fit], used: &[bool], most: usize, enough: usize) -> Vec<usize> {
        let worth = |unit: usize| {
            let text = &self.units.units[unit].text;
            let announces = text.ends_with(':');
            fits[unit].score
                * self.index.prose(unit)
                * if used[unit] { USED } else { 1.0 }
                * if announces { ANNOUNCING } else { 1.0 }
        };
        let mut candidates: Vec<usize> = (0..fits.len())
            .filter(|unit| {
                fits[*unit].speaks && fits[*unit].score > 0.0 && self.index.is_quotable(*unit)
            })
            .collect();
        candidates.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)).then(a.cmp(b)));
        candidates.truncate(CANDIDATES.max(most * 4));

        let Some(best) = candidates.first().map(|unit| worth(*unit)) else {
            return Vec::new();
        };
        let mut chosen: Vec<usize> = Vec::new();
        let mut bytes = 0;
        while chosen.len() < most && bytes < enough {
            let likeness = |unit: usize| {
                chosen
                    .iter()
                    .map(|other| self.index.overlap(unit, *other))
                    .fold(0.0, f32::max)
            };
            let pick = candidates
                .iter()
                .filter(|unit| !chosen.contains(unit))
                .filter(|unit| {
                    chosen.is_empty() || (worth(**unit) >= WORTHY * best && !used[**unit])
                })
                .map(|unit| (*unit, likeness(*unit)))
                .filter(|(_, likeness)| *likeness <= SAME)
                .max_by(|(a, like_a), (b, like_b)| {
                    let value = |unit: usize, like: f32| 0.7 * worth(unit) / best - 0.3 * like;
                    value(*a, *like_a)
                        .total_cmp(&value(*b, *like_b))
                        .then(b.cmp(a))
                });
            let Some((unit, _)) = pick else { break };
            bytes += self.units.units[unit].text.len();
            chosen.push(unit);
        }
        chosen
    }

    /// Block quotes of the units, in the order given; units that follow each other on one page share one.
    fn quote(&self, passages: &[Passage], chosen: &[usize], emphasis: Option<&str>) -> String {
        let mut quotes = Vec::new();
        for run in chosen.chunk_by(|one, other| {
            let (one_at, other_at) = (
                &passages[self.units.units[*one].passage],
                &passages[self.units.units[*other].passage],
            );
            *other == one + 1 && one_at.source == other_at.source && one_at.page == other_at.page
        }) {
            let paragraphs: Vec<String> = run
                .iter()
                .map(|unit| marked(&self.units.units[*unit].text, emphasis))
                .collect();
            let passage = &passages[self.units.units[run[0]].passage];
            quotes.push(markdown::quote(&paragraphs, passage));
        }
        quotes.join("\n\n")
    }
}

/// A unit as Markdown, one of its sentences in bold.
fn marked(text: &str, emphasis: Option<&str>) -> String {
    let Some((before, sentence, after)) = emphasis
        .filter(|sentence| !sentence.contains('\n'))
        .and_then(|sentence| {
            let at = text.find(sentence)?;
            Some((&text[..at], sentence, &text[at + sentence.len()..]))
        })
    else {
        return markdown::escape(text);
    };
    let mut out = markdown::escape(before);
    if before.ends_with('\n') {
        out.push_str("\\\n");
    } else if !before.is_empty() {
        out.push(' ');
    }
    out.push_str("**");
    out.push_str(&markdown::escape(sentence));
    out.push_str("**");
    if after.starts_with('\n') {
        out.push_str("\\\n");
    } else if !after.is_empty() {
        out.push(' ');
    }
    out.push_str(&markdown::escape(after.trim_start()));
    out
}

/// Fills an outline with quotations. Without an outline, the key passages are quoted under one heading.
pub fn draft<'a>(outline: &[Section], passages: &'a [Passage]) -> Draft<'a> {
    let sources = Sources::new(passages);
    Draft {
        passages,
        outline: outline.to_vec(),
        used: vec![false; sources.units.units.len()],
        sources,
        next: Next::Note,
    }
}

impl Iterator for Draft<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        match self.next {
            Next::Note => {
                self.next = Next::Section(0);
                Some(format!("{NOTE}\n"))
            }
            Next::Section(0) if self.outline.is_empty() => {
                self.next = Next::Section(1);
                Some(self.key_passages())
            }
            Next::Section(at) if at < self.outline.len() => {
                self.next = Next::Section(at + 1);
                Some(self.section(at))
            }
            Next::Section(_) => None,
        }
    }
}

impl Draft<'_> {
    fn key_passages(&self) -> String {
        let most = (self.used.len() / 10).clamp(3, 12);
        let fits = self.sources.whole(false);
        let mut chosen = self
            .sources
            .choose(&fits, &self.used, most, ENOUGH * most / MOST);
        chosen.sort_unstable();
        let body = if chosen.is_empty() {
            NOTHING_FOUND.to_owned()
        } else {
            self.sources.quote(self.passages, &chosen, None)
        };
        format!("\n## Key passages\n\n{body}\n")
    }

    fn section(&mut self, at: usize) -> String {
        let section = &self.outline[at];
        let heading = markdown::heading(&section.heading, section.level);
        let has_children = self
            .outline
            .get(at + 1)
            .is_some_and(|next| next.level > section.level);
        if has_children && section.guidance.trim().is_empty() {
            // What is to be said is said below.
            return format!("\n{heading}\n");
        }
        let closing = asks_for_the_whole(&section.heading);
        // The word "summary" doesn't stand where a text is summed up.
        let subject = if closing.is_some() {
            ""
        } else {
            section.heading.as_str()
        };
        let above = above(&self.outline, at);
        let query = self.sources.index.query(subject, &section.guidance, above);
        let mut fits = self.sources.index.rank(&query);
        if let Some(closing) = closing {
            let best = fits.iter().map(|fit| fit.score).fold(0.0, f32::max);
            for (fit, whole) in fits.iter_mut().zip(self.sources.whole(closing)) {
                let fitting = if best > 0.0 { fit.score / best } else { 0.0 };
                fit.score = fitting + whole.score;
                fit.speaks |= whole.speaks;
            }
        }
        let mut chosen = self.sources.choose(&fits, &self.used, MOST, ENOUGH);
        if chosen.is_empty() {
            return format!("\n{heading}\n\n{NOTHING_FOUND}\n");
        }
        chosen.sort_unstable();
        for unit in &chosen {
            self.used[*unit] = true;
        }
        let quotes = self.sources.quote(self.passages, &chosen, None);
        format!("\n{heading}\n\n{quotes}\n")
    }
}

/// The headings a section stands under, nearest first. The document's own title says too little to count.
fn above(outline: &[Section], at: usize) -> impl Iterator<Item = &str> {
    let mut level = outline[at].level;
    outline[..at].iter().rev().filter_map(move |section| {
        if section.level >= level || section.level <= 1 {
            return None;
        }
        level = section.level;
        Some(section.heading.as_str())
    })
}

/// `Some(false)` for headings such as "Summary", `Some(true)` for those such as "Conclusion".
fn asks_for_the_whole(heading: &str) -> Option<bool> {
    let heading = heading
        .trim_matches(|c: char| !c.is_alphabetic())
        .to_lowercase();
    if OVERVIEWS.contains(&heading.as_str()) {
        Some(false)
    } else if CLOSINGS.contains(&heading.as_str()) {
        Some(true)
    } else {
        None
    }
}

/// Quotes what the passages say about a question, best first, the sentence nearest to it in bold.
pub fn answer(question: &str, passages: &[Passage]) -> String {
    let mut sources = Sources::new(passages);
    let query = sources.index.query(question, "", std::iter::empty());
    let fits = sources.index.rank(&query);
    let used = vec![false; fits.len()];
    let chosen = sources.choose(&fits, &used, MOST, ENOUGH);
    let Some(first) = chosen.first() else {
        return format!("{NOTE}\n\nNo passage of the source speaks to this question.\n");
    };
    let best = sources.units.units[*first].text.clone();
    let lead = text::sentences(&best)
        .into_iter()
        .map(|sentence| (sentence, sources.index.affinity(&query, sentence)))
        .reduce(|a, b| if b.1 > a.1 { b } else { a })
        .map(|(sentence, _)| sentence);
    let mut out = format!("{NOTE}\n\n{}", sources.quote(passages, &chosen[..1], lead));
    if chosen.len() > 1 {
        out.push_str("\n\n");
        out.push_str(&sources.quote(passages, &chosen[1..], None));
    }
    out.push('\n');
    out
}
