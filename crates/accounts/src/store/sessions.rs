//! Sessions.

use carrel_platform::auth::{SessionId, UserId};
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use serde::{Deserialize, Serialize};

use super::UnknownName;
use crate::rights::Rules;

/// How a session is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SessionKind {
    /// An opaque token in a cookie, for browsers.
    Cookie,
    /// A signed access token, for programs.
    Token,
}

impl SessionKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cookie => "cookie",
            Self::Token => "token",
        }
    }
}

impl TryFrom<String> for SessionKind {
    type Error = UnknownName;
    fn try_from(name: String) -> Result<Self, UnknownName> {
        [Self::Cookie, Self::Token]
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or(UnknownName(name))
    }
}

/// A session with what is needed to answer a request of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct LiveSession {
    pub id: SessionId,
    pub user_id: UserId,
    #[sqlx(try_from = "String")]
    pub kind: SessionKind,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
    /// The rights it was issued with, as bits.
    pub rights: i64,
    /// When its token was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// Whether it was found by the token before that.
    pub replaced: bool,
    /// Whether it is an access token whose person has other rights by now.
    pub outdated: bool,
    /// What the person's rights are now.
    pub rules: Rules,
}

/// A session as its person sees it, and as it is made.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct SessionRow {
    pub id: SessionId,
    pub user_id: UserId,
    #[sqlx(try_from = "String")]
    pub kind: SessionKind,
    pub user_agent: Option<String>,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Adds a session; `token_hash` is given for a cookie session. `rights` are those of the person, as bits.
pub async fn insert_session(
    tx: &mut Tx,
    session: &SessionRow,
    token_hash: Option<&[u8]>,
    rights: i64,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO sessions (id, user_id, token_hash, kind, user_agent, created_at, last_seen_at, expires_at,
                               rights)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        session.id,
        session.user_id,
        token_hash,
        session.kind.as_str(),
        session.user_agent.as_deref(),
        session.created_at,
        session.last_seen_at,
        session.expires_at,
        rights
    )
}

/// The session of a cookie, unless it was ended; also by the token before, if that was replaced after `since`.
pub async fn session_by_token(
    db: &Db,
    token_hash: &[u8],
    since: Timestamp,
) -> sqlx::Result<Option<LiveSession>> {
    query!(
        db,
        fetch_optional,
        LiveSession,
        "SELECT s.id, s.user_id, s.kind, s.last_seen_at, s.expires_at, s.rights, s.rotated_at,
                s.token_hash <> $1 AS replaced, FALSE AS outdated, r.rules
         FROM sessions AS s
         JOIN people AS p ON p.id = s.user_id
         JOIN person_rules AS r ON r.person_id = p.id
         WHERE (s.token_hash = $1 OR (s.previous_hash = $1 AND s.rotated_at > $2))
           AND s.ended_at IS NULL AND p.disabled_at IS NULL",
        token_hash,
        since
    )
}

/// The session of this id, unless it was ended.
pub async fn session_by_id(db: &Db, id: SessionId) -> sqlx::Result<Option<LiveSession>> {
    query!(
        db,
        fetch_optional,
        LiveSession,
        "SELECT s.id, s.user_id, s.kind, s.last_seen_at, s.expires_at, s.rights, s.rotated_at,
                FALSE AS replaced, s.outdated_at IS NOT NULL AS outdated, r.rules
         FROM sessions AS s
         JOIN people AS p ON p.id = s.user_id
         JOIN person_rules AS r ON r.person_id = p.id
         WHERE s.id = $1 AND s.ended_at IS NULL AND p.disabled_at IS NULL",
        id
    )
}

/// Gives a cookie session another token, and notes the rights it goes on with; `false` when `old` is not its token
/// any more.
pub async fn rotate_session(
    db: &Db,
    id: SessionId,
    old: &[u8],
    new: &[u8],
    rights: i64,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let rotated = query!(
        db,
        execute,
        "UPDATE sessions
         SET token_hash = $3, previous_hash = $2, rotated_at = $5, rights = $4
         WHERE id = $1 AND token_hash = $2 AND ended_at IS NULL",
        id,
        old,
        new,
        rights,
        now
    )?;
    Ok(rotated == 1)
}

/// Notes that an access token was issued with other rights than its person has.
pub async fn outdate_session(db: &Db, id: SessionId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE sessions SET outdated_at = $2 WHERE id = $1 AND outdated_at IS NULL",
        id,
        now
    )
}

/// Records that a session is in use, unless that was done after `before`; of a cookie session, only while this is its
/// token.
pub async fn touch_session(
    db: &Db,
    id: SessionId,
    token_hash: Option<&[u8]>,
    now: Timestamp,
    expires_at: Timestamp,
    before: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE sessions
         SET last_seen_at = $3, expires_at = $4
         WHERE id = $1 AND (token_hash = $2 OR $2 IS NULL) AND ended_at IS NULL AND last_seen_at < $5",
        id,
        token_hash,
        now,
        expires_at,
        before
    )
}

/// Records that a person is there.
pub async fn touch_person(db: &Db, id: UserId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE people SET last_seen_at = $2 WHERE id = $1",
        id,
        now
    )
}

/// Records that a person is there, as part of a sign-in.
pub async fn see_person(tx: &mut Tx, id: UserId, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE people SET last_seen_at = $2 WHERE id = $1",
        id,
        now
    )
}

/// Ends the session of a browser that signs in anew, by its token or the one before, and gives it.
pub async fn end_session_of_token(
    tx: &mut Tx,
    token_hash: &[u8],
    now: Timestamp,
) -> sqlx::Result<Option<SessionId>> {
    scalar!(
        tx,
        fetch_optional,
        SessionId,
        "UPDATE sessions
         SET ended_at = $2
         WHERE (token_hash = $1 OR previous_hash = $1) AND ended_at IS NULL
         RETURNING id",
        token_hash,
        now
    )
}

/// The sessions of a person that live at `now`, last used first.
pub async fn sessions_of(
    db: &Db,
    user: UserId,
    now: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<SessionRow>> {
    query!(
        db,
        fetch_all,
        SessionRow,
        "SELECT id, user_id, kind, user_agent, created_at, last_seen_at, expires_at
         FROM sessions
         WHERE user_id = $1 AND ended_at IS NULL AND outdated_at IS NULL AND expires_at > $2
         ORDER BY last_seen_at DESC, id DESC
         LIMIT $3",
        user,
        now,
        limit
    )
}

/// Ends a session of a person; `false` when there is none that lives.
pub async fn end_session(
    tx: &mut Tx,
    id: SessionId,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let ended = query!(
        tx,
        execute,
        "UPDATE sessions
         SET ended_at = $3
         WHERE id = $1 AND user_id = $2 AND ended_at IS NULL AND expires_at > $3",
        id,
        user,
        now
    )?;
    Ok(ended == 1)
}

/// Ends every session of a person but the one to keep.
pub async fn end_other_sessions(
    tx: &mut Tx,
    user: UserId,
    keep: Option<SessionId>,
    now: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE sessions
         SET ended_at = $3
         WHERE user_id = $1 AND (id <> $2 OR $2 IS NULL) AND ended_at IS NULL",
        user,
        keep,
        now
    )
}

/// Removes sessions that have ended or expired at `now`.
pub async fn sweep_sessions(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM sessions WHERE ended_at IS NOT NULL OR expires_at <= $1",
        now
    )
}
