//! Groups: people who are given roles together.

use std::collections::BTreeSet;
use std::fmt::Display;

use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, Permission, Permissions, UserId};
use carrel_platform::db::{Tx, id_list};
use carrel_platform::web::FieldError;
use carrel_platform::{Timestamp, id_type};
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::Error;
use crate::rights::{Affected, RightsChange};
use crate::roles::RoleId;
use crate::store::{GroupRow, RoleRule};
use crate::{Accounts, identity, store};

id_type!(
    /// A group of people.
    GroupId
);

/// Members of one group.
const MOST_MEMBERS: usize = 10_000;
/// Ids that one record of the audit trail lists.
const LISTED: usize = 20;

/// A group as someone wants it.
pub(crate) struct GroupInput<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub roles: &'a [RoleId],
    pub members: &'a [UserId],
}

/// A group whose fields are in order.
struct Checked {
    name: String,
    key: String,
    description: String,
    roles: BTreeSet<RoleId>,
    members: BTreeSet<UserId>,
}

impl GroupInput<'_> {
    /// Names every field that needs correcting.
    fn check(&self) -> Result<Checked, Error> {
        let name = identity::name(self.name);
        let description = identity::description(self.description);
        let too_many = (self.members.len() > MOST_MEMBERS).then(|| {
            let detail = format!("a group has at most {MOST_MEMBERS} members");
            FieldError::new("memberIds", "count", detail)
        });
        match (name, description, too_many) {
            (Ok(name), Ok(description), None) => Ok(Checked {
                key: name.to_lowercase(),
                name,
                description,
                roles: self.roles.iter().copied().collect(),
                members: self.members.iter().copied().collect(),
            }),
            (name, description, too_many) => Err(Error::Invalid(
                [name.err(), description.err(), too_many]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

impl Checked {
    fn fields(&self) -> (&str, &str, &str) {
        (&self.name, &self.key, &self.description)
    }
}

/// A member of a group.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct Member {
    pub id: UserId,
    /// Name.
    pub name: String,
}

/// Of ids before and after a change: which were added and which were removed.
pub(crate) struct Difference<T> {
    pub added: Vec<T>,
    pub removed: Vec<T>,
}

impl<T: Ord + Copy> Difference<T> {
    pub fn between(before: &BTreeSet<T>, after: &BTreeSet<T>) -> Self {
        Self {
            added: after.difference(before).copied().collect(),
            removed: before.difference(after).copied().collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// What someone gains who is given roles with these rules, and loses roles with those: what the new ones allow, and
/// what the old ones denied.
pub(crate) fn gained(
    given: impl IntoIterator<Item = i64>,
    denied: impl IntoIterator<Item = i64>,
) -> Permissions {
    given
        .into_iter()
        .chain(denied)
        .fold(Permissions::NONE, |all, bits| {
            all.union(Permissions::from_bits(bits))
        })
}

/// The roles that are wanted, of which each must exist.
pub(crate) async fn wanted_roles(
    tx: &mut Tx,
    wanted: &BTreeSet<RoleId>,
) -> Result<Vec<RoleRule>, Error> {
    let found = store::role_rules(tx, &id_list(wanted.iter().map(|id| id.0))).await?;
    if found.len() == wanted.len() {
        return Ok(found);
    }
    Err(unknown("roleIds", "one of the roles doesn't exist"))
}

pub(crate) fn unknown(field: &str, detail: &str) -> Error {
    Error::Invalid(vec![FieldError::new(field, "unknown", detail)])
}

impl Accounts {
    /// Groups by name, after this one.
    pub(crate) async fn groups(
        &self,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<GroupRow>, Error> {
        Ok(store::groups(&self.0.db, after, limit).await?)
    }

    /// A group and its members.
    pub(crate) async fn group(&self, id: GroupId) -> Result<(GroupRow, Vec<Member>), Error> {
        let db = &self.0.db;
        let row = store::group(db, id).await?.ok_or(Error::GroupUnknown)?;
        let most = i64::try_from(MOST_MEMBERS).unwrap_or(i64::MAX);
        let members = store::members(db, id, most)
            .await?
            .into_iter()
            .map(|member| {
                let name = self.open_name(member.id, &member.name_sealed)?;
                Ok(Member {
                    id: member.id,
                    name,
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok((row, members))
    }

    pub(crate) async fn create_group(
        &self,
        actor: &Actor,
        input: &GroupInput<'_>,
    ) -> Result<GroupId, Error> {
        let group = input.check()?;
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        let id = GroupId::new();
        let fields = group.fields();
        if !store::insert_group(&mut change.tx, id, fields, Timestamp::now()).await? {
            return Err(Error::GroupNameTaken);
        }
        self.compose(actor, change, id, &group, "made").await?;
        Ok(id)
    }

    /// Replaces a group: its name, its roles and its members.
    pub(crate) async fn update_group(
        &self,
        actor: &Actor,
        id: GroupId,
        input: &GroupInput<'_>,
    ) -> Result<(), Error> {
        let group = input.check()?;
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        if !store::group_exists(&mut change.tx, id).await? {
            return Err(Error::GroupUnknown);
        }
        let fields = group.fields();
        if !store::update_group(&mut change.tx, id, fields, Timestamp::now()).await? {
            return Err(Error::GroupNameTaken);
        }
        self.compose(actor, change, id, &group, "changed").await
    }

    /// Gives a group its roles and members, and commits.
    async fn compose(
        &self,
        actor: &Actor,
        mut change: RightsChange,
        id: GroupId,
        group: &Checked,
        what: &str,
    ) -> Result<(), Error> {
        let tx = &mut change.tx;
        let old = store::roles_of_group(tx, id).await?;
        let new = wanted_roles(tx, &group.roles).await?;
        let before = store::member_ids(tx, id).await?.into_iter().collect();
        let members = Difference::between(&before, &group.members);
        let roles = Difference::between(&old.iter().map(|role| role.id).collect(), &group.roles);
        // Who joins gains all that the roles allow, who leaves all that they denied; who stays, by what changes.
        let given = new
            .iter()
            .filter(|role| !members.added.is_empty() || roles.added.contains(&role.id))
            .map(|role| role.allow);
        let denied = old
            .iter()
            .filter(|role| !members.removed.is_empty() || roles.removed.contains(&role.id))
            .map(|role| role.deny);
        change.may_give(gained(given, denied))?;
        let tx = &mut change.tx;
        store::replace_group_roles(tx, id, &id_list(group.roles.iter().map(|id| id.0))).await?;
        let people = id_list(group.members.iter().map(|id| id.0));
        let found = store::replace_members(tx, id, &people).await?;
        if found != group.members.len() as u64 {
            return Err(unknown("memberIds", "one of the members doesn't exist"));
        }
        let listed = |what: &str, people: &[UserId]| -> Vec<Value> {
            let parts = people.chunks(LISTED);
            parts
                .map(|people| json!({ "change": what, "people": ids(people) }))
                .collect()
        };
        let mut details = vec![json!({
            "change": what,
            "rolesAdded": ids(&roles.added),
            "rolesRemoved": ids(&roles.removed),
            "membersAdded": members.added.len(),
            "membersRemoved": members.removed.len(),
        })];
        details.extend(listed("membersAdded", &members.added));
        details.extend(listed("membersRemoved", &members.removed));
        let event = |detail: &Value| {
            let event = Event::new(Action::GroupChanged).by(actor);
            event.on("group", id).detail(detail)
        };
        let events: Vec<_> = details.iter().map(event).collect();
        self.finish_change(change, Affected::Many, events).await
    }

    /// Removes a group; its members go on without its roles.
    pub(crate) async fn delete_group(&self, actor: &Actor, id: GroupId) -> Result<(), Error> {
        let mut change = self.change_rights(actor, Permission::PeopleManage).await?;
        let roles = store::roles_of_group(&mut change.tx, id).await?;
        let members = store::member_ids(&mut change.tx, id).await?;
        if !members.is_empty() {
            change.may_give(gained([], roles.iter().map(|role| role.deny)))?;
        }
        if store::delete_group(&mut change.tx, id).await? == 0 {
            return Err(Error::GroupUnknown);
        }
        let event = Event::new(Action::GroupChanged)
            .by(actor)
            .on("group", id)
            .detail(json!({ "change": "removed", "people": members.len() }));
        self.finish_change(change, Affected::Many, [event]).await
    }
}

/// Ids as the audit trail lists them.
pub(crate) fn ids<T: Display>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
