//! Words into numbered terms: lower-cased, without stop words, stemmed in the sources' main language.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::stop_words::{ENGLISH, GERMAN, INSTRUCTIONS, SPANISH};

/// Words looked at to tell the language.
const SAMPLE: usize = 20_000;
/// Longest word; longer runs of letters are data, not words, and are cut here.
const LONGEST: usize = 48;

/// The number of a term.
pub(super) type Term = u32;

/// All terms seen so far. Remembers what became of each word, so that a word is stemmed once.
pub(super) struct Vocabulary {
    stop_words: &'static [&'static str],
    stemmer: Option<Stemmer>,
    /// `None` for stop words.
    terms: HashMap<String, Option<Term>>,
    stems: HashMap<String, Term>,
    /// Reused for each word.
    word: String,
}

impl Vocabulary {
    /// For the language that most of `texts` is in. Texts in a language without a stop-word list are taken as they are.
    pub fn for_texts<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let lists = [
            (ENGLISH, Algorithm::English),
            (GERMAN, Algorithm::German),
            (SPANISH, Algorithm::Spanish),
        ];
        let mut hits = [0_usize; 3];
        let mut seen = 0;
        let mut word = String::new();
        for text in texts {
            if seen >= SAMPLE {
                break;
            }
            for raw in words(text).take(SAMPLE) {
                lower(raw, &mut word);
                for (hits, (list, _)) in hits.iter_mut().zip(&lists) {
                    *hits += usize::from(list.binary_search(&word.as_str()).is_ok());
                }
                seen += 1;
            }
        }
        let most = (0..3).rev().max_by_key(|at| hits[*at]).unwrap_or(0);
        // In text of a language there are at least this many stop words; in any other, fewer.
        let known = hits[most] * 8 >= seen;
        let (stop_words, algorithm) = lists[most];
        Self {
            stop_words: if known { stop_words } else { &[] },
            stemmer: known.then(|| Stemmer::create(algorithm)),
            terms: HashMap::new(),
            stems: HashMap::new(),
            word,
        }
    }

    /// Whether it is known which words of the sources are stop words.
    pub fn knows_stop_words(&self) -> bool {
        !self.stop_words.is_empty()
    }

    /// Adds the terms of a text to `out`, in order, repeated as they are repeated. Returns how many words the text has,
    /// stop words included.
    pub fn terms(&mut self, text: &str, out: &mut Vec<Term>) -> usize {
        let mut count = 0;
        for raw in words(text) {
            count += 1;
            lower(raw, &mut self.word);
            if let Some(known) = self.terms.get(&self.word) {
                out.extend(known);
                continue;
            }
            let term = self.new_term();
            self.terms.insert(self.word.clone(), term);
            out.extend(term);
        }
        count
    }

    /// The terms of an instruction, without the words that only instruct ("describe", "section").
    pub fn instruction_terms(&mut self, text: &str, out: &mut Vec<Term>) {
        for raw in words(text) {
            lower(raw, &mut self.word);
            if INSTRUCTIONS.binary_search(&self.word.as_str()).is_err() {
                self.terms(raw, out);
            }
        }
    }

    fn new_term(&mut self) -> Option<Term> {
        if self.stop_words.binary_search(&self.word.as_str()).is_ok() {
            return None;
        }
        let stem = match &self.stemmer {
            Some(stemmer) => stemmer.stem(&self.word).into_owned(),
            None => self.word.clone(),
        };
        let next = u32::try_from(self.stems.len()).unwrap_or(u32::MAX);
        Some(*self.stems.entry(stem).or_insert(next))
    }
}

/// The words of a text. Scripts written without spaces give a word for each character.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let begin = rest.find(char::is_alphanumeric)?;
        rest = &rest[begin..];
        let mut end = 0;
        for character in rest.chars() {
            let alone = is_written_without_spaces(character);
            if !character.is_alphanumeric() || (alone && end > 0) || end >= LONGEST {
                break;
            }
            end += character.len_utf8();
            if alone {
                break;
            }
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

fn is_written_without_spaces(character: char) -> bool {
    matches!(character,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{20000}'..='\u{3ffff}')
}

fn lower(word: &str, out: &mut String) {
    out.clear();
    if word.is_ascii() {
        out.push_str(word);
        out.make_ascii_lowercase();
    } else {
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(vocabulary: &mut Vocabulary, text: &str) -> Vec<Term> {
        let mut out = Vec::new();
        vocabulary.terms(text, &mut out);
        out
    }

    #[test]
    fn forms_of_a_word_are_one_term_in_each_language() {
        for (sample, one, other) in [
            ("the school and the teachers of it", "Teacher", "teachers"),
            (
                "die Schule und der Lehrer sind für das Kind da",
                "Schule",
                "Schulen",
            ),
            (
                "la escuela y los maestros que están en el centro",
                "escuela",
                "escuelas",
            ),
        ] {
            let mut vocabulary = Vocabulary::for_texts([sample].into_iter());
            assert_eq!(
                terms(&mut vocabulary, one),
                terms(&mut vocabulary, other),
                "{sample}"
            );
            assert!(terms(&mut vocabulary, "the und que").len() < 3);
        }
    }

    #[test]
    fn text_without_spaces_is_cut_into_characters() {
        let mut vocabulary = Vocabulary::for_texts(["学校"].into_iter());
        assert_eq!(terms(&mut vocabulary, "学校 abc学").len(), 4);
    }

    #[test]
    fn the_word_lists_are_sorted_so_that_they_can_be_searched() {
        for list in [ENGLISH, GERMAN, SPANISH, INSTRUCTIONS] {
            assert!(
                list.is_sorted(),
                "{:?}",
                list.windows(2).find(|w| w[0] > w[1])
            );
        }
    }
}
