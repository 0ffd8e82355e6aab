//! Roles: named sets of what they allow and what they deny.

use carrel_platform::audit::{Action, Event};
use carrel_platform::auth::{Actor, Permission, Permissions};
use carrel_platform::db::Tx;
use carrel_platform::web::FieldError;
use carrel_platform::{Timestamp, id_type};
use serde_json::json;
use uuid::Uuid;

use crate::error::Error;
use crate::rights::Affected;
use crate::store::{RoleFields, RoleRow};
use crate::{Accounts, identity, store};

id_type!(
    /// A role.
    RoleId
);

impl RoleId {
    /// May do everything; can't be changed or removed.
    pub const ADMINISTRATOR: Self = Self(Uuid::from_u128(0x7000_8000_0000_0000_0001));
    /// Works with documents, templates, prompts and models; can be changed, not removed.
    pub const STAFF: Self = Self(Uuid::from_u128(0x7000_8000_0000_0000_0002));
}

/// Roles of a workspace, built-in ones included.
const MOST: i64 = 500;

/// A role as someone wants it.
pub(crate) struct RoleInput<'a> {
    pub name: &'a str,
    pub description: &'a str,
    pub allow: &'a [String],
    pub deny: &'a [String],
}

/// A role whose fields are in order.
struct Checked {
    name: String,
    description: String,
    allow: Permissions,
    deny: Permissions,
}

impl RoleInput<'_> {
    /// Names every field that needs correcting.
    fn check(&self) -> Result<Checked, Error> {
        let name = identity::name(self.name);
        let description = identity::description(self.description);
        let allow = permissions("allow", self.allow);
        let deny = permissions("deny", self.deny).and_then(|deny| match &allow {
            Ok(allow) if allow.intersection(deny) != Permissions::NONE => Err(FieldError::new(
                "deny",
                "allowed",
                "a role can't both allow and deny the same",
            )),
            _ => Ok(deny),
        });
        match (name, description, allow, deny) {
            (Ok(name), Ok(description), Ok(allow), Ok(deny)) => Ok(Checked {
                name,
                description,
                allow,
                deny,
            }),
            (name, description, allow, deny) => Err(Error::Invalid(
                [name.err(), description.err(), allow.err(), deny.err()]
                    .into_iter()
                    .flatten()
                    .collect(),
            )),
        }
    }
}

fn permissions(field: &str, names: &[String]) -> Result<Permissions, FieldError> {
    names
        .iter()
        .map(|name| {
            Permission::parse(name).ok_or_else(|| {
                FieldError::new(field, "unknown", format!("there is no permission {name:?}"))
            })
        })
        .collect()
}

