//! Invitations to documents by e-mail.
//!
//! The mail carries a random token, of which the hash is stored. An invitation can be accepted or declined, once, by
//! whoever has shown that they read mail at its address, or by anyone signed in who has the token. What is answered
//! to the one who invites is the same whether the address has an account or not.

use std::time::Duration;

use carrel_platform::auth::Actor;
use carrel_platform::crypto::{Place, random_token, token_hash};
use carrel_platform::db::Tx;
use carrel_platform::mail::Message;
use carrel_platform::web::{Code, Problem};
use carrel_platform::{Timestamp, id_type};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::access::{DocumentRole, MemberRole};
use crate::sharing::{DocumentPerson, owner_stays};
use crate::store::documents;
use crate::store::invitations::{self as store, InvitationRow, OfferRow};
use crate::{Document, DocumentId, Documents, Error};

id_type!(
    /// An invitation to a document.
    InvitationId
);

/// How long an invitation can be accepted.
const LIFETIME: Duration = Duration::from_hours(14 * 24);
/// Invitations of one document that wait.
const MAX_OPEN: i64 = 100;
/// Invitations that one person sends in 24 hours: each is a mail to somebody who may not have asked for it.
const MAX_A_DAY: i64 = 200;
/// Rows of a list.
const LISTED: i64 = 200;
const EMAIL_INDEX: &str = "document_invitations.email";

carrel_platform::text_enum! {
    /// How an invitation stands.
    pub enum InvitationState {
        /// It waits.
        Pending = "pending",
        /// Somebody came.
        Accepted = "accepted",
        /// Somebody does not want to.
        Declined = "declined",
        /// Its time is over.
        Expired = "expired",
        /// It was taken back.
        Revoked = "revoked",
    }
}

/// An invitation to a document.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The address it went to.
    pub email: String,
    /// What the person invited may do.
    pub role: MemberRole,
    /// How it stands.
    pub state: InvitationState,
    /// When it was sent.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
}

/// An invitation as the person invited sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// The invitation.
    #[serde(flatten)]
    pub invitation: Invitation,
    /// The title of the document.
    pub document_title: String,
    /// Who invites.
    pub invited_by: DocumentPerson,
}

/// Whom to invite.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct Invite {
    /// Their e-mail address.
    pub email: String,
    /// What they may do.
    pub role: MemberRole,
}

/// The token of an invitation.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct InvitationToken {
    /// From the link in the mail.
    pub token: String,
}

/// What shows that an invitation is one's own.
#[derive(Default, Deserialize, utoipa::ToSchema)]
pub struct DecideInvitation {
    /// From the link in the mail; not needed by whoever reads mail at the address it went to.
    #[serde(default)]
    pub token: Option<String>,
}

impl Documents {
    /// Invites somebody by mail. An earlier invitation of the same address to the document is revoked.
    pub(crate) async fn invite(
        &self,
        actor: &Actor,
        id: DocumentId,
        invite: Invite,
    ) -> Result<Invitation, Error> {
        self.owned(actor, id).await?;
        let email = self.0.people.normal_email(&invite.email);
        let email = email.map_err(|wrong| Error::Problem(Problem::invalid(vec![wrong])))?;
        let workspace = self.0.settings.get().await?.app_name.clone();
        let token = random_token();
        let invitation_id = InvitationId::new();
        let now = Timestamp::now();
        let row = InvitationRow {
            id: invitation_id,
            document_id: id,
            email_sealed: self.seal_invited(invitation_id, &email),
            email_index: self.invited_index(&email),
            role: invite.role.as_str().to_owned(),
            token_hash: token_hash(&token),
            state: InvitationState::Pending.as_str().to_owned(),
            invited_by: actor.user,
            created_at: now,
            expires_at: now + LIFETIME,
        };
        let mail = letter(&workspace, &self.0.address, &token, email);
        let mut tx = self.0.db.begin().await?;
        self.lock_shareable(&mut tx, actor, id).await?;
        store::revoke_earlier(&mut tx, id, &row.email_index, actor.user).await?;
        if store::count_open(&mut tx, id, now).await? >= MAX_OPEN {
            return Err(Error::new(
                Code::TooManyMembers,
                format!("at most {MAX_OPEN} invitations to a document can wait; revoke one first"),
            ));
        }
        let day = now - Duration::from_hours(24);
        if store::count_sent(&mut tx, actor.user, day).await? >= MAX_A_DAY {
            return Err(Error::new(
                Code::RateLimited,
                format!("you have sent {MAX_A_DAY} invitations in 24 hours; go on tomorrow"),
            ));
        }
        store::insert(&mut tx, &row).await?;
        self.0.mail.send(&mut tx, &mail).await?;
        let detail = json!({ "invitation": invitation_id, "role": invite.role });
        self.record_sharing(&mut tx, actor, id, detail).await?;
        tx.commit().await?;
        self.invitation_view(row)
    }

