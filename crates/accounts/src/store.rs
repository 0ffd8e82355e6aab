//! Every SQL statement of the wing.

use carrel_platform::auth::{SessionId, UserId};
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

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
    const fn as_str(self) -> &'static str {
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

/// The colours a person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Theme {
    /// As the device says.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl TryFrom<String> for Theme {
    type Error = UnknownName;
    fn try_from(name: String) -> Result<Self, UnknownName> {
        [Self::System, Self::Light, Self::Dark]
            .into_iter()
            .find(|theme| theme.as_str() == name)
            .ok_or(UnknownName(name))
    }
}

/// The database holds a name that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("the database says {0:?}, which this version of Carrel doesn't know")]
pub(crate) struct UnknownName(String);

/// A person as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PersonRow {
    pub id: UserId,
    pub email_sealed: String,
    pub email_index: Vec<u8>,
    pub name_sealed: String,
    pub password_hash: String,
    pub roles: Json<Vec<String>>,
    #[sqlx(try_from = "String")]
    pub theme: Theme,
    pub created_at: Timestamp,
}

/// A person's name as stored.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct NameRow {
    pub id: UserId,
    pub name_sealed: String,
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
    pub roles: Json<Vec<String>>,
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

/// Adds a person; `false` when the e-mail address belongs to one already.
pub async fn insert_person(tx: &mut Tx, person: &PersonRow) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO people (id, email_sealed, email_index, name_sealed, password_hash, roles, theme,
                             created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT (email_index) DO NOTHING",
        person.id,
        &person.email_sealed,
        &person.email_index,
        &person.name_sealed,
        &person.password_hash,
        &person.roles,
        person.theme.as_str(),
        person.created_at
    )?;
    Ok(inserted == 1)
}

pub async fn person(db: &Db, id: UserId) -> sqlx::Result<Option<PersonRow>> {
    query!(
        db,
        fetch_optional,
        PersonRow,
        "SELECT id, email_sealed, email_index, name_sealed, password_hash, roles, theme, created_at
         FROM people
         WHERE id = $1",
        id
    )
}

pub async fn person_by_email(db: &Db, index: &[u8]) -> sqlx::Result<Option<PersonRow>> {
    query!(
        db,
        fetch_optional,
        PersonRow,
        "SELECT id, email_sealed, email_index, name_sealed, password_hash, roles, theme, created_at
         FROM people
         WHERE email_index = $1",
        index
    )
}

/// The names of these people, in one statement. `ids` is a JSON array of ids in hexadecimal without hyphens.
pub async fn names(db: &Db, ids: &str) -> sqlx::Result<Vec<NameRow>> {
    query!(db, fetch_all, NameRow,
        sqlite: "SELECT id, name_sealed
                 FROM people
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT id, name_sealed
                   FROM people
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM json_array_elements_text(CAST($1 AS json)) AS listed (value))",
        ids)
}

pub async fn administrator_exists(db: &Db) -> sqlx::Result<bool> {
    scalar!(db, fetch_one, bool,
        sqlite: "SELECT EXISTS (SELECT 1 FROM people WHERE instr(roles, '\"administrator\"') > 0)",
        postgres: "SELECT EXISTS (SELECT 1 FROM people WHERE roles @> '[\"administrator\"]')")
}

/// Changes what is given.
pub async fn update_person(
    db: &Db,
    id: UserId,
    name_sealed: Option<&str>,
    theme: Option<Theme>,
    now: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE people
         SET name_sealed = COALESCE($2, name_sealed), theme = COALESCE($3, theme), updated_at = $4
         WHERE id = $1",
        id,
        name_sealed,
        theme.map(Theme::as_str),
        now
    )
}

/// Replaces a password hash; `false` when it is not `old` any more.
pub async fn replace_password(
    tx: &mut Tx,
    id: UserId,
    old: &str,
    new: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let replaced = query!(
        tx,
        execute,
        "UPDATE people
         SET password_hash = $3, updated_at = $4
         WHERE id = $1 AND password_hash = $2",
        id,
        old,
        new,
        now
    )?;
    Ok(replaced == 1)
}

