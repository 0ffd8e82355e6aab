//! Who may do what to a document: the one place that says so.
//!
//! A viewer reads, exports and downloads. An editor also writes. The owner also deletes, shares and gives away. For
//! everybody else the document does not exist; in the trash it exists for its owner alone. Roles are read from the
//! database each time, so that a change counts at once on every node.

use carrel_inference::{SubjectRights, Subjects};
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::db::{Db, Tx};
use carrel_platform::web::{Code, Problem};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::store::documents::{self as store, DocumentRow, SeenRow};
use crate::store::members;
use crate::{DocumentId, Documents, Error};

carrel_platform::text_enum! {
    /// What part someone has in a document.
    pub enum DocumentRole {
        /// It is theirs.
        Owner = "owner",
        /// They read and write.
        Editor = "editor",
        /// They read.
        Viewer = "viewer",
    }
}

carrel_platform::text_enum! {
    /// What part a member has in a document.
    pub enum MemberRole {
        /// They read and write.
        Editor = "editor",
        /// They read.
        Viewer = "viewer",
    }
}

impl DocumentRole {
    /// Whether it includes writing.
    pub(crate) const fn writes(self) -> bool {
        matches!(self, Self::Owner | Self::Editor)
    }
}

impl SeenRow {
    /// The role, unless the document does not exist for this person.
    fn standing(&self) -> Option<DocumentRole> {
        let role = DocumentRole::parse(self.role.as_deref()?)?;
        let hidden = self.document.deleted_at.is_some() && role != DocumentRole::Owner;
        (!hidden).then_some(role)
    }
}

impl Documents {
    /// A document and the role of the actor, who has one.
    pub(crate) async fn seen(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<(SeenRow, DocumentRole), Error> {
        let row = store::seen(&self.0.db, id, actor.user).await?;
        let seen = row.and_then(|row| row.standing().map(|role| (row, role)));
        seen.ok_or_else(|| Error::not_found("document"))
    }

    /// A document the actor may read; its owner also when it lies in the trash.
    pub(crate) async fn viewable(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<DocumentRow, Error> {
        Ok(self.seen(actor, id).await?.0.document)
    }

    /// A document the actor may read and that is not in the trash.
    pub(crate) async fn present(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<DocumentRow, Error> {
        untrashed(self.viewable(actor, id).await?)
    }

    /// A document the actor may change; one in the trash must be taken out first.
    pub(crate) async fn editable(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<DocumentRow, Error> {
        let (row, role) = self.seen(actor, id).await?;
        if !role.writes() {
            return Err(read_only());
        }
        untrashed(row.document)
    }

    /// A document of the actor's own, also in the trash.
    pub(crate) async fn owned(&self, actor: &Actor, id: DocumentId) -> Result<DocumentRow, Error> {
        let (row, role) = self.seen(actor, id).await?;
        if role != DocumentRole::Owner {
            return Err(not_the_owner());
        }
        Ok(row.document)
    }

    /// The role of a person, held against changes until the transaction ends; `None` for somebody without one.
    pub(crate) async fn lock_role(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        person: UserId,
    ) -> Result<Option<DocumentRole>, Error> {
        let Some(ownership) = store::lock(tx, id).await? else {
            return Ok(None);
        };
        if ownership.owner_id == person {
            return Ok(Some(DocumentRole::Owner));
        }
        if ownership.deleted_at.is_some() {
            return Ok(None);
        }
        let role = members::role(tx, id, person).await?;
        Ok(role.as_deref().and_then(DocumentRole::parse))
    }

    /// As [`Documents::owned`], and so until the transaction ends.
    pub(crate) async fn lock_owned(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<(), Error> {
        match self.lock_role(tx, id, actor.user).await? {
            None => Err(Error::not_found("document")),
            Some(DocumentRole::Owner) => Ok(()),
            Some(DocumentRole::Editor | DocumentRole::Viewer) => Err(not_the_owner()),
        }
    }

    /// As [`Documents::lock_owned`], for a document that is not in the trash.
    pub(crate) async fn lock_shareable(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<(), Error> {
        self.lock_owned(tx, actor, id).await?;
        match store::lock(tx, id).await? {
            Some(ownership) if ownership.deleted_at.is_none() => Ok(()),
            _ => Err(in_trash()),
        }
    }

    /// Refuses to go on for someone who may not write, until the transaction ends. What takes long asks again when it
    /// is about to write.
    pub(crate) async fn lock_writable(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        person: UserId,
    ) -> Result<(), Error> {
        match self.lock_role(tx, id, person).await? {
            None => Err(Error::not_found("document")),
            Some(role) if role.writes() => Ok(()),
            Some(_) => Err(read_only()),
        }
    }
}

fn untrashed(row: DocumentRow) -> Result<DocumentRow, Error> {
    if row.deleted_at.is_some() {
        return Err(in_trash());
    }
    Ok(row)
}

fn in_trash() -> Error {
    Error::new(
        Code::NotFound,
        "the document is in the trash; take it out first",
    )
}

fn read_only() -> Error {
    Error::new(
        Code::Forbidden,
        "this document was shared with you for reading; ask its owner to make you an editor",
    )
}

fn not_the_owner() -> Error {
    Error::new(
        Code::Forbidden,
        "only the owner of the document can do this",
    )
}

/// Who may follow and stop generations that work on documents. Knows of nothing but the database, as the service
/// itself stands on inference.
pub(crate) struct GenerationsOfDocuments(pub Db);

impl Subjects for GenerationsOfDocuments {
    fn rights(
        &self,
        person: UserId,
        subject: Uuid,
    ) -> BoxFuture<'_, Result<Option<SubjectRights>, Problem>> {
        Box::pin(async move {
            let row = store::seen(&self.0, DocumentId(subject), person).await?;
            Ok(row.map(|row| {
                let role = row.standing();
                SubjectRights {
                    follow: role.is_some(),
                    stop: role.is_some_and(DocumentRole::writes),
                }
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_and_editors_write() {
        assert!(DocumentRole::Owner.writes());
        assert!(DocumentRole::Editor.writes());
        assert!(!DocumentRole::Viewer.writes());
    }
}
