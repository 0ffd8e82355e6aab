//! Who is asking and what they may do. Wings see an [`Actor`]; how it was authenticated is the business of
//! `accounts`, whose middleware puts the actor into the request.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use futures::future::BoxFuture;

use crate::id_type;
use crate::web::{Code, Problem};

id_type!(
    /// A person.
    UserId
);
id_type!(
    /// A sign-in of a person in one browser or program.
    SessionId
);

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// Something a role may allow. What no role of a person allows is denied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $($(#[$doc])* $name),* }

        impl Permission {
            /// Every permission, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name used in the API and in roles.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

permissions! {
    /// Work with one's own documents.
    DocumentsUse = "documents:use",
    /// Use templates and keep own ones.
    TemplatesUse = "templates:use",
    /// Make and change templates for everyone.
    TemplatesManageGlobal = "templates:manage-global",
    /// Use saved prompts and keep own ones.
    PromptsUse = "prompts:use",
    /// Have models called.
    ModelsUse = "models:use",
    /// Configure model providers.
    ProvidersManage = "providers:manage",
    /// Change the settings of the workspace.
    SettingsManage = "settings:manage",
    /// Administer people.
    PeopleManage = "people:manage",
}

/// A role of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// May do everything.
    Administrator,
    /// Works with documents, templates, prompts and models.
    Staff,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 2] = [Self::Administrator, Self::Staff];

    /// The name used in the API and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Staff => "staff",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// Whether the role allows something.
    pub fn allows(self, permission: Permission) -> bool {
        match self {
            Self::Administrator => true,
            Self::Staff => matches!(
                permission,
                Permission::DocumentsUse
                    | Permission::TemplatesUse
                    | Permission::PromptsUse
                    | Permission::ModelsUse
            ),
        }
    }
}

/// An authenticated person, by the session they came with.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// The session.
    pub session: SessionId,
    /// Their roles.
    pub roles: Vec<Role>,
}

impl Actor {
    /// Whether one of the roles allows it.
    pub fn may(&self, permission: Permission) -> bool {
        self.roles.iter().any(|role| role.allows(permission))
    }

    /// # Errors
    /// `forbidden` when no role allows it.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            format!(
                "your roles don't include {}; ask an administrator for it",
                permission.as_str()
            ),
        ))
    }
}

/// Who people are, for wings that show an author without depending on `accounts`.
pub trait People: Send + Sync {
    /// The names of these people. An id that belongs to nobody is absent from the answer.
    fn names<'a>(
        &'a self,
        ids: &'a [UserId],
    ) -> BoxFuture<'a, Result<HashMap<UserId, String>, Problem>>;
}

impl<S: Sync> FromRequestParts<S> for Actor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(|| {
            Problem::new(
                Code::Unauthenticated,
                "sign in, or send a valid access token",
            )
        })
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Actor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(parts.extensions.get().cloned())
    }
}
