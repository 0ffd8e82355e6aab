//! Cutting what was read from a file: into pages to show, and into chunks that a model reads at once.

use carrel_formats::{SourceBlock, SourceBlockKind};

use crate::store::sources::DocChunk;

/// Tokens of a chunk; a source up to this long is read whole.
pub(crate) const CHUNK_TOKEN_LIMIT: i64 = 4000;
/// Characters of a stretch in which a file without pages is shown.
const STRETCH: u32 = 3000;
const SUMMARY: usize = 160;
/// Characters per token, as a rule of thumb for alphabetic scripts.
const CHARACTERS_PER_TOKEN: i64 = 4;

/// A page to show: its number in the file and its blocks.
pub(crate) type Stretch<'a> = (Option<u32>, &'a [SourceBlock]);

/// About how many tokens a text of so many characters has.
pub(crate) fn tokens(characters: i64) -> i64 {
    (characters + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN
}

/// Blocks by page; where the file has no pages, by stretches that begin at headings where they can.
pub(crate) fn pages(blocks: &[SourceBlock]) -> Vec<Stretch<'_>> {
    let mut pages = Vec::new();
    let mut from = 0;
    for at in 1..=blocks.len() {
        let first = &blocks[from];
        let ends = match blocks.get(at) {
            None => true,
            Some(next) if first.page.is_some() || next.page.is_some() => next.page != first.page,
            Some(next) => {
                let length = next.start - first.start;
                length >= STRETCH || (length >= STRETCH / 2 && is_heading(next))
            }
        };
        if ends {
            pages.push((first.page, &blocks[from..at]));
            from = at;
        }
    }
    pages
}

/// Runs of blocks of at most [`CHUNK_TOKEN_LIMIT`] tokens, begun at headings where they can; a single block longer
/// than that is a chunk of its own.
pub(crate) fn chunks(blocks: &[SourceBlock]) -> Vec<DocChunk> {
    let mut chunks: Vec<DocChunk> = Vec::new();
    let mut from = 0;
    for at in 1..=blocks.len() {
        let start = i64::from(blocks[from].start);
        let ends = match blocks.get(at) {
            None => true,
            Some(next) => {
                let with_next = tokens(i64::from(next.end) - start);
                let so_far = tokens(i64::from(blocks[at - 1].end) - start);
                with_next > CHUNK_TOKEN_LIMIT
                    || (so_far > CHUNK_TOKEN_LIMIT * 3 / 4 && is_heading(next))
            }
        };
        if ends {
            let end = i64::from(blocks[at - 1].end);
            chunks.push(DocChunk {
                idx: i64::try_from(chunks.len()).unwrap_or(i64::MAX),
                start,
                end,
                summary: Some(summary(&blocks[from..at])),
                tokens: tokens(end - start),
            });
            from = at;
        }
    }
    chunks
}

fn is_heading(block: &SourceBlock) -> bool {
    matches!(block.kind, SourceBlockKind::Heading { .. })
}

/// The first heading, or the first words.
fn summary(blocks: &[SourceBlock]) -> String {
    let block = blocks
        .iter()
        .find(|block| is_heading(block))
        .unwrap_or(&blocks[0]);
    let words = block.text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= SUMMARY {
        return words;
    }
    let cut: String = words.chars().take(SUMMARY - 1).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(texts: &[(Option<u32>, &str, bool)]) -> Vec<SourceBlock> {
        let mut start = 0;
        texts
            .iter()
            .map(|(page, text, heading)| {
                let length = u32::try_from(text.chars().count()).expect("short");
                let block = SourceBlock {
                    kind: if *heading {
                        SourceBlockKind::Heading { level: 1 }
                    } else {
                        SourceBlockKind::Paragraph
                    },
                    page: *page,
                    start,
                    end: start + length,
                    text: (*text).to_owned(),
                };
                start += length + 2;
                block
            })
            .collect()
    }

    #[test]
    fn a_short_source_is_one_chunk_and_a_long_one_none_above_the_limit() {
        let short = blocks(&[(None, "Title", true), (None, "Body", false)]);
        let found = chunks(&short);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].start, found[0].end), (0, 11));
        assert_eq!(found[0].summary.as_deref(), Some("Title"));

        let paragraph = "word ".repeat(400);
        let long: Vec<_> = (0..40).map(|_| (None, paragraph.as_str(), false)).collect();
        let long = blocks(&long);
        let found = chunks(&long);
        assert!(found.len() > 1);
        assert!(found.iter().all(|chunk| chunk.tokens <= CHUNK_TOKEN_LIMIT));
        assert_eq!(found[0].start, 0);
        assert_eq!(
            found.last().map(|c| c.end),
            long.last().map(|b| i64::from(b.end))
        );
        assert!(
            found
                .windows(2)
                .all(|pair| pair[0].end + 2 == pair[1].start),
            "nothing is lost between chunks"
        );
    }

    #[test]
    fn pages_follow_the_file_where_it_has_them() {
        let found = blocks(&[
            (Some(1), "a", false),
            (Some(1), "b", false),
            (Some(3), "c", false),
        ]);
        let found: Vec<_> = pages(&found)
            .iter()
            .map(|(page, blocks)| (*page, blocks.len()))
            .collect();
        assert_eq!(found, [(Some(1), 2), (Some(3), 1)]);
        assert!(pages(&[]).is_empty());
    }
}