/// Adds a session; `token_hash` is given for a cookie session.
pub async fn insert_session(
    tx: &mut Tx,
    session: &SessionRow,
    token_hash: Option<&[u8]>,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO sessions (id, user_id, token_hash, kind, user_agent, created_at, last_seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        session.id,
        session.user_id,
        token_hash,
        session.kind.as_str(),
        session.user_agent.as_deref(),
        session.created_at,
        session.last_seen_at,
        session.expires_at
    )
}

/// The session of a cookie, unless it was ended.
pub async fn session_by_token(db: &Db, token_hash: &[u8]) -> sqlx::Result<Option<LiveSession>> {
    query!(
        db,
        fetch_optional,
        LiveSession,
        "SELECT s.id, s.user_id, s.kind, s.last_seen_at, s.expires_at, p.roles
         FROM sessions AS s
         JOIN people AS p ON p.id = s.user_id
         WHERE s.token_hash = $1 AND s.ended_at IS NULL",
        token_hash
    )
}

/// The session of an access token, unless it was ended.
pub async fn session_by_id(db: &Db, id: SessionId) -> sqlx::Result<Option<LiveSession>> {
    query!(
        db,
        fetch_optional,
        LiveSession,
        "SELECT s.id, s.user_id, s.kind, s.last_seen_at, s.expires_at, p.roles
         FROM sessions AS s
         JOIN people AS p ON p.id = s.user_id
         WHERE s.id = $1 AND s.kind = 'token' AND s.ended_at IS NULL",
        id
    )
}

/// Records that a session is in use, unless that was done after `before`.
pub async fn touch_session(
    db: &Db,
    id: SessionId,
    now: Timestamp,
    expires_at: Timestamp,
    before: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE sessions
         SET last_seen_at = $2, expires_at = $3
         WHERE id = $1 AND ended_at IS NULL AND last_seen_at < $4",
        id,
        now,
        expires_at,
        before
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
         WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
         ORDER BY last_seen_at DESC, id DESC
         LIMIT $3",
        user,
        now,
        limit
    )
}

/// Ends a session of a person; `false` when there is none that lives.
pub async fn end_session(
    db: &Db,
    id: SessionId,
    user: UserId,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let ended = query!(
        db,
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

/// Ends every session of a person but one.
pub async fn end_other_sessions(
    tx: &mut Tx,
    user: UserId,
    keep: SessionId,
    now: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE sessions
         SET ended_at = $3
         WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL",
        user,
        keep,
        now
    )
}

pub async fn insert_setup_token(
    tx: &mut Tx,
    hash: &[u8],
    now: Timestamp,
    expires_at: Timestamp,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO setup_tokens (hash, created_at, expires_at) VALUES ($1, $2, $3)",
        hash,
        now,
        expires_at
    )
}

/// Whether this set-up token can be used at `now`.
pub async fn setup_token_lives(db: &Db, hash: &[u8], now: Timestamp) -> sqlx::Result<bool> {
    scalar!(
        db,
        fetch_one,
        bool,
        "SELECT EXISTS (SELECT 1
                        FROM setup_tokens
                        WHERE hash = $1 AND used_at IS NULL AND expires_at > $2)",
        hash,
        now
    )
}

/// Uses up every set-up token that lives at `now`, and gives their hashes: of two who do so at once, only one gets
/// them.
pub async fn use_setup_tokens(tx: &mut Tx, now: Timestamp) -> sqlx::Result<Vec<Vec<u8>>> {
    scalar!(
        tx,
        fetch_all,
        Vec<u8>,
        "UPDATE setup_tokens
         SET used_at = $1
         WHERE used_at IS NULL AND expires_at > $1
         RETURNING hash",
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

/// Removes set-up tokens that were used or have expired at `now`.
pub async fn sweep_setup_tokens(db: &Db, now: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM setup_tokens WHERE used_at IS NOT NULL OR expires_at <= $1",
        now
    )
}
