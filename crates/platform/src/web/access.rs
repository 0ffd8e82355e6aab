//! Who may call which route. Each route says it once, in the `security` of its API description, above its handler;
//! from there it is documented and from there it is enforced. A route that says nothing is closed.
//!
//! - `security(())`: everyone.
//! - `security(("access" = []))`: whoever is signed in or has an API key.
//! - `security(("access" = ["documents:use"]))`: with this permission, as well.
//! - `security(("session" = []))`: whoever is signed in; API keys are refused.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::openapi::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};

use super::standing::watched;
use super::{Code, Problem};
use crate::auth::{Actor, Credential, Permission, Permissions, Standing};

/// What a route asks of who calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// These permissions, by session or key.
    Any(Permissions),
    /// These permissions, by session only.
    Session(Permissions),
}

/// The access of every described route.
#[derive(Clone)]
pub struct AccessRules(Arc<HashMap<(Method, String), Access>>);

/// What is wrong with the declaration of a route.
#[derive(Debug, thiserror::Error)]
#[error("{method} {path}: {reason}")]
pub struct Undeclared {
    method: Method,
    path: String,
    reason: String,
}

impl AccessRules {
    /// Takes the rules out of an API description, whose declarations become the schemes that clients know:
    /// `key`, `token` and `cookie`.
    ///
    /// # Errors
    /// When a route declares nothing, or something unknown.
    pub fn declare(description: &mut OpenApi) -> Result<Self, Undeclared> {
        let mut rules = HashMap::new();
        for (path, item) in &mut description.paths.paths {
            let operations = [
                (Method::GET, &mut item.get),
                (Method::PUT, &mut item.put),
                (Method::POST, &mut item.post),
                (Method::DELETE, &mut item.delete),
                (Method::PATCH, &mut item.patch),
            ];
            for (method, operation) in operations {
                let Some(operation) = operation else { continue };
                let access = access_of(operation).map_err(|reason| Undeclared {
                    method: method.clone(),
                    path: path.clone(),
                    reason,
                })?;
                operation.security = Some(described(access));
                rules.insert((method, path.clone()), access);
            }
        }
        let components = description.components.get_or_insert_default();
        for (name, scheme) in schemes() {
            components.add_security_scheme(name, scheme);
        }
        Ok(Self(Arc::new(rules)))
    }

    /// Every route and what it asks.
    pub fn iter(&self) -> impl Iterator<Item = (&Method, &str, Access)> {
        self.0
            .iter()
            .map(|((method, path), access)| (method, path.as_str(), *access))
    }

    fn knows(&self, path: &str) -> bool {
        self.0.keys().any(|(_, known)| known == path)
    }

    fn of(&self, method: &Method, path: &str) -> Option<Access> {
        // axum answers HEAD with the handler of GET.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        self.0.get(&(method.clone(), path.to_owned())).copied()
    }
}

fn access_of(operation: &Operation) -> Result<Access, String> {
    let Some(security) = &operation.security else {
        return Err("declares no security".into());
    };
    let declared: Vec<HashMap<String, Vec<String>>> = security
        .iter()
        .map(|requirement| {
            serde_json::to_value(requirement)
                .and_then(serde_json::from_value)
                .map_err(|error| error.to_string())
        })
        .collect::<Result<_, _>>()?;
    let [requirement] = declared.as_slice() else {
        return Err("declares more than one security".into());
    };
    let Some((scheme, names)) = requirement.iter().next() else {
        return Ok(Access::Public);
    };
    let permissions = names
        .iter()
        .map(|name| Permission::parse(name).ok_or_else(|| format!("{name} is no permission")))
        .collect::<Result<_, _>>()?;
    match scheme.as_str() {
        "access" => Ok(Access::Any(permissions)),
        "session" => Ok(Access::Session(permissions)),
        other => Err(format!("{other} is neither access nor session")),
    }
}

fn described(access: Access) -> Vec<SecurityRequirement> {
    let (schemes, permissions): (&[&str], _) = match access {
        Access::Public => return vec![SecurityRequirement::default()],
        Access::Any(permissions) => (&["key", "token", "cookie"], permissions),
        Access::Session(permissions) => (&["token", "cookie"], permissions),
    };
    schemes
        .iter()
        .map(|scheme| SecurityRequirement::new(*scheme, permissions.names()))
        .collect()
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let bearer = |format: &str, description: &str| {
        SecurityScheme::Http(
            HttpBuilder::new()
                .scheme(HttpAuthScheme::Bearer)
                .bearer_format(format)
                .description(Some(description))
                .build(),
        )
    };
    [
        (
            "key",
            bearer("sk-…", "An API key; its scopes are permissions."),
        ),
        (
            "token",
            bearer("JWT", "The access token of a sign-in; it lasts 24 hours."),
        ),
        (
            "cookie",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "carrel_session",
                "The session of the web app; `__Host-carrel_session` under https.",
            ))),
        ),
    ]
}

/// The rules, and who knows whether a credential still counts.
#[derive(Clone)]
pub struct Gate {
    /// What each route asks.
    pub rules: AccessRules,
    /// Whether it is still given while a stream of events goes on.
    pub standing: Arc<dyn Standing>,
}

/// Middleware (`from_fn_with_state(gate, enforce)`), inside the one that authenticates: lets through who may, and ends
/// streams of events of those who may not any more.
pub async fn enforce(
    State(Gate { rules, standing }): State<Gate>,
    request: Request,
    next: Next,
) -> Response {
    let Some(path) = request.extensions().get::<MatchedPath>() else {
        return next.run(request).await;
    };
    let Some(access) = rules.of(request.method(), path.as_str()) else {
        return if rules.knows(path.as_str()) {
            // The router answers that the address doesn't take the method.
            next.run(request).await
        } else {
            Problem::new(Code::NotFound, "there is nothing at this address").into_response()
        };
    };
    let actor = request.extensions().get::<Actor>().cloned();
    if let Err(problem) = allowed(access, actor.as_ref()) {
        return problem.into_response();
    }
    let response = next.run(request).await;
    match (access, actor) {
        (Access::Any(needs) | Access::Session(needs), Some(actor)) => {
            watched(response, actor, needs, standing)
        }
        _ => response,
    }
}

fn allowed(access: Access, actor: Option<&Actor>) -> Result<(), Problem> {
    let (permissions, session_only) = match access {
        Access::Public => return Ok(()),
        Access::Any(permissions) => (permissions, false),
        Access::Session(permissions) => (permissions, true),
    };
    let Some(actor) = actor else {
        return Err(Problem::new(
            Code::Unauthenticated,
            "sign in, or send a valid access token or API key",
        ));
    };
    if session_only && matches!(actor.credential, Credential::Key(_)) {
        return Err(Problem::new(
            Code::Forbidden,
            "this can't be done with an API key; sign in for it",
        ));
    }
    permissions
        .iter()
        .try_for_each(|permission| actor.require(permission))
}
