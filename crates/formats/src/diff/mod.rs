//! What changed between two trees: suggestions that can be taken or left one by one, and words for people to read.

mod words;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;
use std::time::{Duration, Instant};

use similar::{Algorithm, DiffOp};

use crate::tree::{Block, DocumentTree, plain_text};

pub use words::{ChangeOp, WordChange, counts, words};

/// How long the search for equal blocks may look for the smallest difference.
const PATIENCE: Duration = Duration::from_millis(250);
/// Up to how many pairs of changed blocks are compared with each other to find which became which.
const MAX_PAIRS: usize = 10_000;
/// How alike two blocks must be (shared words over all words) to count as the same block, changed.
const ALIKE: f64 = 0.35;

/// A change that can be accepted or rejected on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hunk {
    /// Its number within its diff, from 0.
    pub id: u32,
    /// Which blocks of the old top level it replaces; empty where it only inserts.
    pub old: Range<usize>,
    /// Which blocks of the new top level it brings; empty where it only deletes.
    pub new: Range<usize>,
    /// The blocks it replaces.
    pub old_blocks: Vec<Block>,
    /// The blocks it brings.
    pub new_blocks: Vec<Block>,
    /// The words that differ.
    pub words: Vec<WordChange>,
}

/// Why hunks can't be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// The tree is not the one the hunks were made from.
    #[error("the document changed where suggestion {id} applies")]
    Outdated {
        /// The first hunk that doesn't fit.
        id: u32,
    },
}

/// The changes from `old` to `new`, in the order of the document. A block that was changed is one hunk with what it
/// became; blocks that came or went without a counterpart are grouped with their neighbours.
#[must_use]
pub fn hunks(old: &DocumentTree, new: &DocumentTree) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    for (old_range, new_range) in changed_ranges(old, new) {
        let pairs = pair_blocks(
            &old.content[old_range.clone()],
            &new.content[new_range.clone()],
        );
        let (mut old_at, mut new_at) = (old_range.start, new_range.start);
        for (old_index, new_index) in pairs {
            let (old_index, new_index) = (old_range.start + old_index, new_range.start + new_index);
            push_hunk(&mut hunks, old, new, old_at..old_index, new_at..new_index);
            push_hunk(
                &mut hunks,
                old,
                new,
                old_index..old_index + 1,
                new_index..new_index + 1,
            );
            (old_at, new_at) = (old_index + 1, new_index + 1);
        }
        push_hunk(
            &mut hunks,
            old,
            new,
            old_at..old_range.end,
            new_at..new_range.end,
        );
    }
    hunks
}

/// The tree with the accepted hunks applied and the others left out. Fails when the blocks a hunk replaces are no
/// longer what they were.
pub fn apply(
    old: &DocumentTree,
    hunks: &[Hunk],
    accepted: impl Fn(u32) -> bool,
) -> Result<DocumentTree, ApplyError> {
    let mut order: Vec<&Hunk> = hunks.iter().collect();
    order.sort_by_key(|hunk| (hunk.old.start, hunk.new.start));
    let mut content = Vec::with_capacity(old.content.len());
    let mut at = 0;
    for hunk in order {
        let outdated = ApplyError::Outdated { id: hunk.id };
        if hunk.old.start < at || old.content.get(hunk.old.clone()) != Some(&hunk.old_blocks[..]) {
            return Err(outdated);
        }
        content.extend_from_slice(&old.content[at..hunk.old.start]);
        let chosen = if accepted(hunk.id) {
            &hunk.new_blocks
        } else {
            &hunk.old_blocks
        };
        content.extend_from_slice(chosen);
        at = hunk.old.end;
    }
    content.extend_from_slice(&old.content[at..]);
    Ok(DocumentTree::new(content))
}

/// The words that differ between two documents, read from beginning to end; blocks are apart by an empty line.
#[must_use]
pub fn compare(old: &DocumentTree, new: &DocumentTree) -> Vec<WordChange> {
    let mut changes = words::Changes::default();
    let mut at = 0;
    for (old_range, new_range) in changed_ranges(old, new) {
        changes.equal(&text_of(&old.content[at..old_range.start]));
        changes.extend(words(
            &text_of(&old.content[old_range.clone()]),
            &text_of(&new.content[new_range]),
        ));
        at = old_range.end;
    }
    changes.equal(&text_of(&old.content[at..]));
    trim_last_separator(changes.finish())
}

/// Every block's text ends with an empty line, so that blocks can come and go; the last one of each side needs none.
fn text_of(blocks: &[Block]) -> String {
    let mut text = String::new();
    for block in blocks {
        let block = plain_text(std::slice::from_ref(block));
        if !block.is_empty() {
            text.push_str(&block);
            text.push_str("\n\n");
        }
    }
    text
}