    /// Takes an invitation back.
    pub(crate) async fn revoke_invitation(
        &self,
        actor: &Actor,
        id: DocumentId,
        invitation: InvitationId,
    ) -> Result<(), Error> {
        self.owned(actor, id).await?;
        let mut tx = self.0.db.begin().await?;
        self.lock_owned(&mut tx, actor, id).await?;
        if !store::revoke(&mut tx, id, invitation, actor.user).await? {
            tx.rollback().await?;
            let row = store::get(&self.0.db, invitation).await?;
            let row = row.filter(|row| row.document_id == id);
            return Err(row.map_or_else(unknown, |row| closed(state(&row))));
        }
        let detail = json!({ "invitation": invitation, "revoked": true });
        self.record_sharing(&mut tx, actor, id, detail).await?;
        tx.commit().await?;
        Ok(())
    }

    pub(crate) async fn invitations_of(&self, id: DocumentId) -> Result<Vec<Invitation>, Error> {
        let rows = store::of_document(&self.0.db, id, LISTED).await?;
        rows.into_iter()
            .map(|row| self.invitation_view(row))
            .collect()
    }

    /// What waits for the actor.
    pub(crate) async fn own_invitations(&self, actor: &Actor) -> Result<Vec<Offer>, Error> {
        let Some(email) = self.0.people.verified_email(actor.user).await? else {
            return Ok(Vec::new());
        };
        let index = self.invited_index(&email);
        let now = Timestamp::now();
        let rows = store::waiting(&self.0.db, &index, actor.user, now, LISTED).await?;
        let senders: Vec<_> = rows.iter().map(|row| row.invitation.invited_by).collect();
        let names = self.0.people.names(&senders).await?;
        rows.into_iter()
            .map(|row| {
                let name = names.get(&row.invitation.invited_by);
                let name = name.cloned().unwrap_or_default();
                self.offer(row, name)
            })
            .collect()
    }

    /// The invitation of a token, as long as it waits.
    pub(crate) async fn invitation_by_token(&self, token: &str) -> Result<Offer, Error> {
        let row = store::by_token(&self.0.db, &token_hash(token)).await?;
        let row = row.ok_or_else(unknown)?;
        match state(&row.invitation) {
            InvitationState::Pending => {
                let name = self.name_of(row.invitation.invited_by).await?;
                self.offer(row, name)
            }
            other => Err(closed(other)),
        }
    }

    /// Makes the actor a member. Who is one keeps the larger role.
    pub(crate) async fn accept_invitation(
        &self,
        actor: &Actor,
        id: InvitationId,
        decision: &DecideInvitation,
    ) -> Result<Document, Error> {
        let row = self.invitation_for(actor, id, decision).await?;
        let document = row.document_id;
        let role = MemberRole::parse(&row.role).unwrap_or(MemberRole::Viewer);
        let mut tx = self.0.db.begin().await?;
        let standing = self.lock_role(&mut tx, document, actor.user).await?;
        self.check_present(&mut tx, document).await?;
        if standing == Some(DocumentRole::Owner) {
            return Err(owner_stays());
        }
        let settled = InvitationState::Accepted.as_str();
        if !store::settle(&mut tx, id, settled, actor.user, Timestamp::now()).await? {
            tx.rollback().await?;
            return Err(self.why_closed(id).await?);
        }
        let role = if standing == Some(DocumentRole::Editor) {
            MemberRole::Editor
        } else {
            role
        };
        self.admit(&mut tx, document, actor.user, role).await?;
        let detail = json!({ "invitation": id, "person": actor.user, "role": role });
        self.record_sharing(&mut tx, actor, document, detail)
            .await?;
        tx.commit().await?;
        self.document(actor, document).await
    }

