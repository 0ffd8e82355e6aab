//! Who has which roles, and what they come to.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{query, scalar};

use crate::rights::Rules;

/// A role that a person has.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct HeldRole {
    pub name: String,
    pub allow: i64,
    pub deny: i64,
}

/// The roles of a person, own ones and those of groups, built-in ones first.
pub async fn held_roles(db: &Db, person: UserId) -> sqlx::Result<Vec<HeldRole>> {
    query!(
        db,
        fetch_all,
        HeldRole,
        "SELECT r.name, r.allow, r.deny
         FROM roles AS r
         WHERE r.id IN (SELECT h.role_id
                        FROM person_roles AS h
                        WHERE h.person_id = $1
                        UNION ALL
                        SELECT gr.role_id
                        FROM group_members AS gm
                        JOIN group_roles AS gr ON gr.group_id = gm.group_id
                        WHERE gm.person_id = $1)
         ORDER BY r.id",
        person
    )
}

/// The rules of a person, unless they are switched off or gone.
pub async fn rules_of(tx: &mut Tx, person: UserId) -> sqlx::Result<Option<Rules>> {
    scalar!(
        tx,
        fetch_optional,
        Rules,
        "SELECT r.rules
         FROM people AS p
         JOIN person_rules AS r ON r.person_id = p.id
         WHERE p.id = $1 AND p.disabled_at IS NULL",
        person
    )
}

/// The rules of everyone who can sign in and has a role that allows one of these permissions (bits).
pub async fn rules_with(tx: &mut Tx, bits: i64) -> sqlx::Result<Vec<Rules>> {
    scalar!(
        tx,
        fetch_all,
        Rules,
        "SELECT r.rules
         FROM people AS p
         JOIN person_rules AS r ON r.person_id = p.id
         WHERE p.disabled_at IS NULL
           AND p.id IN (SELECT h.person_id
                        FROM person_roles AS h
                        JOIN roles AS held ON held.id = h.role_id
                        WHERE (held.allow & $1) <> 0
                        UNION ALL
                        SELECT gm.person_id
                        FROM group_members AS gm
                        JOIN group_roles AS gr ON gr.group_id = gm.group_id
                        JOIN roles AS held ON held.id = gr.role_id
                        WHERE (held.allow & $1) <> 0)",
        bits
    )
}

/// Makes changes of rights wait for each other until the transaction ends, so that each sees what the one before did.
pub async fn lock_rights(tx: &mut Tx) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "UPDATE roles SET updated_at = updated_at WHERE name_key = 'administrator'"
    )
}
