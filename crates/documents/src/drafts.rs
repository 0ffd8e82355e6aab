//! The draft and its revisions.
//!
//! Every state of a draft that a person left behind is a revision. A stretch of typing by one person is one
//! revision; anything else (a generated draft, an accepted suggestion, a restored version) begins a new one. The
//! newest revision always holds what the draft holds.

use std::collections::HashSet;
use std::time::Duration;

use carrel_formats::diff::{self, WordChange};
use carrel_formats::tree::DocumentTree;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::db::{Tx, id_list};
use carrel_platform::web::{Page, PageRequest};
use serde::{Deserialize, Serialize};

use crate::images::ImageId;
use crate::store::drafts::{self as store, DraftRow, RevisionRow};
use crate::store::{documents, images};
use crate::{DocumentId, Documents, Error};

/// How long a stretch of typing goes on in one revision.
const STRETCH: Duration = Duration::from_mins(5);
const MAX_NAME: usize = 120;

/// The draft of a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The document.
    pub document_id: DocumentId,
    /// Counts every change; also the ETag.
    pub version: i64,
    /// The text.
    pub tree: DocumentTree,
    /// Words in it.
    pub words: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Who changed it.
    #[schema(required = true)]
    pub updated_by: Option<String>,
}

/// A draft to save.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct SaveDraft {
    /// The whole text. Taken as it was sent, so that a tree which can't be read is answered as an invalid tree and
    /// not as a request that can't be read.
    #[schema(value_type = DocumentTree)]
    pub tree: Box<serde_json::value::RawValue>,
}

carrel_platform::text_enum! {
    /// What made a revision.
    pub enum Cause {
        /// A person typed.
        Typed = "typed",
        /// A draft was generated.
        Generated = "generated",
        /// A suggestion was accepted.
        Refined = "refined",
        /// An older revision was restored.
        Restored = "restored",
    }
}

/// A state of a draft that was kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Revision {
    /// From 1.
    pub number: i64,
    /// The name it was given.
    #[schema(required = true)]
    pub name: Option<String>,
    /// What made it.
    pub cause: Cause,
    /// Who made it.
    #[schema(required = true)]
    pub author_name: Option<String>,
    /// Words in it.
    pub words: i64,
    /// When it began.
    pub created_at: Timestamp,
}

/// A revision with its text.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RevisionDetail {
    /// The revision.
    pub revision: Revision,
    /// Its text.
    pub tree: DocumentTree,
}

/// A name for a revision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NameRevision {
    /// 1 to 120 characters.
    pub name: String,
}

/// What differs between two states of a draft.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// The older revision.
    pub from: i64,
    /// The newer one; null for the draft as it is.
    #[schema(required = true)]
    pub to: Option<i64>,
    /// The text with its changes; blocks are apart by an empty line.
    pub changes: Vec<WordChange>,
    /// Words that came.
    pub inserted: usize,
    /// Words that went.
    pub deleted: usize,
}

impl Documents {
    pub(crate) async fn draft(&self, actor: &Actor, id: DocumentId) -> Result<Draft, Error> {
        self.viewable(actor, id).await?;
        let row = store::get(&self.0.db, id)
            .await?
            .ok_or(Error::DraftMissing)?;
        let names = self.0.people.names(row.updated_by.as_slice()).await?;
        let DraftRow {
            version,
            tree,
            words,
            updated_by,
            updated_at,
        } = row;
        Ok(Draft {
            document_id: id,
            version,
            tree: tree.0,
            words,
            updated_at,
            updated_by: updated_by.and_then(|id| names.get(&id).cloned()),
        })
    }

