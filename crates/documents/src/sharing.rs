//! Who has a part in a document: giving people one, taking it away, leaving, and giving the document away.

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, Permission, UserId};
use carrel_platform::db::Tx;
use carrel_platform::web::Code;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{DocumentRole, MemberRole};
use crate::invitations::Invitation;
use crate::store::{documents, members};
use crate::{Document, DocumentId, Documents, Error};

/// Members of one document.
const MAX_MEMBERS: i64 = 200;

/// A person, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DocumentPerson {
    /// Their id.
    pub id: UserId,
    /// Their name; empty when the account is gone.
    pub name: String,
}

/// Someone who has a part in a document that is not theirs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentMember {
    /// Who.
    pub user: DocumentPerson,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub since: Timestamp,
}

/// Who has a part in a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentPeople {
    /// Whose it is.
    pub owner: DocumentPerson,
    /// Everybody else, who came first at the top. People who can't sign in don't count.
    pub members: Vec<DocumentMember>,
    /// The last 200 invitations, newest first; only the owner sees them.
    pub invitations: Vec<Invitation>,
}

/// A role for someone.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct PutMember {
    /// What they may do.
    pub role: MemberRole,
}

/// A new owner.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TransferDocument {
    /// Who.
    pub user_id: UserId,
}

impl Documents {
    pub(crate) async fn people(
        &self,
        actor: &Actor,
        id: DocumentId,
    ) -> Result<DocumentPeople, Error> {
        let (row, role) = self.seen(actor, id).await?;
        let rows = members::of_document(&self.0.db, id).await?;
        let ids: Vec<_> = rows.iter().map(|row| row.user_id).collect();
        let names = self.0.people.active(&ids).await?;
        let members = rows.into_iter().filter_map(|row| {
            Some(DocumentMember {
                user: DocumentPerson {
                    id: row.user_id,
                    name: names.get(&row.user_id)?.clone(),
                },
                role: MemberRole::parse(&row.role)?,
                since: row.since,
            })
        });
        let owner = row.document.owner_id;
        let invitations = match role {
            DocumentRole::Owner => self.invitations_of(id).await?,
            DocumentRole::Editor | DocumentRole::Viewer => Vec::new(),
        };
        Ok(DocumentPeople {
            owner: DocumentPerson {
                id: owner,
                name: self.name_of(owner).await?,
            },
            members: members.collect(),
            invitations,
        })
    }

    /// A person's name; empty for one who is gone.
    pub(crate) async fn name_of(&self, person: UserId) -> Result<String, Error> {
        let mut names = self.0.people.names(&[person]).await?;
        Ok(names.remove(&person).unwrap_or_default())
    }

    /// Gives someone a part in a document, or another one.
    pub(crate) async fn put_member(
        &self,
        actor: &Actor,
        id: DocumentId,
        person: UserId,
        role: MemberRole,
    ) -> Result<DocumentPeople, Error> {
        self.owned(actor, id).await?;
        self.check_person(person).await?;
        let mut tx = self.0.db.begin().await?;
        self.lock_shareable(&mut tx, actor, id).await?;
        if person == actor.user {
            return Err(owner_stays());
        }
        self.admit(&mut tx, id, person, role).await?;
        let detail = json!({ "person": person, "role": role });
        self.record_sharing(&mut tx, actor, id, detail).await?;
        tx.commit().await?;
        self.people(actor, id).await
    }

    /// Makes someone a member as part of `tx`, which holds the document.
    pub(crate) async fn admit(
        &self,
        tx: &mut Tx,
        id: DocumentId,
        person: UserId,
        role: MemberRole,
    ) -> Result<(), Error> {
        let known = members::role(tx, id, person).await?;
        if known.is_none() && members::count(tx, id).await? >= MAX_MEMBERS {
            return Err(Error::new(
                Code::TooManyMembers,
                format!(
                    "a document is shared with at most {MAX_MEMBERS} people; remove someone first"
                ),
            ));
        }
        members::put(tx, id, person, role).await?;
        Ok(())
    }

    /// Takes someone's part in a document away. Everybody may leave; only the owner may remove others.
    pub(crate) async fn remove_member(
        &self,
        actor: &Actor,
        id: DocumentId,
        person: UserId,
    ) -> Result<(), Error> {
        let leaves = person == actor.user;
        self.seen(actor, id).await?;
        if !leaves {
            self.owned(actor, id).await?;
            actor.require(Permission::DocumentsShare)?;
        }
        let mut tx = self.0.db.begin().await?;
        if leaves {
            if self.lock_role(&mut tx, id, person).await? == Some(DocumentRole::Owner) {
                return Err(owner_stays());
            }
        } else {
            self.lock_owned(&mut tx, actor, id).await?;
        }
        if !members::remove(&mut tx, id, person).await? {
            return Err(Error::not_found("member"));
        }
        let detail = json!({ "person": person, "removed": true });
        self.record_sharing(&mut tx, actor, id, detail).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a document to someone else; who owned it becomes an editor.
    pub(crate) async fn transfer(
        &self,
        actor: &Actor,
        id: DocumentId,
        to: UserId,
    ) -> Result<Document, Error> {
        self.owned(actor, id).await?;
        self.check_person(to).await?;
        let mut tx = self.0.db.begin().await?;
        self.lock_shareable(&mut tx, actor, id).await?;
        if to == actor.user {
            return Err(Error::field(
                "userId",
                "owner",
                "the document is yours already",
            ));
        }
        members::remove(&mut tx, id, to).await?;
        members::put(&mut tx, id, actor.user, MemberRole::Editor).await?;
        documents::set_owner(&mut tx, id, to).await?;
        let event = Event::new(Action::DocumentTransferred)
            .by(actor)
            .on("document", id)
            .detail(json!({ "to": to }));
        self.0.audit.record(&mut tx, event).await?;
        tx.commit().await?;
        self.document(actor, id).await
    }

    /// Someone who can't sign in can't be given anything.
    async fn check_person(&self, person: UserId) -> Result<(), Error> {
        let active = self.0.people.active(&[person]).await?;
        if active.contains_key(&person) {
            return Ok(());
        }
        Err(Error::not_found("person"))
    }

    pub(crate) async fn record_sharing(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        id: DocumentId,
        detail: serde_json::Value,
    ) -> Result<(), Error> {
        let event = Event::new(Action::DocumentShared)
            .by(actor)
            .on("document", id)
            .detail(detail);
        self.0.audit.record(tx, event).await?;
        Ok(())
    }
}

/// The owner is no member, and can't leave.
pub(crate) fn owner_stays() -> Error {
    Error::new(
        Code::OwnerStays,
        "the document is yours; to leave it, give it to someone else first",
    )
}
