//! The administration of people: finding them, making and changing their accounts, giving them roles and groups.

use std::collections::BTreeSet;

use carrel_platform::Timestamp;
use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, Permission, Permissions, UserId};
use carrel_platform::db::id_list;
use serde_json::{Value, json};

use crate::email::PasswordLink;
use crate::error::Error;
use crate::groups::{Difference, GroupId, gained, ids, unknown, wanted_roles};
use crate::rights::{Affected, RightsChange, effective};
use crate::roles::RoleId;
use crate::sign_in::NewAccount;
use crate::store::{EntryRow, Named};
use crate::{Accounts, identity, store};

/// People whose names and addresses are opened at once while searching.
const BATCH: i64 = 500;
/// People that one search looks at; it goes on from there with the next page.
const SEARCHED: usize = 5_000;

carrel_platform::text_enum! {
    /// Whether a person can sign in.
    pub(crate) enum Status {
        /// They can.
        Active = "active",
        /// They have not shown that they read mail at their address. They can sign in where that isn't asked for.
        Unverified = "unverified",
        /// An administrator has switched them off.
        Disabled = "disabled",
    }
}

/// A person as administrators see them.
pub(crate) struct Entry {
    pub id: UserId,
    pub email: String,
    pub name: String,
    /// Roles of their own.
    pub roles: Vec<Named>,
    pub groups: Vec<Named>,
    /// What all their roles come to, those of groups included.
    pub permissions: Permissions,
    pub status: Status,
    pub created_at: Timestamp,
    pub last_seen_at: Option<Timestamp>,
}

/// Whom to list.
pub(crate) struct Search<'a> {
    /// A part of the name or the e-mail address.
    pub text: Option<&'a str>,
    pub status: Option<Status>,
    /// Only accounts made before this one.
    pub before: Option<UserId>,
    pub limit: usize,
}

/// People found, and after whom to go on.
pub(crate) struct Found {
    pub entries: Vec<Entry>,
    pub next: Option<UserId>,
}

/// What changes of a person.
#[derive(Default)]
pub(crate) struct PersonChange<'a> {
    pub name: Option<&'a str>,
    pub roles: Option<&'a [RoleId]>,
    pub groups: Option<&'a [GroupId]>,
    pub disabled: Option<bool>,
}

impl Accounts {
    /// People, newest first.
    pub(crate) async fn people(&self, search: &Search<'_>) -> Result<Found, Error> {
        let (ids, next) = self.find(search).await?;
        let list = id_list(ids.iter().map(|id| id.0));
        let rows = store::entries(&self.0.db, &list).await?;
        let entries = rows
            .iter()
            .map(|row| self.entry(row))
            .collect::<Result<_, _>>()?;
        Ok(Found { entries, next })
    }

    /// The ids of a page of people. Names and addresses are sealed, so they are opened here to be compared: a batch at
    /// a time, and so many at most.
    async fn find(&self, search: &Search<'_>) -> Result<(Vec<UserId>, Option<UserId>), Error> {
        let wanted = search.text.map(str::trim).filter(|text| !text.is_empty());
        let wanted = wanted.map(identity::normal_email);
        let disabled = search.status.map(|status| status == Status::Disabled);
        let verified = match search.status {
            Some(Status::Active) => Some(true),
            Some(Status::Unverified) => Some(false),
            Some(Status::Disabled) | None => None,
        };
        if let (Some(email), None) = (&wanted, search.before)
            && identity::email(email).is_ok()
            && let Some(row) = store::person_by_email(&self.0.db, &self.email_index(email)).await?
        {
            let fits = disabled.is_none_or(|disabled| disabled == row.disabled_at.is_some())
                && verified.is_none_or(|verified| verified == row.email_verified_at.is_some());
            return Ok((fits.then_some(row.id).into_iter().collect(), None));
        }
        let (mut found, mut before, mut looked_at) = (Vec::new(), search.before, 0);
        loop {
            let batch = store::people_before(&self.0.db, before, disabled, verified, BATCH).await?;
            let last_batch = batch.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            for row in batch {
                let fits = match &wanted {
                    None => true,
                    Some(text) => {
                        let id = row.id;
                        let name = self.open_name(id, &row.name_sealed)?.to_lowercase();
                        name.contains(text.as_str())
                            || self
                                .open_email(id, &row.email_sealed)?
                                .contains(text.as_str())
                    }
                };
                if fits && found.len() == search.limit {
                    return Ok((found, before));
                }
                if fits {
                    found.push(row.id);
                }
                before = Some(row.id);
                looked_at += 1;
            }
            if last_batch {
                return Ok((found, None));
            }
            if looked_at >= SEARCHED {
                return Ok((found, before));
            }
        }
    }