fn trim_last_separator(mut changes: Vec<WordChange>) -> Vec<WordChange> {
    let mut sides = [true, true];
    for change in changes.iter_mut().rev() {
        let wanted = match change.op {
            ChangeOp::Equal => sides[0] && sides[1],
            ChangeOp::Delete => sides[0],
            ChangeOp::Insert => sides[1],
        };
        if wanted && change.text.ends_with("\n\n") {
            change.text.truncate(change.text.len() - 2);
        }
        match change.op {
            ChangeOp::Equal => break,
            ChangeOp::Delete => sides[0] = false,
            ChangeOp::Insert => sides[1] = false,
        }
    }
    changes.retain(|change| !change.text.is_empty());
    changes
}

/// The ranges of top-level blocks that differ, in order.
fn changed_ranges(old: &DocumentTree, new: &DocumentTree) -> Vec<(Range<usize>, Range<usize>)> {
    let old_blocks: Vec<&Block> = old.content.iter().collect();
    let new_blocks: Vec<&Block> = new.content.iter().collect();
    let ops = similar::capture_diff_slices_deadline(
        Algorithm::Patience,
        &old_blocks,
        &new_blocks,
        Some(Instant::now() + PATIENCE),
    );
    let mut ranges: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for op in ops {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (old_range, new_range) = (op.old_range(), op.new_range());
        match ranges.last_mut() {
            Some((old_last, new_last))
                if old_last.end == old_range.start && new_last.end == new_range.start =>
            {
                old_last.end = old_range.end;
                new_last.end = new_range.end;
            }
            _ => ranges.push((old_range, new_range)),
        }
    }
    ranges
}

fn push_hunk(
    hunks: &mut Vec<Hunk>,
    old: &DocumentTree,
    new: &DocumentTree,
    old_range: Range<usize>,
    new_range: Range<usize>,
) {
    let old_blocks = old.content[old_range.clone()].to_vec();
    let new_blocks = new.content[new_range.clone()].to_vec();
    if old_blocks == new_blocks {
        return;
    }
    let words = words(&plain_text(&old_blocks), &plain_text(&new_blocks));
    hunks.push(Hunk {
        id: u32::try_from(hunks.len()).unwrap_or(u32::MAX),
        old: old_range,
        new: new_range,
        old_blocks,
        new_blocks,
        words,
    });
}

