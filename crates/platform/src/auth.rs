//! Who is asking and what they may do. Wings see an [`Actor`]; how it was authenticated is the business of
//! `accounts`, whose middleware puts the actor into the request.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use futures::future::BoxFuture;

use crate::id_type;
use crate::web::{Code, FieldError, Problem};

id_type!(
    /// A person.
    UserId
);
id_type!(
    /// An API key.
    ApiKeyId
);
id_type!(
    /// A sign-in of a person in one browser or program.
    SessionId
);

macro_rules! permissions {
    ($($name:ident = $text:literal, $meaning:literal;)*) => {
        /// Something a role may allow. What no role of a person allows is denied.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission { $(#[doc = $meaning] $name),* }

        impl Permission {
            /// Every permission, in the order they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name used in the API and in roles.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }

            /// The permission of that name.
            pub fn parse(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }

            /// What it allows, in words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),* }
            }
        }
    };
}

// The order is stored (as bits): new ones go to the end.
permissions! {
    DocumentsUse = "documents:use", "Work with one's own documents and those shared with one.";
    TemplatesUse = "templates:use", "Use templates and keep own ones.";
    TemplatesManageGlobal = "templates:manage-global", "Make and change templates for everyone.";
    PromptsUse = "prompts:use", "Use saved prompts and keep own ones.";
    ModelsUse = "models:use", "Have models called.";
    ProvidersManage = "providers:manage", "Configure model providers.";
    SettingsManage = "settings:manage", "Change the settings, mail and consent texts of the workspace.";
    PeopleManage = "people:manage", "Administer people and groups.";
    RolesManage = "roles:manage", "Make roles and say what they allow.";
    DocumentsShare = "documents:share", "Share own documents and invite others.";
    KeysUse = "api-keys:use", "Have API keys.";
    KeysManage = "api-keys:manage", "See and revoke the API keys of everyone.";
    AuditRead = "audit:read", "Read, export and verify the audit trail.";
}

/// A set of permissions.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Permissions(u64);

impl Permissions {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Everything there is.
    pub const ALL: Self = Self((1 << Permission::ALL.len()) - 1);

    const fn bit(permission: Permission) -> u64 {
        1 << permission as u64
    }

    /// Whether the set has it.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & Self::bit(permission) != 0
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Each permission, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .iter()
            .copied()
            .filter(move |permission| self.contains(*permission))
    }

    /// The names.
    pub fn names(self) -> Vec<&'static str> {
        self.iter().map(Permission::as_str).collect()
    }

    /// As a number to store.
    pub const fn bits(self) -> i64 {
        self.0.cast_signed()
    }

    /// From a stored number; what this version does not know is left out.
    pub const fn from_bits(bits: i64) -> Self {
        Self(bits.cast_unsigned() & Self::ALL.0)
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(
            permissions
                .into_iter()
                .fold(0, |bits, permission| bits | Self::bit(permission)),
        )
    }
}

impl std::fmt::Debug for Permissions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

/// What a request was authenticated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session carried by a cookie.
    Cookie(SessionId),
    /// A session carried by a signed access token.
    Token(SessionId),
    /// An API key.
    Key(ApiKeyId),
    /// The command line of the server itself.
    CommandLine,
}

impl Credential {
    /// The session, when there is one.
    pub const fn session(self) -> Option<SessionId> {
        match self {
            Self::Cookie(session) | Self::Token(session) => Some(session),
            Self::Key(_) | Self::CommandLine => None,
        }
    }
}

/// An authenticated person.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub user: UserId,
    /// What the request came with.
    pub credential: Credential,
    /// What the person may do, less what the credential leaves out.
    pub permissions: Permissions,
}

impl Actor {
    /// Whether it is allowed.
    pub const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// # Errors
    /// `forbidden` when it is not allowed.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            format!(
                "this needs the permission {}, which your roles (or the scopes of the API key) don't include; ask an administrator for it",
                permission.as_str()
            ),
        ))
    }
}

/// Whether what someone came with still counts, for answers that go on for long: streams of events, and connections.
pub trait Standing: Send + Sync {
    /// What the credential allows now, at most five seconds old; `None` when it is over.
    fn standing(
        &self,
        credential: Credential,
    ) -> BoxFuture<'_, Result<Option<Permissions>, Problem>>;
}

/// Who people are, for wings that show an author without depending on `accounts`.
pub trait People: Send + Sync {
    /// The names of these people. An id that belongs to nobody is absent from the answer.
    fn names<'a>(
        &'a self,
        ids: &'a [UserId],
    ) -> BoxFuture<'a, Result<HashMap<UserId, String>, Problem>>;

    /// The names of those among these people who can sign in. Whoever is switched off or gone is absent.
    fn active<'a>(
        &'a self,
        ids: &'a [UserId],
    ) -> BoxFuture<'a, Result<HashMap<UserId, String>, Problem>>;

    /// The e-mail address, in its one form, at which a person has shown that they read mail.
    fn verified_email(&self, id: UserId) -> BoxFuture<'_, Result<Option<String>, Problem>>;

    /// Takes an e-mail address into its one form.
    fn normal_email(&self, raw: &str) -> Result<String, FieldError>;
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
