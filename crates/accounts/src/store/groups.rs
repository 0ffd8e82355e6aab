//! Groups, who is in them and which roles they give.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::RoleRule;
use crate::groups::GroupId;

/// Something with a name.
#[derive(Clone, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Named {
    pub id: Uuid,
    pub name: String,
}

/// A group as stored, with its roles and the number of its members.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct GroupRow {
    pub id: GroupId,
    pub name: String,
    pub name_key: String,
    pub description: String,
    pub roles: Json<Vec<Named>>,
    pub people: i64,
    pub created_at: Timestamp,
}

/// A member of a group.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct MemberRow {
    pub id: UserId,
    pub name_sealed: String,
}

/// Something that a group does to its members' rights.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct GroupRule {
    pub group_id: GroupId,
    pub allow: i64,
    pub deny: i64,
}

/// Groups by name, after this one.
pub async fn groups(db: &Db, after: Option<&str>, limit: i64) -> sqlx::Result<Vec<GroupRow>> {
    query!(db, fetch_all, GroupRow,
        sqlite: "SELECT g.id, g.name, g.name_key, g.description, g.created_at,
                        (SELECT json_group_array(json_object('id', lower(hex(r.id)), 'name', r.name))
                         FROM group_roles AS gr
                         JOIN roles AS r ON r.id = gr.role_id
                         WHERE gr.group_id = g.id) AS roles,
                        (SELECT COUNT(*) FROM group_members AS gm WHERE gm.group_id = g.id) AS people
                 FROM groups AS g
                 WHERE (g.name_key > $1 OR $1 IS NULL)
                 ORDER BY g.name_key
                 LIMIT $2",
        postgres: "SELECT g.id, g.name, g.name_key, g.description, g.created_at,
                          (SELECT COALESCE(json_agg(json_build_object('id', r.id, 'name', r.name)), '[]')
                           FROM group_roles AS gr
                           JOIN roles AS r ON r.id = gr.role_id
                           WHERE gr.group_id = g.id) AS roles,
                          (SELECT COUNT(*) FROM group_members AS gm WHERE gm.group_id = g.id) AS people
                   FROM groups AS g
                   WHERE (g.name_key > $1 OR $1 IS NULL)
                   ORDER BY g.name_key
                   LIMIT $2",
        after, limit)
}

pub async fn group(db: &Db, id: GroupId) -> sqlx::Result<Option<GroupRow>> {
    query!(db, fetch_optional, GroupRow,
        sqlite: "SELECT g.id, g.name, g.name_key, g.description, g.created_at,
                        (SELECT json_group_array(json_object('id', lower(hex(r.id)), 'name', r.name))
                         FROM group_roles AS gr
                         JOIN roles AS r ON r.id = gr.role_id
                         WHERE gr.group_id = g.id) AS roles,
                        (SELECT COUNT(*) FROM group_members AS gm WHERE gm.group_id = g.id) AS people
                 FROM groups AS g
                 WHERE g.id = $1",
        postgres: "SELECT g.id, g.name, g.name_key, g.description, g.created_at,
                          (SELECT COALESCE(json_agg(json_build_object('id', r.id, 'name', r.name)), '[]')
                           FROM group_roles AS gr
                           JOIN roles AS r ON r.id = gr.role_id
                           WHERE gr.group_id = g.id) AS roles,
                          (SELECT COUNT(*) FROM group_members AS gm WHERE gm.group_id = g.id) AS people
                   FROM groups AS g
                   WHERE g.id = $1",
        id)
}

/// The members of a group, in the order in which their accounts were made.
pub async fn members(db: &Db, group: GroupId, limit: i64) -> sqlx::Result<Vec<MemberRow>> {
    query!(
        db,
        fetch_all,
        MemberRow,
        "SELECT p.id, p.name_sealed
         FROM group_members AS gm
         JOIN people AS p ON p.id = gm.person_id
         WHERE gm.group_id = $1
         ORDER BY p.id
         LIMIT $2",
        group,
        limit
    )
}

pub async fn member_ids(tx: &mut Tx, group: GroupId) -> sqlx::Result<Vec<UserId>> {
    scalar!(
        tx,
        fetch_all,
        UserId,
        "SELECT person_id FROM group_members WHERE group_id = $1",
        group
    )
}

pub async fn group_exists(tx: &mut Tx, id: GroupId) -> sqlx::Result<bool> {
    scalar!(
        tx,
        fetch_one,
        bool,
        "SELECT EXISTS (SELECT 1 FROM groups WHERE id = $1)",
        id
    )
}

