//! What a person may do: what any of their roles allows, less what any of them denies. And how that is changed: one
//! change after the other, by nobody beyond their own rights, and never so that nobody is left to govern.

use carrel_platform::audit::Event;
use carrel_platform::auth::{Actor, Permission, Permissions, UserId};
use carrel_platform::db::Tx;
use serde::Deserialize;
use sqlx::types::Json;

use crate::error::Error;
use crate::{Accounts, Inner, store};

/// What one role allows and denies, as stored bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Rule(pub i64, pub i64);

/// The rules of every role of a person, own ones and those of groups, as `person_rules` gives them.
pub(crate) type Rules = Json<Vec<Rule>>;

/// Both of these together, in one person who can sign in, are what keeps a workspace governable.
pub(crate) const GOVERNING: [Permission; 2] = [Permission::PeopleManage, Permission::RolesManage];

/// What these rules come to: nothing without a role, and what one of them denies is denied.
pub(crate) fn effective(rules: &[Rule]) -> Permissions {
    let (allowed, denied) = rules.iter().fold(
        (Permissions::NONE, Permissions::NONE),
        |(allowed, denied), Rule(allow, deny)| {
            (
                allowed.union(Permissions::from_bits(*allow)),
                denied.union(Permissions::from_bits(*deny)),
            )
        },
    );
    allowed.without(denied)
}

/// Whether someone with these rights can govern the workspace.
pub(crate) fn governs(rights: Permissions) -> bool {
    GOVERNING
        .iter()
        .all(|permission| rights.contains(*permission))
}

/// Whether there is someone who can sign in and govern the workspace.
pub(crate) async fn is_governed(tx: &mut Tx) -> Result<bool, Error> {
    let bits = Permissions::from_iter(GOVERNING).bits();
    let candidates = store::rules_with(tx, bits).await?;
    Ok(candidates.iter().any(|rules| governs(effective(rules))))
}

/// A change of rights under way. Another one, on whichever node, waits until it is over and then sees what it did.
pub(crate) struct RightsChange {
    pub tx: Tx,
    /// What the one who makes the change may do now, by roles and credential.
    own: Permissions,
}

impl RightsChange {
    /// # Errors
    /// `RightsExceeded` when the one who makes the change doesn't have all of these.
    pub fn may_give(&self, given: Permissions) -> Result<(), Error> {
        let beyond = given.without(self.own);
        if beyond == Permissions::NONE {
            return Ok(());
        }
        Err(Error::RightsExceeded(beyond.names().join(", ")))
    }

    /// # Errors
    /// `LastAdministrator` when nobody who can sign in would be left to govern.
    pub async fn stays_governed(&mut self) -> Result<(), Error> {
        if is_governed(&mut self.tx).await? {
            Ok(())
        } else {
            Err(Error::LastAdministrator)
        }
    }
}

/// Whose sessions and keys a change is about.
#[derive(Clone, Copy)]
pub(crate) enum Affected {
    /// Nobody's yet.
    Nobody,
    /// One person's.
    Person(UserId),
    /// Those of many.
    Many,
}

impl Affected {
    fn includes(self, user: UserId) -> bool {
        match self {
            Self::Nobody => false,
            Self::Person(person) => user == person,
            Self::Many => true,
        }
    }
}

impl Accounts {
    /// Begins a change of rights by someone who `needs` this permission, now that it is their turn.
    pub(crate) async fn change_rights(
        &self,
        actor: &Actor,
        needs: Permission,
    ) -> Result<RightsChange, Error> {
        let mut tx = self.0.db.begin().await?;
        store::lock_rights(&mut tx).await?;
        let rules = store::rules_of(&mut tx, actor.user).await?;
        let rules = rules.ok_or(Error::PersonGone)?;
        let own = effective(&rules).intersection(actor.permissions);
        if !own.contains(needs) {
            return Err(Error::RightsLost);
        }
        Ok(RightsChange { tx, own })
    }

    /// Commits a change of rights, recorded as these events.
    pub(crate) async fn finish_change(
        &self,
        mut change: RightsChange,
        affected: Affected,
        events: impl IntoIterator<Item = Event<'_>>,
    ) -> Result<(), Error> {
        change.stays_governed().await?;
        for event in events {
            self.0.audit.record(&mut change.tx, event).await?;
        }
        let accounts = self.clone();
        change.tx.on_commit(move || {
            let Inner { sessions, keys, .. } = &*accounts.0;
            sessions.forget(|cached| affected.includes(cached.user_id));
            keys.forget(|cached| affected.includes(cached.user_id));
        });
        Ok(change.tx.commit().await?)
    }

    /// Whether there is someone who can sign in and govern the workspace.
    pub(crate) async fn is_governed(&self) -> Result<bool, Error> {
        let mut tx = self.0.db.begin().await?;
        let governed = is_governed(&mut tx).await?;
        tx.rollback().await?;
        Ok(governed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(permissions: &[Permission]) -> i64 {
        permissions.iter().copied().collect::<Permissions>().bits()
    }

    #[test]
    fn nobody_may_do_anything_without_a_role() {
        assert_eq!(effective(&[]), Permissions::NONE);
    }

    #[test]
    fn roles_add_up_and_a_denial_wins_over_any_number_of_allowances() {
        use Permission::{AuditRead, DocumentsUse, ModelsUse};
        let rules = [
            Rule(bits(&[DocumentsUse, ModelsUse]), 0),
            Rule(0, bits(&[ModelsUse])),
            Rule(bits(&[ModelsUse, AuditRead]), 0),
        ];
        let rights: Permissions = [DocumentsUse, AuditRead].into_iter().collect();
        assert_eq!(effective(&rules), rights);
        let administrator = Rule(-1, 0);
        let denied = Rule(0, bits(&[Permission::RolesManage]));
        assert_eq!(effective(&[administrator]), Permissions::ALL);
        assert!(governs(effective(&[administrator])));
        assert!(!governs(effective(&[administrator, denied])));
    }
}
