//! People.

use super::UnknownName;
use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query};
use serde::{Deserialize, Serialize};

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
    pub const fn as_str(self) -> &'static str {
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

/// A person as stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct PersonRow {
    pub id: UserId,
    pub email_sealed: String,
    pub email_index: Vec<u8>,
    pub name_sealed: String,
    pub password_hash: String,
    #[sqlx(try_from = "String")]
    pub theme: Theme,
    pub created_at: Timestamp,
    /// Since when the person is known to read mail at the address.
    pub email_verified_at: Option<Timestamp>,
    /// Since when the person can't sign in.
    pub disabled_at: Option<Timestamp>,
}

/// A person's name as stored.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct NameRow {
    pub id: UserId,
    pub name_sealed: String,
}

/// Adds a person; `false` when the e-mail address belongs to one already.
pub async fn insert_person(tx: &mut Tx, person: &PersonRow) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO people (id, email_sealed, email_index, name_sealed, password_hash, theme, created_at,
                             updated_at, email_verified_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
         ON CONFLICT (email_index) DO NOTHING",
        person.id,
        &person.email_sealed,
        &person.email_index,
        &person.name_sealed,
        &person.password_hash,
        person.theme.as_str(),
        person.created_at,
        person.email_verified_at
    )?;
    Ok(inserted == 1)
}

pub async fn person(db: &Db, id: UserId) -> sqlx::Result<Option<PersonRow>> {
    query!(
        db,
        fetch_optional,
        PersonRow,
        "SELECT id, email_sealed, email_index, name_sealed, password_hash, theme, created_at,
                email_verified_at, disabled_at
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
        "SELECT id, email_sealed, email_index, name_sealed, password_hash, theme, created_at,
                email_verified_at, disabled_at
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

/// The names of those among these people who can sign in. `ids` as for [`names`].
pub async fn active_names(db: &Db, ids: &str) -> sqlx::Result<Vec<NameRow>> {
    query!(db, fetch_all, NameRow,
        sqlite: "SELECT id, name_sealed
                 FROM people
                 WHERE disabled_at IS NULL AND id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT id, name_sealed
                   FROM people
                   WHERE disabled_at IS NULL
                     AND id IN (SELECT CAST(value AS uuid)
                                FROM json_array_elements_text(CAST($1 AS json)) AS listed (value))",
        ids)
}

/// The names of everybody who can sign in, newest first.
pub async fn all_names(db: &Db, limit: i64) -> sqlx::Result<Vec<NameRow>> {
    query!(
        db,
        fetch_all,
        NameRow,
        "SELECT id, name_sealed FROM people WHERE disabled_at IS NULL ORDER BY id DESC LIMIT $1",
        limit
    )
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