    /// Ends an invitation without a member.
    pub(crate) async fn decline_invitation(
        &self,
        actor: &Actor,
        id: InvitationId,
        decision: &DecideInvitation,
    ) -> Result<(), Error> {
        let row = self.invitation_for(actor, id, decision).await?;
        let mut tx = self.0.db.begin().await?;
        let settled = InvitationState::Declined.as_str();
        if !store::settle(&mut tx, id, settled, actor.user, Timestamp::now()).await? {
            tx.rollback().await?;
            return Err(self.why_closed(id).await?);
        }
        let detail = json!({ "invitation": id, "declined": true });
        self.record_sharing(&mut tx, actor, row.document_id, detail)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The invitation, if it is the actor's to decide about.
    async fn invitation_for(
        &self,
        actor: &Actor,
        id: InvitationId,
        decision: &DecideInvitation,
    ) -> Result<InvitationRow, Error> {
        let row = store::get(&self.0.db, id).await?.ok_or_else(unknown)?;
        if let Some(token) = &decision.token {
            let same = token_hash(token) == row.token_hash;
            return if same { Ok(row) } else { Err(unknown()) };
        }
        let email = self.0.people.verified_email(actor.user).await?;
        let own = email.is_some_and(|email| self.invited_index(&email) == row.email_index);
        if own { Ok(row) } else { Err(unknown()) }
    }

    async fn check_present(&self, tx: &mut Tx, id: DocumentId) -> Result<(), Error> {
        let ownership = documents::lock(tx, id).await?;
        let present = ownership.is_some_and(|ownership| ownership.deleted_at.is_none());
        if present { Ok(()) } else { Err(unknown()) }
    }

    async fn why_closed(&self, id: InvitationId) -> Result<Error, Error> {
        let row = store::get(&self.0.db, id).await?;
        Ok(row.map_or_else(unknown, |row| closed(state(&row))))
    }

    fn offer(&self, row: OfferRow, name: String) -> Result<Offer, Error> {
        let id = row.invitation.invited_by;
        Ok(Offer {
            document_title: row.title,
            invited_by: DocumentPerson { id, name },
            invitation: self.invitation_view(row.invitation)?,
        })
    }

    fn invitation_view(&self, row: InvitationRow) -> Result<Invitation, Error> {
        let id = row.id.to_string();
        let email = self.0.keyring.open_sealed(place(&id), &row.email_sealed);
        Ok(Invitation {
            email: email.map_err(Problem::from)?,
            state: state(&row),
            role: MemberRole::parse(&row.role).unwrap_or(MemberRole::Viewer),
            id: row.id,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }

    fn seal_invited(&self, id: InvitationId, email: &str) -> String {
        let row = id.to_string();
        self.0.keyring.seal(place(&row), email)
    }

    fn invited_index(&self, email: &str) -> Vec<u8> {
        self.0.keyring.blind_index(EMAIL_INDEX, email)
    }
}

fn place(row: &str) -> Place<'_> {
    Place {
        table: "document_invitations",
        column: "email",
        row,
    }
}

fn state(row: &InvitationRow) -> InvitationState {
    match InvitationState::parse(&row.state).unwrap_or(InvitationState::Revoked) {
        InvitationState::Pending if row.expires_at <= Timestamp::now() => InvitationState::Expired,
        state => state,
    }
}

fn unknown() -> Error {
    Error::Problem(Problem::not_found("invitation"))
}

fn closed(state: InvitationState) -> Error {
    let detail = match state {
        InvitationState::Pending => "try again",
        InvitationState::Accepted => {
            "the invitation was accepted already; it is good for one person"
        }
        InvitationState::Declined => "the invitation was declined; ask for another one",
        InvitationState::Expired => "the invitation has expired after 14 days; ask for another one",
        InvitationState::Revoked => "the invitation was taken back; ask for another one",
    };
    Error::new(Code::InvitationClosed, detail)
}

/// The mail. Whoever can share causes it to be sent to any address, so it holds no words of theirs: no name, no title.
fn letter(workspace: &str, address: &str, token: &str, to: String) -> Message {
    let text = format!(
        "Hello,\n\n\
         someone at {workspace} invites you to a document. Who it is and what the document is called is said where \
         this link leads to, within 14 days:\n\n\
         {address}/invitations#token={token}\n\n\
         You need an account at {workspace} for it. The link is good once and for whoever has it, so keep it to \
         yourself. If you don't expect this, ignore this mail.\n\n\
         -- \n{workspace}\n{address}\n"
    );
    Message {
        kind: "invitation",
        to,
        subject: format!("You are invited to a document at {workspace}"),
        text,
    }
}
