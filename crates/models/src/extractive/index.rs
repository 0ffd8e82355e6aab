//! Ranks units: BM25 against the words of a section, centrality when there are no words to go by.

use super::text::Units;
use super::vocabulary::{Term, Vocabulary};
use crate::grounding::Passage;

/// BM25's saturation and length normalisation, at their usual values.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// How many occurrences in its text a word in a unit's heading is worth.
const HEADING_BONUS: f32 = 2.0;
/// A word that stands in more of the units than this tells nothing about any…
const COMMON: f32 = 0.4;
/// …unless there are fewer units than this.
const FEW: usize = 20;
/// What a fitting unit is worth that isn't made of sentences.
const NOT_PROSE: f32 = 0.7;
/// A unit speaks to a query if it holds at least this much of its words' weight.
const COVERAGE: f32 = 0.25;

/// The units of the sources, ready to be ranked.
pub(super) struct Index {
    vocabulary: Vocabulary,
    units: Vec<Entry>,
    /// By term: the units that hold it, in order.
    postings: Vec<Vec<Posting>>,
    /// By term: in how many units' own text it stands.
    frequency: Vec<u32>,
    mean_length: f32,
}

struct Entry {
    /// Distinct terms of the unit's own text, sorted.
    terms: Vec<Term>,
    /// In terms, repeated ones included.
    length: f32,
    /// Reads like sentences, not like a table, a listing or a program.
    prose: bool,
}

struct Posting {
    unit: u32,
    /// Occurrences, those in the heading counted by [`HEADING_BONUS`].
    count: f32,
}

/// What is looked for.
#[derive(Default)]
pub(super) struct Query {
    /// Words of the heading or question. One of them is enough.
    strong: Vec<Term>,
    /// Words of the guidance. Takes two of them, or half.
    weak: Vec<Term>,
    /// Words of the headings above, which only break ties.
    context: Vec<Term>,
}

/// How well a unit fits.
#[derive(Clone, Copy, Default)]
pub(super) struct Fit {
    /// 0 or more; only comparable within one query.
    pub score: f32,
    /// Whether it speaks to the query at all.
    pub speaks: bool,
}

impl Index {
    /// Over units with their headings.
    pub fn new(passages: &[Passage], units: &Units) -> Self {
        let mut vocabulary = vocabulary(passages);
        let mut headings: Vec<Vec<Term>> = Vec::with_capacity(units.headings.len());
        for heading in &units.headings {
            let mut terms = Vec::new();
            vocabulary.terms(heading, &mut terms);
            sort_distinct(&mut terms);
            headings.push(terms);
        }
        let texts = units.units.iter().map(|unit| {
            let heading = unit.heading.map_or(&[][..], |at| &headings[at]);
            (unit.text.as_str(), heading)
        });
        Self::build(vocabulary, texts)
    }