    /// One person.
    pub(crate) async fn entry_of(&self, id: UserId) -> Result<Entry, Error> {
        let rows = store::entries(&self.0.db, &id_list([id.0])).await?;
        self.entry(rows.first().ok_or(Error::PersonUnknown)?)
    }

    fn entry(&self, row: &EntryRow) -> Result<Entry, Error> {
        Ok(Entry {
            id: row.id,
            email: self.open_email(row.id, &row.email_sealed)?,
            name: self.open_name(row.id, &row.name_sealed)?,
            roles: row.own_roles.0.clone(),
            groups: row.member_of.0.clone(),
            permissions: effective(&row.rules),
            status: match (row.disabled_at, row.email_verified_at) {
                (Some(_), _) => Status::Disabled,
                (None, None) => Status::Unverified,
                (None, Some(_)) => Status::Active,
            },
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
        })
    }

    /// Makes an account. With the password `by_mail` the one given is of no use: the person gets a link to set theirs.
    pub(crate) async fn create_person(
        &self,
        actor: &Actor,
        account: &NewAccount<'_>,
        by_mail: bool,
    ) -> Result<UserId, Error> {
        let mut row = self.sealed(&account.check()?).await?;
        if by_mail {
            row.email_verified_at = None;
        }
        let roles = account.roles;
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        let wanted = wanted_roles(&mut change.tx, &roles.iter().copied().collect()).await?;
        change.may_give(gained(wanted.iter().map(|role| role.allow), []))?;
        self.insert(&mut change.tx, &row, roles).await?;
        if by_mail {
            self.send_password_link(&mut change.tx, &row, PasswordLink::Welcome)
                .await?;
        }
        let event = Event::new(Action::AccountCreated)
            .by(actor)
            .on("person", row.id)
            .detail(json!({ "roles": ids(roles) }));
        self.finish_change(change, Affected::Nobody, [event])
            .await?;
        tracing::info!(user.id = %row.id, "an account was made by an administrator");
        Ok(row.id)
    }

    /// Changes what is given of a person. Who is switched off is signed out everywhere.
    pub(crate) async fn change_person(
        &self,
        actor: &Actor,
        id: UserId,
        wanted: &PersonChange<'_>,
    ) -> Result<(), Error> {
        let name = wanted.name.map(identity::name).transpose();
        let name = name.map_err(|wrong| Error::Invalid(vec![wrong]))?;
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        let now = Timestamp::now();
        let mut events = Vec::new();
        let event =
            |action, detail: Value| Event::new(action).by(actor).on("person", id).detail(detail);
        if store::rules_of_anyone(&mut change.tx, id).await?.is_none() {
            return Err(Error::PersonUnknown);
        }
        if let Some(name) = name {
            store::rename_person(&mut change.tx, id, &self.seal_name(id, &name), now).await?;
            events.push(event(Action::AccountChanged, json!({ "changed": "name" })));
        }
        if let Some(roles) = wanted.roles
            && let Some(detail) = give_roles(&mut change, id, roles).await?
        {
            events.push(event(Action::RightsChanged, detail));
        }
        if let Some(groups) = wanted.groups
            && let Some(detail) = put_into_groups(&mut change, id, groups).await?
        {
            events.push(event(Action::RightsChanged, detail));
        }
        if let Some(disabled) = wanted.disabled
            && store::set_disabled(&mut change.tx, id, disabled.then_some(now), now).await?
        {
            if disabled {
                store::end_other_sessions(&mut change.tx, id, None, now).await?;
            } else {
                // Who may sign in again is given whatever their roles come to.
                let rules = store::rules_of_anyone(&mut change.tx, id).await?;
                change.may_give(rules.map_or(Permissions::NONE, |rules| effective(&rules)))?;
            }
            events.push(event(
                Action::AccountChanged,
                json!({ "disabled": disabled }),
            ));
        }
        self.finish_change(change, Affected::Person(id), events)
            .await
    }

