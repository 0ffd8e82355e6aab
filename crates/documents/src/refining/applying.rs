//! Changes of a proposal taken into a draft that may have moved on.

use carrel_formats::diff;
use carrel_formats::tree::DocumentTree;

use super::Hunk;
use crate::Error;

/// Applies changes made for `base` to `current`, which people may have changed elsewhere since.
pub(super) fn apply(
    base: &DocumentTree,
    current: &DocumentTree,
    changes: &[&Hunk],
) -> Result<DocumentTree, Error> {
    let since = diff::hunks(base, current);
    let mut changes = changes.to_vec();
    // From the end, so that places before stay where they are.
    changes.sort_by_key(|hunk| std::cmp::Reverse((hunk.old_start, hunk.old_end)));
    let mut tree = current.clone();
    for hunk in changes {
        let range = locate(hunk, base, &since).ok_or(Error::SuggestionOutdated(hunk.id))?;
        tree.content.splice(range, hunk.new_blocks.iter().cloned());
    }
    tree.normalise();
    Ok(tree)
}

/// Where in the current draft the blocks of a change stand, if they are untouched.
fn locate(
    hunk: &Hunk,
    base: &DocumentTree,
    since: &[diff::Hunk],
) -> Option<std::ops::Range<usize>> {
    let moved = |index: usize| {
        let mut shifted = index;
        for change in since {
            if change.old.contains(&index) {
                return None;
            }
            if change.old.end <= index {
                shifted = shifted + change.new.len() - change.old.len();
            }
        }
        Some(shifted)
    };
    if hunk.old_start < hunk.old_end {
        let first = moved(hunk.old_start)?;
        let last = moved(hunk.old_end - 1)?;
        for index in hunk.old_start..hunk.old_end {
            moved(index)?;
        }
        return (last - first == hunk.old_end - 1 - hunk.old_start).then_some(first..last + 1);
    }
    // An insertion stands behind the block before it, or else before the one behind it.
    let place = match hunk.old_start.checked_sub(1) {
        Some(before) => moved(before).map(|at| at + 1),
        None if base.content.is_empty() => Some(0),
        None => None,
    };
    let place = place.or_else(|| {
        (hunk.old_start < base.content.len())
            .then(|| moved(hunk.old_start))
            .flatten()
    })?;
    Some(place..place)
}

#[cfg(test)]
mod tests {
    use carrel_formats::tree::Block;

    use super::*;

    fn document(paragraphs: &[&str]) -> DocumentTree {
        DocumentTree::new(
            paragraphs
                .iter()
                .map(|text| Block::paragraph(*text))
                .collect(),
        )
    }

    fn changes(from: &DocumentTree, to: &DocumentTree) -> Vec<Hunk> {
        diff::hunks(from, to).into_iter().map(Into::into).collect()
    }

    #[test]
    fn a_change_fits_when_people_typed_elsewhere() {
        let base = document(&[
            "the first paragraph",
            "the second paragraph is long",
            "the third one",
        ]);
        let proposed = document(&[
            "the first paragraph",
            "the second paragraph is short",
            "the third one",
            "and a last",
        ]);
        let current = document(&[
            "typed before",
            "the first paragraph",
            "the second paragraph is long",
            "the third one",
        ]);
        let hunks = changes(&base, &proposed);
        let all: Vec<&Hunk> = hunks.iter().collect();
        let applied = apply(&base, &current, &all).expect("fits");
        let expected = document(&[
            "typed before",
            "the first paragraph",
            "the second paragraph is short",
            "the third one",
            "and a last",
        ]);
        assert_eq!(applied, expected);
    }

    #[test]
    fn a_change_of_text_that_changed_is_outdated() {
        let base = document(&["one two three four"]);
        let proposed = document(&["one two three"]);
        let current = document(&["one two three four five"]);
        let hunks = changes(&base, &proposed);
        let all: Vec<&Hunk> = hunks.iter().collect();
        assert!(matches!(
            apply(&base, &current, &all),
            Err(Error::SuggestionOutdated(_))
        ));
    }
}