    /// Over texts from the passages, without headings.
    pub fn of_texts<'a>(passages: &[Passage], texts: impl Iterator<Item = &'a str>) -> Self {
        Self::build(vocabulary(passages), texts.map(|text| (text, &[][..])))
    }

    fn build<'a>(
        vocabulary: Vocabulary,
        texts: impl Iterator<Item = (&'a str, &'a [Term])>,
    ) -> Self {
        let mut index = Self {
            vocabulary,
            units: Vec::with_capacity(texts.size_hint().0),
            postings: Vec::new(),
            frequency: Vec::new(),
            mean_length: 1.0,
        };
        let mut terms = Vec::new();
        let mut length = 0.0;
        for (number, (text, heading)) in texts.enumerate() {
            terms.clear();
            let words = index.vocabulary.terms(text, &mut terms);
            // Sentences are full of stop words.
            let stop_words = words - terms.len();
            let prose = !index.vocabulary.knows_stop_words() || stop_words * 6 >= words;
            length += index.add(number, &mut terms, heading, prose);
        }
        if !index.units.is_empty() && length > 0.0 {
            index.mean_length = length / count(index.units.len());
        }
        index
    }

    /// Adds a unit and returns its length.
    fn add(&mut self, number: usize, terms: &mut [Term], heading: &[Term], prose: bool) -> f32 {
        let unit = u32::try_from(number).unwrap_or(u32::MAX);
        let length = count(terms.len());
        terms.sort_unstable();
        let highest = terms.last().max(heading.last()).copied();
        if let Some(highest) = highest.map(|term| term as usize)
            && highest >= self.postings.len()
        {
            self.postings.resize_with(highest + 1, Vec::new);
            self.frequency.resize(highest + 1, 0);
        }
        let mut distinct = Vec::new();
        for run in terms.chunk_by(|a, b| a == b) {
            let term = run[0];
            let in_heading = heading.binary_search(&term).is_ok();
            distinct.push(term);
            self.frequency[term as usize] += 1;
            self.postings[term as usize].push(Posting {
                unit,
                count: count(run.len()) + if in_heading { HEADING_BONUS } else { 0.0 },
            });
        }
        for term in heading {
            if distinct.binary_search(term).is_err() {
                self.postings[*term as usize].push(Posting {
                    unit,
                    count: HEADING_BONUS,
                });
            }
        }
        self.units.push(Entry {
            terms: distinct,
            length,
            prose,
        });
        length
    }

    /// A query from a heading or question, the guidance below it, and the headings above it.
    pub fn query<'a>(
        &mut self,
        heading: &str,
        guidance: &str,
        above: impl Iterator<Item = &'a str>,
    ) -> Query {
        let mut query = Query::default();
        self.vocabulary.terms(heading, &mut query.strong);
        self.vocabulary.instruction_terms(guidance, &mut query.weak);
        for heading in above {
            self.vocabulary.terms(heading, &mut query.context);
        }
        sort_distinct(&mut query.strong);
        sort_distinct(&mut query.weak);
        sort_distinct(&mut query.context);
        query
            .weak
            .retain(|term| query.strong.binary_search(term).is_err());
        query
    }

    /// How well each unit fits the query.
    pub fn rank(&self, query: &Query) -> Vec<Fit> {
        #[derive(Clone, Copy, Default)]
        struct Match {
            score: f32,
            strong: f32,
            weak: f32,
            weak_terms: u32,
        }
        let mut matches = vec![Match::default(); self.units.len()];
        let mut weight = |terms: &[Term], worth: f32, note: &dyn Fn(&mut Match, f32)| {
            let mut total = 0.0;
            for term in terms {
                let rarity = self.rarity(*term);
                total += rarity;
                let common = self.is_common(*term);
                for posting in self.postings.get(*term as usize).into_iter().flatten() {
                    let unit = posting.unit as usize;
                    let length = self.units[unit].length / self.mean_length;
                    let saturated =
                        posting.count * (K1 + 1.0) / (posting.count + K1 * (1.0 - B + B * length));
                    matches[unit].score += worth * rarity * saturated;
                    if !common {
                        note(&mut matches[unit], rarity);
                    }
                }
            }
            total
        };
        let strong = weight(&query.strong, 2.0, &|found, rarity| found.strong += rarity);
        let weak = weight(&query.weak, 1.0, &|found, rarity| {
            found.weak += rarity;
            found.weak_terms += 1;
        });
        weight(&query.context, 0.3, &|_, _| {});
        matches
            .iter()
            .map(|found| {
                let of_weak = if weak > 0.0 { found.weak / weak } else { 0.0 };
                let speaks = (strong > 0.0 && found.strong / strong >= COVERAGE)
                    || (found.weak_terms >= 2 && of_weak >= COVERAGE)
                    || of_weak >= 0.5;
                Fit {
                    score: found.score,
                    speaks,
                }
            })
            .collect()
    }

    /// How much each unit speaks of what the sources as a whole speak of, 0 to 1.
    pub fn centrality(&self) -> Vec<f32> {
        let all = count(self.units.len());
        let weights: Vec<f32> = self
            .frequency
            .iter()
            .map(|frequency| match *frequency {
                // A word that stands once connects a unit to nothing.
                0 | 1 => 0.0,
                frequency => {
                    let share = count(frequency as usize) / all;
                    share.sqrt() * (1.0 / share).ln().max(0.1)
                }
            })
            .collect();
        let mut scores: Vec<f32> = self
            .units
            .iter()
            .map(|unit| {
                let sum: f32 = unit.terms.iter().map(|term| weights[*term as usize]).sum();
                // The constant keeps a unit of three apt words from beating a paragraph.
                sum / (count(unit.terms.len()) + 8.0)
            })
            .collect();
        let best = scores.iter().copied().fold(0.0, f32::max);
        if best > 0.0 {
            for score in &mut scores {
                *score /= best;
            }
        }
        scores
    }

    /// Whether a unit says enough to stand as a quotation.
    pub fn is_quotable(&self, unit: usize) -> bool {
        self.units[unit].terms.len() >= 3 || self.units.len() < 5
    }

    /// What a unit's form makes of its worth.
    pub fn prose(&self, unit: usize) -> f32 {
        if self.units[unit].prose {
            1.0
        } else {
            NOT_PROSE
        }
    }

    /// How much of the shorter unit's words the other one repeats, 0 to 1.
    pub fn overlap(&self, one: usize, other: usize) -> f32 {
        let (one, other) = (&self.units[one].terms, &self.units[other].terms);
        let shorter = one.len().min(other.len());
        if shorter == 0 {
            return 0.0;
        }
        let (mut at, mut in_other, mut shared) = (0, 0, 0);
        while at < one.len() && in_other < other.len() {
            match one[at].cmp(&other[in_other]) {
                std::cmp::Ordering::Less => at += 1,
                std::cmp::Ordering::Greater => in_other += 1,
                std::cmp::Ordering::Equal => {
                    shared += 1;
                    at += 1;
                    in_other += 1;
                }
            }
        }
        count(shared) / count(shorter)
    }

    /// How many of the query's words a text holds, each once, by their rarity.
    pub fn affinity(&mut self, query: &Query, text: &str) -> f32 {
        let mut terms = Vec::new();
        self.vocabulary.terms(text, &mut terms);
        sort_distinct(&mut terms);
        terms
            .iter()
            .filter(|term| {
                query.strong.binary_search(term).is_ok() || query.weak.binary_search(term).is_ok()
            })
            .map(|term| self.rarity(*term))
            .sum()
    }

    /// BM25's inverse document frequency, always positive.
    fn rarity(&self, term: Term) -> f32 {
        let frequency = count(self.frequency_of(term));
        (1.0 + (count(self.units.len()) - frequency + 0.5) / (frequency + 0.5)).ln()
    }

    fn is_common(&self, term: Term) -> bool {
        self.units.len() >= FEW && count(self.frequency_of(term)) > COMMON * count(self.units.len())
    }

    fn frequency_of(&self, term: Term) -> usize {
        self.frequency
            .get(term as usize)
            .map_or(0, |frequency| *frequency as usize)
    }
}

fn vocabulary(passages: &[Passage]) -> Vocabulary {
    Vocabulary::for_texts(passages.iter().map(|passage| passage.text.as_str()))
}

fn sort_distinct(terms: &mut Vec<Term>) {
    terms.sort_unstable();
    terms.dedup();
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of words and units stay far below 2^24, and a ranking needs no more"
)]
fn count(number: usize) -> f32 {
    number as f32
}