    /// Replaces version `expected` of the draft; 0 stands for none.
    pub(crate) async fn save_draft(
        &self,
        actor: &Actor,
        id: DocumentId,
        expected: i64,
        save: SaveDraft,
    ) -> Result<Draft, Error> {
        self.editable(actor, id).await?;
        // A large tree takes longer to check than a request may hold up its thread.
        let parsed =
            tokio::task::spawn_blocking(move || DocumentTree::from_json(save.tree.get())).await;
        let tree = parsed
            .map_err(carrel_platform::web::Problem::internal)?
            .map_err(|error| Error::Tree(error.to_string()))?;
        self.check_images(actor, &tree).await?;
        let mut tx = self.0.db.begin().await?;
        self.write_draft(&mut tx, id, Some(expected), &tree, actor.user, Cause::Typed)
            .await?;
        tx.commit().await?;
        self.draft(actor, id).await
    }

    /// Writes the draft and its revision as part of `tx`; gives its new version. With `expected` the draft must
    /// have that version (0: there must be none). Refused when the author may not write any more.
    pub(crate) async fn write_draft(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        expected: Option<i64>,
        tree: &DocumentTree,
        author: UserId,
        cause: Cause,
    ) -> Result<i64, Error> {
        let current = store::lock(tx, id).await?;
        self.lock_writable(tx, id, author).await?;
        let version = current.as_ref().map_or(0, |draft| draft.version);
        if expected.is_some_and(|expected| expected != version) {
            return Err(Error::DraftChanged { current: version });
        }
        if let Some(current) = &current
            && cause == Cause::Typed
            && current.tree.0 == *tree
        {
            return Ok(version);
        }
        let words = i64::try_from(tree.word_count()).unwrap_or(i64::MAX);
        let written = match &current {
            None => store::insert(tx, id, tree, words, author).await?,
            Some(_) => store::replace(tx, id, version, tree, words, author).await?,
        };
        if !written {
            return Err(Error::DraftChanged {
                current: version + 1,
            });
        }
        self.write_revision(tx, id, tree, words, author, cause)
            .await?;
        documents::touch(tx, id).await?;
        Ok(version + 1)
    }

    async fn write_revision(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        tree: &DocumentTree,
        words: i64,
        author: UserId,
        cause: Cause,
    ) -> Result<(), Error> {
        let last = store::last_revision(tx, id).await?;
        if let Some(last) = &last
            && cause == Cause::Typed
            && last.cause == Cause::Typed.as_str()
            && last.author_id == Some(author)
            && last.name.is_none()
            && last.created_at.elapsed() < STRETCH
        {
            store::continue_revision(tx, id, last.number, tree, words).await?;
            images::release_from_revision(tx, id, last.number).await?;
            return self.show_images(tx, id, last.number, tree, cause).await;
        }
        let revision = RevisionRow {
            number: last.map_or(1, |last| last.number + 1),
            name: None,
            cause: cause.as_str().to_owned(),
            author_id: Some(author),
            words,
            created_at: Timestamp::now(),
        };
        store::insert_revision(tx, id, &revision, tree).await?;
        self.show_images(tx, id, revision.number, tree, cause).await
    }

    async fn show_images(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        number: i64,
        tree: &DocumentTree,
        cause: Cause,
    ) -> Result<(), Error> {
        let complete = self.keep_images(tx, id, number, tree).await?;
        // What a model wrote, or an old text, may name pictures that are not there; they are shown as missing.
        if cause == Cause::Typed && !complete {
            return Err(image_missing());
        }
        Ok(())
    }

    pub(crate) async fn revisions(
        &self,
        actor: &Actor,
        id: DocumentId,
        page: &PageRequest,
    ) -> Result<Page<Revision>, Error> {
        self.viewable(actor, id).await?;
        let limit = page.limit();
        let before = page.after()?.unwrap_or(i64::MAX);
        let rows = Page::cut(
            store::revisions(&self.0.db, id, before, limit + 1).await?,
            limit,
            |row| row.number,
        );
        let authors: Vec<_> = rows.items.iter().filter_map(|row| row.author_id).collect();
        let names = self.0.people.names(&authors).await?;
        Ok(rows.map(|row| {
            let author = row.author_id.and_then(|id| names.get(&id).cloned());
            view(row, author)
        }))
    }

