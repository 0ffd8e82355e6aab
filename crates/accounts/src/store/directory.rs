//! People as administrators see them.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use sqlx::types::Json;

use super::Named;
use crate::rights::Rules;

/// What a person is searched by.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct SearchRow {
    pub id: UserId,
    pub email_sealed: String,
    pub name_sealed: String,
}

/// A person with their roles and groups.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EntryRow {
    pub id: UserId,
    pub email_sealed: String,
    pub name_sealed: String,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
    pub email_verified_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    pub own_roles: Json<Vec<Named>>,
    pub member_of: Json<Vec<Named>>,
    pub rules: Rules,
}

/// People made before this one, newest first; `disabled` chooses those that are switched off, or those that are not,
/// and `verified` those whose address is verified, or not.
pub async fn people_before(
    db: &Db,
    before: Option<UserId>,
    disabled: Option<bool>,
    verified: Option<bool>,
    limit: i64,
) -> sqlx::Result<Vec<SearchRow>> {
    query!(
        db,
        fetch_all,
        SearchRow,
        "SELECT id, email_sealed, name_sealed
         FROM people
         WHERE (id < $1 OR $1 IS NULL) AND ((disabled_at IS NOT NULL) = $2 OR $2 IS NULL)
           AND ((email_verified_at IS NOT NULL) = $3 OR $3 IS NULL)
         ORDER BY id DESC
         LIMIT $4",
        before,
        disabled,
        verified,
        limit
    )
}

/// These people, newest first, in one statement.
pub async fn entries(db: &Db, ids: &str) -> sqlx::Result<Vec<EntryRow>> {
    query!(db, fetch_all, EntryRow,
        sqlite: "SELECT p.id, p.email_sealed, p.name_sealed, p.created_at, p.disabled_at, p.email_verified_at,
                        p.last_seen_at, pr.rules,
                        (SELECT json_group_array(json_object('id', lower(hex(r.id)), 'name', r.name))
                         FROM person_roles AS h
                         JOIN roles AS r ON r.id = h.role_id
                         WHERE h.person_id = p.id) AS own_roles,
                        (SELECT json_group_array(json_object('id', lower(hex(g.id)), 'name', g.name))
                         FROM group_members AS gm
                         JOIN groups AS g ON g.id = gm.group_id
                         WHERE gm.person_id = p.id) AS member_of
                 FROM people AS p
                 JOIN person_rules AS pr ON pr.person_id = p.id
                 WHERE p.id IN (SELECT unhex(value) FROM json_each($1))
                 ORDER BY p.id DESC",
        postgres: "SELECT p.id, p.email_sealed, p.name_sealed, p.created_at, p.disabled_at, p.email_verified_at,
                          p.last_seen_at, pr.rules,
                          (SELECT COALESCE(json_agg(json_build_object('id', r.id, 'name', r.name)), '[]')
                           FROM person_roles AS h
                           JOIN roles AS r ON r.id = h.role_id
                           WHERE h.person_id = p.id) AS own_roles,
                          (SELECT COALESCE(json_agg(json_build_object('id', g.id, 'name', g.name)), '[]')
                           FROM group_members AS gm
                           JOIN groups AS g ON g.id = gm.group_id
                           WHERE gm.person_id = p.id) AS member_of
                   FROM people AS p
                   JOIN person_rules AS pr ON pr.person_id = p.id
                   WHERE p.id IN (SELECT CAST(value AS uuid)
                                  FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (value))
                   ORDER BY p.id DESC",
        ids)
}

/// Switches a person off (since a time) or on; `false` when they were so already.
pub async fn set_disabled(
    tx: &mut Tx,
    id: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = query!(
        tx,
        execute,
        "UPDATE people
         SET disabled_at = $2, updated_at = $3
         WHERE id = $1 AND (disabled_at IS NULL) = $4",
        id,
        since,
        now,
        since.is_some()
    )?;
    Ok(changed == 1)
}

/// Changes a person's name; `false` when there is no such person.
pub async fn rename_person(
    tx: &mut Tx,
    id: UserId,
    name_sealed: &str,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let changed = query!(
        tx,
        execute,
        "UPDATE people SET name_sealed = $2, updated_at = $3 WHERE id = $1",
        id,
        name_sealed,
        now
    )?;
    Ok(changed == 1)
}

/// What the roles of a person come to, whether they can sign in or not; `None` when there is no such person.
pub async fn rules_of_anyone(tx: &mut Tx, person: UserId) -> sqlx::Result<Option<Rules>> {
    scalar!(
        tx,
        fetch_optional,
        Rules,
        "SELECT rules FROM person_rules WHERE person_id = $1",
        person
    )
}