/// Which old block became which new one: the pairing, in order, with the greatest likeness in sum.
fn pair_blocks(old: &[Block], new: &[Block]) -> Vec<(usize, usize)> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    if old.len() * new.len() > MAX_PAIRS {
        // Too many to compare them all: equally many blocks are taken to correspond, otherwise all is one change.
        return if old.len() == new.len() {
            (0..old.len()).map(|index| (index, index)).collect()
        } else {
            Vec::new()
        };
    }
    let hasher = RandomState::new();
    let old_bags: Vec<Bag> = old.iter().map(|block| Bag::of(block, &hasher)).collect();
    let new_bags: Vec<Bag> = new.iter().map(|block| Bag::of(block, &hasher)).collect();
    let width = new.len() + 1;
    let mut best = vec![0.0f64; (old.len() + 1) * width];
    let likeness: Vec<f64> = old_bags
        .iter()
        .flat_map(|a| new_bags.iter().map(|b| a.likeness(b)))
        .collect();
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let skip = best[(i + 1) * width + j].max(best[i * width + j + 1]);
            let alike = likeness[i * new.len() + j];
            let take = if alike >= ALIKE {
                alike + best[(i + 1) * width + j + 1]
            } else {
                0.0
            };
            best[i * width + j] = skip.max(take);
        }
    }
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        let alike = likeness[i * new.len() + j];
        let here = best[i * width + j];
        let take = alike + best[(i + 1) * width + j + 1];
        if alike >= ALIKE && (here - take).abs() < 1e-9 {
            pairs.push((i, j));
            i += 1;
            j += 1;
        } else if best[(i + 1) * width + j] >= best[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// The words of a block, with how often each occurs.
struct Bag {
    kind: &'static str,
    words: HashMap<u64, u32>,
    total: u32,
}

impl Bag {
    fn of(block: &Block, hasher: &RandomState) -> Self {
        let mut words = HashMap::new();
        let mut total = 0;
        let text = plain_text(std::slice::from_ref(block));
        for word in words::tokens(&text) {
            if word.trim().is_empty() {
                continue;
            }
            *words.entry(hasher.hash_one(word)).or_insert(0) += 1;
            total += 1;
        }
        Self {
            kind: block.kind(),
            words,
            total,
        }
    }

    /// From 0 (nothing in common) to 1 (the same words); a little less for blocks of different kinds.
    fn likeness(&self, other: &Self) -> f64 {
        if self.total == 0 || other.total == 0 {
            return if self.kind == other.kind && self.total == other.total {
                1.0
            } else {
                0.0
            };
        }
        let (few, many) = if self.words.len() <= other.words.len() {
            (self, other)
        } else {
            (other, self)
        };
        let shared: u32 = few
            .words
            .iter()
            .map(|(word, count)| (*count).min(many.words.get(word).copied().unwrap_or(0)))
            .sum();
        let likeness = 2.0 * f64::from(shared) / f64::from(self.total + other.total);
        if self.kind == other.kind {
            likeness
        } else {
            likeness * 0.9
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::samples;

    fn paragraphs(texts: &[&str]) -> DocumentTree {
        DocumentTree::new(texts.iter().map(|text| Block::paragraph(*text)).collect())
    }

    #[test]
    fn each_changed_paragraph_is_a_hunk_of_its_own() {
        let old = paragraphs(&[
            "The first part is long.",
            "The second part is longer.",
            "Same.",
        ]);
        let new = paragraphs(&[
            "The first part is short.",
            "The second part is shorter.",
            "Same.",
            "Added.",
        ]);
        let hunks = hunks(&old, &new);
        let ranges: Vec<_> = hunks
            .iter()
            .map(|h| (h.id, h.old.clone(), h.new.clone()))
            .collect();
        assert_eq!(ranges, [(0, 0..1, 0..1), (1, 1..2, 1..2), (2, 3..3, 3..4)]);
        let partly = apply(&old, &hunks, |id| id == 1).unwrap();
        assert_eq!(
            partly,
            paragraphs(&[
                "The first part is long.",
                "The second part is shorter.",
                "Same."
            ])
        );
    }

    #[test]
    fn a_block_without_counterpart_does_not_swallow_its_neighbour() {
        let old = paragraphs(&["Alpha beta gamma delta."]);
        let new = paragraphs(&["Something entirely new here.", "Alpha beta gamma epsilon."]);
        let hunks = hunks(&old, &new);
        let ranges: Vec<_> = hunks
            .iter()
            .map(|h| (h.old.clone(), h.new.clone()))
            .collect();
        assert_eq!(ranges, [(0..0, 0..1), (0..1, 1..2)]);
        assert_eq!(apply(&old, &hunks, |_| true).unwrap(), new);
    }

    #[test]
    fn hunks_of_another_document_are_outdated() {
        let old = paragraphs(&["a b c"]);
        let hunks = hunks(&old, &paragraphs(&["a b d"]));
        let changed = paragraphs(&["a b x"]);
        assert_eq!(
            apply(&changed, &hunks, |_| true),
            Err(ApplyError::Outdated { id: 0 })
        );
        assert_eq!(
            apply(&DocumentTree::new(vec![]), &hunks, |_| true),
            Err(ApplyError::Outdated { id: 0 })
        );
    }

    #[test]
    fn a_comparison_reads_like_both_documents() {
        let old = paragraphs(&["Same.", "Old words.", "End."]);
        let new = paragraphs(&["Same.", "New words.", "End.", "More."]);
        let changes = compare(&old, &new);
        let side = |op| -> String {
            changes
                .iter()
                .filter(|c| c.op == op || c.op == ChangeOp::Equal)
                .map(|c| c.text.as_str())
                .collect()
        };
        assert_eq!(side(ChangeOp::Insert), new.plain_text());
        assert_eq!(side(ChangeOp::Delete).trim_end(), old.plain_text());
        assert_eq!(counts(&changes), (2, 1));
        assert_eq!(compare(&old, &old).len(), 1);
    }

    #[test]
    fn big_documents_are_compared_in_bounded_time() {
        let block = |seed: usize, n: usize| {
            Block::paragraph(format!("paragraph {seed} {n} with words {}", n * seed))
        };
        let old = DocumentTree::new((0..4000).map(|n| block(3, n)).collect());
        let new = DocumentTree::new((0..4100).map(|n| block(7, n)).collect());
        let begun = Instant::now();
        let found = hunks(&old, &new);
        assert_eq!(apply(&old, &found, |_| true).unwrap(), new);
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn all_hunks_make_the_new_tree_and_none_the_old(old in samples::any_tree(), mut new in samples::any_tree(), keep in 0usize..8) {
            // Some blocks in common, as drafts have.
            let common: Vec<Block> = old.content.iter().take(keep).cloned().collect();
            new.content.splice(0..0, common);
            let found = hunks(&old, &new);
            prop_assert_eq!(apply(&old, &found, |_| true).unwrap(), new.clone());
            prop_assert_eq!(apply(&old, &found, |_| false).unwrap(), old.clone());
            apply(&old, &found, |id| id % 2 == 0).unwrap();
            let changes = compare(&old, &new);
            let letters = |text: &str| text.split_whitespace().collect::<String>();
            let side = |op| -> String { changes.iter().filter(|c| c.op == op || c.op == ChangeOp::Equal).map(|c| c.text.as_str()).collect() };
            prop_assert_eq!(letters(&side(ChangeOp::Insert)), letters(&new.plain_text()));
            prop_assert_eq!(letters(&side(ChangeOp::Delete)), letters(&old.plain_text()));
        }
    }
}