    pub(crate) async fn revision(
        &self,
        actor: &Actor,
        id: DocumentId,
        number: i64,
    ) -> Result<RevisionDetail, Error> {
        self.viewable(actor, id).await?;
        let found = store::revision(&self.0.db, id, number)
            .await?
            .ok_or_else(|| Error::not_found("revision"))?;
        let names = self
            .0
            .people
            .names(found.revision.author_id.as_slice())
            .await?;
        let author = found
            .revision
            .author_id
            .and_then(|id| names.get(&id).cloned());
        Ok(RevisionDetail {
            revision: view(found.revision, author),
            tree: found.tree.0,
        })
    }

    /// Gives the draft as it is a name; later typing begins a new revision.
    pub(crate) async fn name_current(
        &self,
        actor: &Actor,
        id: DocumentId,
        name: &str,
    ) -> Result<Revision, Error> {
        self.editable(actor, id).await?;
        let newest = store::revisions(&self.0.db, id, i64::MAX, 1).await?;
        let number = newest.first().ok_or(Error::DraftMissing)?.number;
        self.name_revision(actor, id, number, name).await
    }

    pub(crate) async fn name_revision(
        &self,
        actor: &Actor,
        id: DocumentId,
        number: i64,
        name: &str,
    ) -> Result<Revision, Error> {
        self.editable(actor, id).await?;
        let name = name.trim();
        if !(1..=MAX_NAME).contains(&name.chars().count()) {
            return Err(Error::field(
                "name",
                "length",
                format!("a name has 1 to {MAX_NAME} characters"),
            ));
        }
        if !store::name_revision(&self.0.db, id, number, name).await? {
            return Err(Error::not_found("revision"));
        }
        Ok(self.revision(actor, id, number).await?.revision)
    }

    pub(crate) async fn restore(
        &self,
        actor: &Actor,
        id: DocumentId,
        number: i64,
    ) -> Result<Draft, Error> {
        self.editable(actor, id).await?;
        let old = store::revision(&self.0.db, id, number)
            .await?
            .ok_or_else(|| Error::not_found("revision"))?;
        let mut tx = self.0.db.begin().await?;
        self.write_draft(&mut tx, id, None, &old.tree.0, actor.user, Cause::Restored)
            .await?;
        tx.commit().await?;
        self.draft(actor, id).await
    }

    pub(crate) async fn compare(
        &self,
        actor: &Actor,
        id: DocumentId,
        from: i64,
        to: Option<i64>,
    ) -> Result<Comparison, Error> {
        let old = self.revision(actor, id, from).await?.tree;
        let new = match to {
            Some(to) => self.revision(actor, id, to).await?.tree,
            None => self.draft(actor, id).await?.tree,
        };
        let compared = tokio::task::spawn_blocking(move || diff::compare(&old, &new)).await;
        let changes = compared.map_err(carrel_platform::web::Problem::internal)?;
        let (inserted, deleted) = diff::counts(&changes);
        Ok(Comparison {
            from,
            to,
            changes,
            inserted,
            deleted,
        })
    }

    /// Pictures must be the actor's own, or in something that the actor may see.
    async fn check_images(&self, actor: &Actor, tree: &DocumentTree) -> Result<(), Error> {
        let mut wanted = HashSet::new();
        for source in tree.image_sources() {
            let id = ImageId::from_source(source).ok_or_else(|| {
                Error::Tree(
                    "a picture is not stored here; upload it and use the address you get".into(),
                )
            })?;
            wanted.insert(id);
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let visible = images::visible(
            &self.0.db,
            &id_list(wanted.iter().map(|id| id.0)),
            actor.user,
        )
        .await?;
        if visible.len() < wanted.len() {
            return Err(image_missing());
        }
        Ok(())
    }
}

fn image_missing() -> Error {
    Error::Tree("a picture is not there, or isn't yours; upload it again".into())
}

fn view(row: RevisionRow, author_name: Option<String>) -> Revision {
    Revision {
        number: row.number,
        name: row.name,
        cause: Cause::parse(&row.cause).unwrap_or(Cause::Typed),
        author_name,
        words: row.words,
        created_at: row.created_at,
    }
}