    /// Sends a person a link to set a new password.
    pub(crate) async fn ask_for_password(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let row = store::person(&self.0.db, id).await?;
        let row = row.ok_or(Error::PersonUnknown)?;
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        self.send_password_link(&mut change.tx, &row, PasswordLink::Administrator)
            .await?;
        let event = Event::new(Action::AccountChanged)
            .by(actor)
            .on("person", id)
            .detail(json!({ "passwordLink": true }));
        self.finish_change(change, Affected::Nobody, [event]).await
    }

    /// Ends every session of a person.
    pub(crate) async fn sign_person_out(&self, actor: &Actor, id: UserId) -> Result<(), Error> {
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        if store::rules_of_anyone(&mut change.tx, id).await?.is_none() {
            return Err(Error::PersonUnknown);
        }
        let ended = store::end_other_sessions(&mut change.tx, id, None, Timestamp::now()).await?;
        let event = Event::new(Action::SignedOut)
            .by(actor)
            .on("person", id)
            .detail(json!({ "sessions": ended }));
        self.finish_change(change, Affected::Person(id), [event])
            .await
    }
}

/// Gives a person these roles and takes all others; what changed, for the audit trail.
async fn give_roles(
    change: &mut RightsChange,
    person: UserId,
    wanted: &[RoleId],
) -> Result<Option<Value>, Error> {
    let wanted: BTreeSet<_> = wanted.iter().copied().collect();
    let new = wanted_roles(&mut change.tx, &wanted).await?;
    let old = store::own_roles(&mut change.tx, person).await?;
    let roles = Difference::between(&old.iter().map(|role| role.id).collect(), &wanted);
    if roles.is_empty() {
        return Ok(None);
    }
    let given = new.iter().filter(|role| roles.added.contains(&role.id));
    let taken = old.iter().filter(|role| roles.removed.contains(&role.id));
    change.may_give(gained(
        given.map(|role| role.allow),
        taken.map(|role| role.deny),
    ))?;
    let list = id_list(wanted.iter().map(|id| id.0));
    store::keep_roles(&mut change.tx, person, &list).await?;
    store::give_roles(&mut change.tx, person, &list).await?;
    Ok(Some(json!({
        "rolesAdded": ids(&roles.added),
        "rolesRemoved": ids(&roles.removed),
    })))
}

/// Puts a person into these groups and takes them out of all others; what changed, for the audit trail.
async fn put_into_groups(
    change: &mut RightsChange,
    person: UserId,
    wanted: &[GroupId],
) -> Result<Option<Value>, Error> {
    let wanted: BTreeSet<_> = wanted.iter().copied().collect();
    let before = store::groups_of(&mut change.tx, person).await?;
    let groups = Difference::between(&before.into_iter().collect(), &wanted);
    if groups.is_empty() {
        return Ok(None);
    }
    let changed = groups.added.iter().chain(&groups.removed);
    let list = id_list(changed.map(|id| id.0));
    let rules = store::group_rules(&mut change.tx, &list).await?;
    let joined = rules
        .iter()
        .filter(|rule| groups.added.contains(&rule.group_id));
    let left = rules
        .iter()
        .filter(|rule| groups.removed.contains(&rule.group_id));
    change.may_give(gained(
        joined.map(|rule| rule.allow),
        left.map(|rule| rule.deny),
    ))?;
    let list = id_list(wanted.iter().map(|id| id.0));
    let found = store::replace_groups_of(&mut change.tx, person, &list).await?;
    if found != wanted.len() as u64 {
        return Err(unknown("groupIds", "one of the groups doesn't exist"));
    }
    Ok(Some(json!({
        "groupsAdded": ids(&groups.added),
        "groupsRemoved": ids(&groups.removed),
    })))
}
