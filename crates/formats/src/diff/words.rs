//! Which words changed.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp};

/// How long one comparison of texts may search for the smallest difference before it settles for a coarser one.
const PATIENCE: Duration = Duration::from_millis(250);

/// A run of text that stayed, came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WordChange {
    /// What happened to it.
    pub op: ChangeOp,
    /// The text; paragraphs in it are apart by an empty line.
    pub text: String,
}

/// What happened to a run of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum ChangeOp {
    /// It stayed.
    Equal,
    /// It is only in the new text.
    Insert,
    /// It was only in the old text.
    Delete,
}

/// The words that differ between two texts. What is equal or deleted makes up the old text, what is equal or inserted
/// the new one. Changes that only white space parts are one change, a deletion before its insertion.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<WordChange> {
    let old_tokens = tokens(old);
    let new_tokens = tokens(new);
    let ops = similar::capture_diff_slices_deadline(
        Algorithm::Myers,
        &old_tokens,
        &new_tokens,
        Some(Instant::now() + PATIENCE),
    );
    let mut changes = Changes::default();
    for (index, op) in ops.iter().enumerate() {
        match *op {
            DiffOp::Equal { old_index, len, .. } => {
                let text = old_tokens[old_index..old_index + len].concat();
                let between = index > 0 && index + 1 < ops.len();
                if between && text.len() <= 2 && text.chars().all(|c| c == ' ') {
                    changes.deleted.push_str(&text);
                    changes.inserted.push_str(&text);
                } else {
                    changes.equal(&text);
                }
            }
            DiffOp::Delete {
                old_index, old_len, ..
            } => changes
                .deleted
                .extend(old_tokens[old_index..old_index + old_len].iter().copied()),
            DiffOp::Insert {
                new_index, new_len, ..
            } => changes
                .inserted
                .extend(new_tokens[new_index..new_index + new_len].iter().copied()),
            DiffOp::Replace {
                old_index,
                old_len,
                new_index,
                new_len,
            } => {
                changes
                    .deleted
                    .extend(old_tokens[old_index..old_index + old_len].iter().copied());
                changes
                    .inserted
                    .extend(new_tokens[new_index..new_index + new_len].iter().copied());
            }
        }
    }
    changes.finish()
}

/// How many words were inserted and deleted, in this order.
#[must_use]
pub fn counts(changes: &[WordChange]) -> (usize, usize) {
    let count = |op: ChangeOp| {
        changes
            .iter()
            .filter(|change| change.op == op)
            .map(|change| crate::tree::word_count(&change.text))
            .sum()
    };
    (count(ChangeOp::Insert), count(ChangeOp::Delete))
}

/// Collects changes so that no two neighbours have the same operation.
#[derive(Default)]
pub(super) struct Changes {
    list: Vec<WordChange>,
    deleted: String,
    inserted: String,
}

impl Changes {
    pub(super) fn equal(&mut self, text: &str) {
        self.settle();
        self.put(ChangeOp::Equal, text);
    }

    pub(super) fn extend(&mut self, changes: Vec<WordChange>) {
        for change in changes {
            match change.op {
                ChangeOp::Equal => self.equal(&change.text),
                ChangeOp::Delete => self.deleted.push_str(&change.text),
                ChangeOp::Insert => self.inserted.push_str(&change.text),
            }
        }
    }

    pub(super) fn finish(mut self) -> Vec<WordChange> {
        self.settle();
        self.list
    }

    fn settle(&mut self) {
        let deleted = std::mem::take(&mut self.deleted);
        let inserted = std::mem::take(&mut self.inserted);
        if deleted == inserted {
            self.put(ChangeOp::Equal, &deleted);
        } else {
            self.put(ChangeOp::Delete, &deleted);
            self.put(ChangeOp::Insert, &inserted);
        }
    }

    fn put(&mut self, op: ChangeOp, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.list.last_mut() {
            Some(last) if last.op == op => last.text.push_str(text),
            _ => self.list.push(WordChange {
                op,
                text: text.to_owned(),
            }),
        }
    }
}

#[derive(PartialEq, Clone, Copy)]
enum Class {
    Word,
    Space,
    Other,
}

fn class(c: char) -> Class {
    if c.is_alphanumeric() || matches!(c, '\'' | '’' | '_') {
        Class::Word
    } else if c.is_whitespace() && c != '\n' {
        Class::Space
    } else {
        Class::Other
    }
}

/// A text as words, runs of spaces, and single other characters.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::with_capacity(text.len() / 4);
    let mut begin = 0;
    let mut previous: Option<Class> = None;
    for (index, c) in text.char_indices() {
        let class = class(c);
        if previous.is_some_and(|previous| previous != class || class == Class::Other) {
            tokens.push(&text[begin..index]);
            begin = index;
        }
        previous = Some(class);
    }
    if begin < text.len() {
        tokens.push(&text[begin..]);
    }
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(changes: &[WordChange]) -> String {
        changes
            .iter()
            .map(|change| match change.op {
                ChangeOp::Equal => change.text.clone(),
                ChangeOp::Delete => format!("[-{}-]", change.text),
                ChangeOp::Insert => format!("[+{}+]", change.text),
            })
            .collect()
    }

    #[test]
    fn a_changed_word_is_shown_alone() {
        let changes = words("The contract ends in May.", "The contract ends in June.");
        assert_eq!(shown(&changes), "The contract ends in [-May-][+June+].");
        assert_eq!(counts(&changes), (1, 1));
    }

    #[test]
    fn neighbouring_changes_are_one_change() {
        assert_eq!(
            shown(&words("a red old car", "a blue new car")),
            "a [-red old-][+blue new+] car"
        );
    }

    #[test]
    fn two_unlike_books_are_compared_in_bounded_time() {
        let book = |seed: u64| {
            let mut state = seed;
            (0..120_000)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    format!("w{} ", (state >> 33) % 5000)
                })
                .collect::<Vec<_>>()
                .concat()
        };
        let (old, new) = (book(1), book(2));
        let begun = Instant::now();
        let changes = words(&old, &new);
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
        assert_eq!(side(&changes, ChangeOp::Delete), old);
    }

    fn side(changes: &[WordChange], op: ChangeOp) -> String {
        changes
            .iter()
            .filter(|change| change.op == op || change.op == ChangeOp::Equal)
            .map(|change| change.text.as_str())
            .collect()
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_back(old in "([a-d]{1,2}[ ,\n]{0,2}){0,30}", new in "([a-d]{1,2}[ ,\n]{0,2}){0,30}") {
            let changes = words(&old, &new);
            prop_assert_eq!(side(&changes, ChangeOp::Delete), old);
            prop_assert_eq!(side(&changes, ChangeOp::Insert), new);
            prop_assert!(changes.windows(2).all(|pair| pair[0].op != pair[1].op));
        }
    }
}