/// The roles that a group gives.
pub async fn roles_of_group(tx: &mut Tx, group: GroupId) -> sqlx::Result<Vec<RoleRule>> {
    query!(
        tx,
        fetch_all,
        RoleRule,
        "SELECT r.id, r.allow, r.deny
         FROM group_roles AS gr
         JOIN roles AS r ON r.id = gr.role_id
         WHERE gr.group_id = $1",
        group
    )
}

/// Adds a group; `false` when the name is taken.
pub async fn insert_group(
    tx: &mut Tx,
    id: GroupId,
    (name, key, description): (&str, &str, &str),
    now: Timestamp,
) -> sqlx::Result<bool> {
    let inserted = query!(
        tx,
        execute,
        "INSERT INTO groups (id, name, name_key, description, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5)
         ON CONFLICT (name_key) DO NOTHING",
        id,
        name,
        key,
        description,
        now
    )?;
    Ok(inserted == 1)
}

/// Changes a group; `false` when the name belongs to another one.
pub async fn update_group(
    tx: &mut Tx,
    id: GroupId,
    (name, key, description): (&str, &str, &str),
    now: Timestamp,
) -> sqlx::Result<bool> {
    let updated = query!(
        tx,
        execute,
        "UPDATE groups
         SET name = $2, name_key = $3, description = $4, updated_at = $5
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM groups AS other WHERE other.name_key = $3 AND other.id <> $1)",
        id,
        name,
        key,
        description,
        now
    )?;
    Ok(updated == 1)
}

pub async fn delete_group(tx: &mut Tx, id: GroupId) -> sqlx::Result<u64> {
    query!(tx, execute, "DELETE FROM groups WHERE id = $1", id)
}

/// Has a group give these roles and no others; those that don't exist are passed over.
pub async fn replace_group_roles(tx: &mut Tx, group: GroupId, roles: &str) -> sqlx::Result<()> {
    query!(
        tx,
        execute,
        "DELETE FROM group_roles WHERE group_id = $1",
        group
    )?;
    query!(tx, execute,
        sqlite: "INSERT INTO group_roles (group_id, role_id)
                 SELECT $1, id
                 FROM roles
                 WHERE id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "INSERT INTO group_roles (group_id, role_id)
                   SELECT $1, id
                   FROM roles
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS listed (value))",
        group, roles)?;
    Ok(())
}

/// Has a group consist of these people and no others, and gives how many of them there are.
pub async fn replace_members(tx: &mut Tx, group: GroupId, people: &str) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM group_members WHERE group_id = $1",
        group
    )?;
    query!(tx, execute,
        sqlite: "INSERT INTO group_members (group_id, person_id)
                 SELECT $1, id
                 FROM people
                 WHERE id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "INSERT INTO group_members (group_id, person_id)
                   SELECT $1, id
                   FROM people
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS listed (value))",
        group, people)
}

/// The groups that a person is in.
pub async fn groups_of(tx: &mut Tx, person: UserId) -> sqlx::Result<Vec<GroupId>> {
    scalar!(
        tx,
        fetch_all,
        GroupId,
        "SELECT group_id FROM group_members WHERE person_id = $1",
        person
    )
}

/// What these groups' roles allow and deny.
pub async fn group_rules(tx: &mut Tx, groups: &str) -> sqlx::Result<Vec<GroupRule>> {
    query!(tx, fetch_all, GroupRule,
        sqlite: "SELECT gr.group_id, r.allow, r.deny
                 FROM group_roles AS gr
                 JOIN roles AS r ON r.id = gr.role_id
                 WHERE gr.group_id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT gr.group_id, r.allow, r.deny
                   FROM group_roles AS gr
                   JOIN roles AS r ON r.id = gr.role_id
                   WHERE gr.group_id IN (SELECT CAST(value AS uuid)
                                         FROM jsonb_array_elements_text(CAST($1 AS jsonb)) AS listed (value))",
        groups)
}

/// Has a person be in these groups and no others, and gives how many of them there are.
pub async fn replace_groups_of(tx: &mut Tx, person: UserId, groups: &str) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "DELETE FROM group_members WHERE person_id = $1",
        person
    )?;
    query!(tx, execute,
        sqlite: "INSERT INTO group_members (group_id, person_id)
                 SELECT id, $1
                 FROM groups
                 WHERE id IN (SELECT unhex(value) FROM json_each($2))",
        postgres: "INSERT INTO group_members (group_id, person_id)
                   SELECT id, $1
                   FROM groups
                   WHERE id IN (SELECT CAST(value AS uuid)
                                FROM jsonb_array_elements_text(CAST($2 AS jsonb)) AS listed (value))",
        person, groups)
}
