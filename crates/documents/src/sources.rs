//! The text of a document's file, page by page, and search in it.

use carrel_formats::SourceBlock;
use carrel_platform::auth::Actor;
use carrel_platform::web::{Page, PageRequest};
use serde::Serialize;

use crate::documents::contains_pattern;
use crate::store::sources::{self as store, DocChunk, PageRow};
use crate::{DocumentId, Documents, Error};

const MAX_MATCHES: usize = 200;
/// Characters around a match.
const AROUND: usize = 60;

/// A page of a document's file; files without pages are cut into stretches.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SourcePage {
    /// Its place, from 0.
    pub index: i64,
    /// Its number in the file, from 1, when the file has pages.
    #[schema(required = true)]
    pub page: Option<i64>,
    /// What stands on it.
    pub blocks: Vec<SourceBlock>,
}

/// A place where the text searched for stands.
#[derive(Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SourceMatch {
    /// The place of its page.
    pub page_index: i64,
    /// The number of its page in the file.
    #[schema(required = true)]
    pub page: Option<i64>,
    /// Where it begins, in Unicode scalar values of the whole text.
    pub start: i64,
    /// Where it ends.
    pub end: i64,
    /// It, with some words around.
    pub snippet: String,
}

impl From<PageRow> for SourcePage {
    fn from(row: PageRow) -> Self {
        Self {
            index: row.idx,
            page: row.page,
            blocks: row.blocks.0,
        }
    }
}

impl Documents {
    pub(crate) async fn source(
        &self,
        actor: &Actor,
        id: DocumentId,
        page: &PageRequest,
    ) -> Result<Page<SourcePage>, Error> {
        self.viewable(actor, id).await?;
        let limit = page.limit();
        let after: Option<i64> = page.after()?;
        let from = after.map_or(0, |last| last + 1);
        let rows = store::pages(&self.0.db, id, from, limit + 1).await?;
        Ok(Page::cut(rows, limit, |row| row.idx).map(Into::into))
    }

    pub(crate) async fn search_source(
        &self,
        actor: &Actor,
        id: DocumentId,
        text: &str,
    ) -> Result<Vec<SourceMatch>, Error> {
        self.viewable(actor, id).await?;
        let Some(pattern) = contains_pattern(text) else {
            return Ok(Vec::new());
        };
        let limit = i64::try_from(MAX_MATCHES).unwrap_or(i64::MAX);
        let rows = store::matching(&self.0.db, id, &pattern, limit).await?;
        let wanted: Vec<char> = folded(text.trim()).collect();
        let mut matches = Vec::new();
        for row in rows {
            for block in &row.blocks.0 {
                find(&row, block, &wanted, &mut matches);
                if matches.len() >= MAX_MATCHES {
                    return Ok(matches);
                }
            }
        }
        Ok(matches)
    }

    pub(crate) async fn chunks(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<Vec<DocChunk>, Error> {
        self.viewable(actor, id).await?;
        Ok(store::chunks(&self.0.db, id).await?)
    }
}

/// Folded so that one character stays one, and offsets hold.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|c| {
        let mut lower = c.to_lowercase();
        match (lower.next(), lower.next()) {
            (Some(one), None) => one,
            _ => c,
        }
    })
}

fn find(row: &PageRow, block: &SourceBlock, wanted: &[char], matches: &mut Vec<SourceMatch>) {
    let text: Vec<char> = folded(&block.text).collect();
    let mut at = 0;
    while matches.len() < MAX_MATCHES
        && let Some(found) = text[at..]
            .windows(wanted.len())
            .position(|window| window == wanted)
    {
        let start = at + found;
        let end = start + wanted.len();
        let from = start.saturating_sub(AROUND);
        let snippet: String = block
            .text
            .chars()
            .skip(from)
            .take(end - from + AROUND)
            .collect();
        let place =
            |offset: usize| i64::from(block.start) + i64::try_from(offset).unwrap_or(i64::MAX);
        matches.push(SourceMatch {
            page_index: row.idx,
            page: row.page,
            start: place(start),
            end: place(end),
            snippet: snippet.split_whitespace().collect::<Vec<_>>().join(" "),
        });
        at = end;
    }
}
