//! Who may follow and stop a generation: whoever may read, or write, what it works on.

use carrel_platform::auth::UserId;
use carrel_platform::web::{Code, Problem};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::store::{self, GenerationRow};
use crate::{Error, GenerationId, Inference};

/// What a person may do with generations that work on something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectRights {
    /// See them, and what they write.
    pub follow: bool,
    /// Stop them.
    pub stop: bool,
}

/// Knows who may do what with the things that generations work on.
pub trait Subjects: Send + Sync {
    /// The rights of a person; `None` when there is no such thing any more.
    fn rights(
        &self,
        person: UserId,
        subject: Uuid,
    ) -> BoxFuture<'_, Result<Option<SubjectRights>, Problem>>;
}

impl Inference {
    /// A generation that the person may follow. One that works on nothing, or on what is gone, is only for who asked.
    pub(super) async fn visible(
        &self,
        user: UserId,
        id: GenerationId,
    ) -> Result<GenerationRow, Error> {
        let (row, rights) = self.with_rights(user, id).await?;
        if rights.follow {
            return Ok(row);
        }
        Err(Problem::not_found("generation").into())
    }

    /// A generation that the person may stop.
    pub(super) async fn stoppable(
        &self,
        user: UserId,
        id: GenerationId,
    ) -> Result<GenerationRow, Error> {
        let (row, rights) = self.with_rights(user, id).await?;
        if rights.stop {
            return Ok(row);
        }
        if rights.follow {
            let detail = "you may follow this work, but only those who may write can stop it";
            return Err(Problem::new(Code::Forbidden, detail).into());
        }
        Err(Problem::not_found("generation").into())
    }

    /// Whether a person may follow whatever works on this.
    pub(super) async fn may_follow(&self, user: UserId, subject: Uuid) -> Result<bool, Error> {
        let rights = self.rights_on(user, subject).await?;
        Ok(rights.is_some_and(|rights| rights.follow))
    }

    async fn with_rights(
        &self,
        user: UserId,
        id: GenerationId,
    ) -> Result<(GenerationRow, SubjectRights), Error> {
        let row = store::generation(&self.0.db, id)
            .await?
            .ok_or_else(|| Problem::not_found("generation"))?;
        let known = match row.subject_id {
            Some(subject) => self.rights_on(user, subject).await?,
            None => None,
        };
        let asked = row.user_id == user;
        let rights = known.unwrap_or(SubjectRights {
            follow: asked,
            stop: asked,
        });
        Ok((row, rights))
    }

    async fn rights_on(&self, user: UserId, subject: Uuid) -> Result<Option<SubjectRights>, Error> {
        match self.0.guard.get() {
            Some(guard) => Ok(guard.rights(user, subject).await?),
            None => Ok(None),
        }
    }
}