impl Accounts {
    /// The role of this name, in capitals or not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_named(&self, name: &str) -> Result<Option<RoleId>, Error> {
        Ok(store::role_by_key(&self.0.db, &name.trim().to_lowercase()).await?)
    }

    /// Every role, for those who make roles and those who give them.
    pub(crate) async fn roles(&self) -> Result<Vec<RoleRow>, Error> {
        Ok(store::roles(&self.0.db, MOST).await?)
    }

    pub(crate) async fn create_role(
        &self,
        actor: &Actor,
        input: &RoleInput<'_>,
    ) -> Result<RoleRow, Error> {
        let role = input.check()?;
        let mut change = self.change_rights(actor, Permission::RolesManage).await?;
        change.may_give(role.allow)?;
        if store::count_roles(&mut change.tx).await? >= MOST {
            let full = format!("a workspace has at most {MOST} roles; remove one first");
            return Err(Error::Invalid(vec![FieldError::new("name", "count", full)]));
        }
        let (id, key) = (RoleId::new(), role.name.to_lowercase());
        let fields = fields(&role, &key);
        if !store::insert_role(&mut change.tx, id, &fields, Timestamp::now()).await? {
            return Err(Error::RoleNameTaken);
        }
        let made = role_in(&mut change.tx, id).await?;
        let event = Event::new(Action::RoleChanged)
            .by(actor)
            .on("role", id)
            .detail(
                json!({ "change": "made", "allow": role.allow.names(), "deny": role.deny.names() }),
            );
        self.finish_change(change, Affected::Nobody, [event])
            .await?;
        Ok(made)
    }

    /// Replaces a role that has this version.
    pub(crate) async fn update_role(
        &self,
        actor: &Actor,
        id: RoleId,
        version: i64,
        input: &RoleInput<'_>,
    ) -> Result<RoleRow, Error> {
        let role = input.check()?;
        let mut change = self.change_rights(actor, Permission::RolesManage).await?;
        let before = role_in(&mut change.tx, id).await?;
        if id == RoleId::ADMINISTRATOR {
            return Err(Error::RoleBuiltIn(
                "the role administrator allows everything and can't be changed; make another role",
            ));
        }
        if before.built_in && before.name != role.name {
            return Err(Error::RoleBuiltIn("a built-in role keeps its name"));
        }
        if before.version != version {
            return Err(Error::Outdated);
        }
        let (allow, deny) = (
            Permissions::from_bits(before.allow),
            Permissions::from_bits(before.deny),
        );
        change.may_give(role.allow.without(allow).union(deny.without(role.deny)))?;
        let key = role.name.to_lowercase();
        let fields = fields(&role, &key);
        if !store::update_role(&mut change.tx, id, &fields, Timestamp::now()).await? {
            return Err(Error::RoleNameTaken);
        }
        let after = role_in(&mut change.tx, id).await?;
        let event = Event::new(Action::RoleChanged)
            .by(actor)
            .on("role", id)
            .detail(json!({
                "change": "changed",
                "allowed": role.allow.without(allow).names(),
                "noLongerAllowed": allow.without(role.allow).names(),
                "denied": role.deny.without(deny).names(),
                "noLongerDenied": deny.without(role.deny).names(),
            }));
        self.finish_change(change, Affected::Many, [event]).await?;
        Ok(after)
    }

    /// Removes a role; whoever had it has it no more.
    pub(crate) async fn delete_role(&self, actor: &Actor, id: RoleId) -> Result<(), Error> {
        let mut change = self.change_rights(actor, Permission::RolesManage).await?;
        let role = role_in(&mut change.tx, id).await?;
        if role.built_in {
            return Err(Error::RoleBuiltIn("a built-in role can't be removed"));
        }
        change.may_give(Permissions::from_bits(role.deny))?;
        store::delete_role(&mut change.tx, id).await?;
        let event = Event::new(Action::RoleChanged)
            .by(actor)
            .on("role", id)
            .detail(json!({ "change": "removed", "people": role.people }));
        self.finish_change(change, Affected::Many, [event]).await
    }
}

async fn role_in(tx: &mut Tx, id: RoleId) -> Result<RoleRow, Error> {
    store::role(tx, id).await?.ok_or(Error::RoleUnknown)
}

fn fields<'a>(role: &'a Checked, key: &'a str) -> RoleFields<'a> {
    RoleFields {
        name: &role.name,
        name_key: key,
        description: &role.description,
        allow: role.allow.bits(),
        deny: role.deny.bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(input: &RoleInput<'_>) -> Vec<String> {
        match input.check() {
            Err(Error::Invalid(errors)) => errors.into_iter().map(|e| e.field).collect(),
            _ => vec![],
        }
    }

    #[test]
    fn a_role_names_what_needs_correcting() {
        let (twice, unknown) = (vec!["models:use".to_owned()], vec!["all".to_owned()]);
        let input = RoleInput {
            name: " ",
            description: &"x".repeat(501),
            allow: &unknown,
            deny: &twice,
        };
        assert_eq!(errors(&input), ["name", "description", "allow"]);
        let input = RoleInput {
            name: "Both",
            description: "",
            allow: &twice,
            deny: &twice,
        };
        assert_eq!(errors(&input), ["deny"]);
    }
}
