//! Roles, and giving them to people.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};

use crate::roles::RoleId;

/// A role as stored, with the number of people who have it, by themselves or by a group.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct RoleRow {
    pub id: RoleId,
    pub name: String,
    pub description: String,
    pub built_in: bool,
    pub allow: i64,
    pub deny: i64,
    pub version: i64,
    pub people: i64,
}

/// What a role allows and denies.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct RoleRule {
    pub id: RoleId,
    pub allow: i64,
    pub deny: i64,
}

/// The columns of a role that are written.
pub(crate) struct RoleFields<'a> {
    pub name: &'a str,
    pub name_key: &'a str,
    pub description: &'a str,
    pub allow: i64,
    pub deny: i64,
}

/// The roles, built-in ones first, then by name.
pub async fn roles(db: &Db, limit: i64) -> sqlx::Result<Vec<RoleRow>> {
    query!(
        db,
        fetch_all,
        RoleRow,
        "SELECT r.id, r.name, r.description, r.built_in, r.allow, r.deny, r.version,
                (SELECT COUNT(*)
                 FROM people AS p
                 WHERE p.id IN (SELECT h.person_id FROM person_roles AS h WHERE h.role_id = r.id
                                UNION ALL
                                SELECT gm.person_id
                                FROM group_roles AS gr
                                JOIN group_members AS gm ON gm.group_id = gr.group_id
                                WHERE gr.role_id = r.id)) AS people
         FROM roles AS r
         ORDER BY r.built_in DESC, r.name_key
         LIMIT $1",
        limit
    )
}

/// A role, read as part of a change.
pub async fn role(tx: &mut Tx, id: RoleId) -> sqlx::Result<Option<RoleRow>> {
    query!(
        tx,
        fetch_optional,
        RoleRow,
        "SELECT r.id, r.name, r.description, r.built_in, r.allow, r.deny, r.version,
                (SELECT COUNT(*)
                 FROM people AS p
                 WHERE p.id IN (SELECT h.person_id FROM person_roles AS h WHERE h.role_id = r.id
                                UNION ALL
                                SELECT gm.person_id
                                FROM group_roles AS gr
                                JOIN group_members AS gm ON gm.group_id = gr.group_id
                                WHERE gr.role_id = r.id)) AS people
         FROM roles AS r
         WHERE r.id = $1",
        id
    )
}

pub async fn count_roles(tx: &mut Tx) -> sqlx::Result<i64> {
    scalar!(tx, fetch_one, i64, "SELECT COUNT(*) FROM roles")
}

/// The role of this name, as compared.
pub async fn role_by_key(db: &Db, key: &str) -> sqlx::Result<Option<RoleId>> {
    scalar!(
        db,
        fetch_optional,
        RoleId,
        "SELECT id FROM roles WHERE name_key = $1",
        key
    )
}

/// Adds a role; `false` when the name is taken.
pub async fn insert_role(
    tx: &mut Tx,
    id: RoleId,
    role: &RoleFields<'_>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO roles (id, name, name_key, description, allow, deny, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
         ON CONFLICT (name_key) DO NOTHING",
        id,
        role.name,
        role.name_key,
        role.description,
        role.allow,
        role.deny,
        now
    )?;
    Ok(inserted == 1)
}

/// Changes a role; `false` when the name belongs to another one.
pub async fn update_role(
    tx: &mut Tx,
    id: RoleId,
    role: &RoleFields<'_>,
    now: Timestamp,
) -> sqlx::Result<bool> {
    let updated = query!(
        tx,
        execute,
        "UPDATE roles
         SET name = $2, name_key = $3, description = $4, allow = $5, deny = $6, version = version + 1,
             updated_at = $7
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM roles AS other WHERE other.name_key = $3 AND other.id <> $1)",
        id,
        role.name,
        role.name_key,
        role.description,
        role.allow,
        role.deny,
        now
    )?;
    Ok(updated == 1)
}

pub async fn delete_role(tx: &mut Tx, id: RoleId) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM roles WHERE id = $1 AND NOT built_in",
        id
    )
}

/// What these roles allow and deny; those that don't exist are absent. `roles` is a list as
/// [`id_list`](carrel_platform::db::id_list) makes it.
pub async fn role_rules(tx: &mut Tx, roles: &str) -> sqlx::Result<Vec<RoleRule>> {
    query!(tx, fetch_all, RoleRule,
        sqlite: "SELECT id, allow, deny
                 FROM roles
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT id, allow, deny
                   FROM roles
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (value))",
        roles)
}

/// The roles that a person has by themselves.
pub async fn own_roles(tx: &mut Tx, person: UserId) -> sqlx::Result<Vec<RoleRule>> {
    query!(
        tx,
        fetch_all,
        RoleRule,
        "SELECT r.id, r.allow, r.deny
         FROM person_roles AS h
         JOIN roles AS r ON r.id = h.role_id
         WHERE h.person_id = $1",
        person
    )
}

/// Gives a person these roles, a list as [`id_list`](carrel_platform::db::id_list) makes it; those that they have and
/// those that don't exist are passed over.
pub async fn give_roles(tx: &mut Tx, person: UserId, roles: &str) -> sqlx::Result<u64> {
    query!(tx, execute,
        sqlite: "INSERT INTO person_roles (person_id, role_id)
                 SELECT $1, id
                 FROM roles
                 WHERE id IN (SELECT unhex(value) FROM json_each($2))
                 ON CONFLICT (person_id, role_id) DO NOTHING",
        postgres: "INSERT INTO person_roles (person_id, role_id)
                   SELECT $1, id
                   FROM roles
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS listed (value))
                   ON CONFLICT (person_id, role_id) DO NOTHING",
        person, roles)
}

/// Takes from a person the roles that are not in the list.
pub async fn keep_roles(tx: &mut Tx, person: UserId, roles: &str) -> sqlx::Result<u64> {
    query!(tx, execute,
        sqlite: "DELETE FROM person_roles
                 WHERE person_id = $1 AND role_id NOT IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "DELETE FROM person_roles
                   WHERE person_id = $1
                     AND role_id NOT IN (SELECT CAST(value AS uuid)
                                         FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS listed (value))",
        person, roles)
}
