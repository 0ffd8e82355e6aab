//! The HTTP routes.

use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum_extra::extract::CookieJar;
use carrel_platform::Timestamp;
use carrel_platform::auth::{Actor, Permission, Role, SessionId, UserId};
use carrel_platform::settings::SignUp;
use carrel_platform::web::{Json, PathParams, Problem};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Accounts;
use crate::address::ClientAddress;
use crate::error::Error;
use crate::passwords::Password;
use crate::people::Person;
use crate::sessions::Credential;
use crate::sign_in::{Client, NewAccount};
use crate::store::{SessionKind, SessionRow, Theme};

/// Larger than any request of these routes.
const BODY: usize = 16 * 1024;

impl Accounts {
    /// The routes, to be nested under `/api/v1`.
    pub fn router(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(setup_status, set_up))
            .routes(routes!(sign_up))
            .routes(routes!(sign_in))
            .routes(routes!(sign_out))
            .routes(routes!(me, update_me))
            .routes(routes!(change_password))
            .routes(routes!(sessions))
            .routes(routes!(end_session))
            .layer(DefaultBodyLimit::max(BODY))
            .with_state(self.clone())
    }
}

/// Whether Carrel is set up, and what a visitor may do.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SetupStatus {
    /// Whether there is no administrator yet.
    needed: bool,
    /// Who may sign up.
    sign_up: SignUp,
    /// The name of the workspace.
    app_name: String,
}

/// The first administrator.
#[derive(Deserialize, utoipa::ToSchema)]
struct SetupRequest {
    /// The token of the set-up link.
    token: String,
    /// E-mail address.
    email: String,
    /// Name, 1 to 100 characters.
    name: String,
    /// Password, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: Password,
}

/// A new account.
#[derive(Deserialize, utoipa::ToSchema)]
struct SignUpRequest {
    /// E-mail address.
    email: String,
    /// Name, 1 to 100 characters.
    name: String,
    /// Password, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// How the session is carried; `token` when absent.
    #[serde(default = "by_token")]
    transport: SessionKind,
}

/// Who signs in.
#[derive(Deserialize, utoipa::ToSchema)]
struct SignInRequest {
    /// E-mail address.
    email: String,
    /// Password.
    #[schema(value_type = String, format = Password)]
    password: Password,
    /// How the session is carried; `token` when absent.
    #[serde(default = "by_token")]
    transport: SessionKind,
}

fn by_token() -> SessionKind {
    SessionKind::Token
}

/// A new session.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    /// Who signed in.
    user: Me,
    /// An access token for `Authorization: Bearer`; null when the session is carried by a cookie.
    #[schema(required = true)]
    token: Option<String>,
    /// When the session ends.
    expires_at: Timestamp,
}

/// The signed-in person.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Me {
    id: UserId,
    /// E-mail address.
    email: String,
    /// Name.
    name: String,
    /// Names of roles.
    roles: Vec<&'static str>,
    /// What the roles allow together.
    permissions: Vec<&'static str>,
    /// Colours of the web app.
    theme: Theme,
    created_at: Timestamp,
}

impl From<Person> for Me {
    fn from(person: Person) -> Self {
        let allowed = |permission: &Permission| person.roles.iter().any(|r| r.allows(*permission));
        Self {
            permissions: Permission::ALL
                .iter()
                .copied()
                .filter(allowed)
                .map(Permission::as_str)
                .collect(),
            roles: person.roles.iter().map(|role| role.as_str()).collect(),
            id: person.id,
            email: person.email,
            name: person.name,
            theme: person.theme,
            created_at: person.created_at,
        }
    }
}

/// What changes in the profile.
#[derive(Deserialize, utoipa::ToSchema)]
struct UpdateMe {
    /// Name, 1 to 100 characters.
    #[schema(nullable = false)]
    name: Option<String>,
    /// Colours of the web app.
    #[schema(nullable = false)]
    theme: Option<Theme>,
}

/// A change of password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct ChangePassword {
    /// The password until now.
    #[schema(value_type = String, format = Password)]
    current_password: Password,
    /// The password from now on, 10 to 128 characters.
    #[schema(value_type = String, format = Password)]
    new_password: Password,
}

/// A place where the person is signed in.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct Session {
    id: SessionId,
    /// Whether it is the session of this request.
    current: bool,
    /// What the browser or program called itself, cut to 200 characters.
    #[schema(required = true)]
    user_agent: Option<String>,
    created_at: Timestamp,
    /// To within an hour.
    last_seen_at: Timestamp,
    /// When it ends unless it is used before.
    expires_at: Timestamp,
    kind: SessionKind,
}

impl Session {
    fn of(actor: &Actor, row: SessionRow) -> Self {
        Self {
            current: row.id == actor.session,
            id: row.id,
            user_agent: row.user_agent,
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            kind: row.kind,
        }
    }
}

fn client(
    ClientAddress(address): ClientAddress,
    headers: &HeaderMap,
    transport: SessionKind,
) -> Client<'_> {
    Client {
        address,
        user_agent: headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok()),
        transport,
    }
}

/// A session as the answer carries it: in the body, or in a cookie.
fn signed_in(
    accounts: &Accounts,
    jar: CookieJar,
    (person, credential): (Person, Credential),
) -> (CookieJar, Json<SignedIn>) {
    let (jar, token) = match credential.kind {
        SessionKind::Cookie => (jar.add(accounts.session_cookie(credential.secret)), None),
        SessionKind::Token => (jar, Some(credential.secret)),
    };
    let answer = SignedIn {
        user: person.into(),
        token,
        expires_at: credential.expires_at,
    };
    (jar, Json(answer))
}

/// Whether Carrel needs to be set up, and whether sign-up is open.
#[utoipa::path(get, path = "/setup", tag = "accounts", operation_id = "get_setup",
    responses((status = 200, body = SetupStatus), (status = "4XX", body = Problem)))]
async fn setup_status(State(accounts): State<Accounts>) -> Result<Json<SetupStatus>, Error> {
    let settings = accounts.0.settings.get().await?;
    Ok(Json(SetupStatus {
        needed: accounts.setup_needed().await?,
        sign_up: settings.sign_up,
        app_name: settings.app_name.clone(),
    }))
}

/// Make the first administrator with the token of the set-up link, and sign them in with a cookie.
#[utoipa::path(post, path = "/setup", tag = "accounts", operation_id = "set_up",
    request_body = SetupRequest,
    responses((status = 201, body = SignedIn), (status = "4XX", body = Problem)))]
async fn set_up(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SetupRequest>,
) -> Result<(StatusCode, (CookieJar, Json<SignedIn>)), Error> {
    let client = client(address, &headers, SessionKind::Cookie);
    let account = NewAccount {
        email: &request.email,
        name: &request.name,
        password: &request.password,
        roles: &[Role::Administrator],
    };
    let session = accounts.set_up(&request.token, account, &client).await?;
    Ok((StatusCode::CREATED, signed_in(&accounts, jar, session)))
}

/// Make an account, where sign-up is open, and sign in.
#[utoipa::path(post, path = "/auth/signup", tag = "accounts", operation_id = "sign_up",
    request_body = SignUpRequest,
    responses((status = 201, body = SignedIn), (status = "4XX", body = Problem)))]
async fn sign_up(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SignUpRequest>,
) -> Result<(StatusCode, (CookieJar, Json<SignedIn>)), Error> {
    let client = client(address, &headers, request.transport);
    let account = NewAccount {
        email: &request.email,
        name: &request.name,
        password: &request.password,
        roles: &[Role::Staff],
    };
    let session = accounts.sign_up(account, &client).await?;
    Ok((StatusCode::CREATED, signed_in(&accounts, jar, session)))
}

/// Sign in, with a cookie or for a 24-hour access token.
#[utoipa::path(post, path = "/auth/login", tag = "accounts", operation_id = "sign_in",
    request_body = SignInRequest,
    responses((status = 200, body = SignedIn), (status = "4XX", body = Problem)))]
async fn sign_in(
    State(accounts): State<Accounts>,
    address: ClientAddress,
    headers: HeaderMap,
    jar: CookieJar,
    Json(request): Json<SignInRequest>,
) -> Result<(CookieJar, Json<SignedIn>), Error> {
    let client = client(address, &headers, request.transport);
    let session = accounts
        .sign_in(&request.email, &request.password, &client)
        .await?;
    Ok(signed_in(&accounts, jar, session))
}

/// End the session of this request. Without one there is nothing to end, and the answer is the same.
#[utoipa::path(post, path = "/auth/logout", tag = "accounts", operation_id = "sign_out",
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn sign_out(
    State(accounts): State<Accounts>,
    actor: Option<Actor>,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    if let Some(actor) = actor {
        match accounts.end_session(&actor, actor.session).await {
            Ok(()) | Err(Error::SessionUnknown) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((StatusCode::NO_CONTENT, without_session(&accounts, jar)))
}

/// Makes the browser forget its session, if it came with one.
fn without_session(accounts: &Accounts, jar: CookieJar) -> CookieJar {
    if jar.get(accounts.cookie_name()).is_some() {
        jar.add(accounts.no_cookie())
    } else {
        jar
    }
}

/// The signed-in person.
#[utoipa::path(get, path = "/auth/me", tag = "accounts", operation_id = "get_me",
    responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
async fn me(State(accounts): State<Accounts>, actor: Actor) -> Result<Json<Me>, Error> {
    Ok(Json(accounts.person(&actor).await?.into()))
}

/// Change one's name or theme.
#[utoipa::path(patch, path = "/auth/me", tag = "accounts", operation_id = "update_me",
    request_body = UpdateMe,
    responses((status = 200, body = Me), (status = "4XX", body = Problem)))]
async fn update_me(
    State(accounts): State<Accounts>,
    actor: Actor,
    Json(request): Json<UpdateMe>,
) -> Result<Json<Me>, Error> {
    let person = accounts
        .update(&actor, request.name.as_deref(), request.theme)
        .await?;
    Ok(Json(person.into()))
}

/// Change one's password. All other sessions end.
#[utoipa::path(post, path = "/auth/password", tag = "accounts", operation_id = "change_password",
    request_body = ChangePassword,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn change_password(
    State(accounts): State<Accounts>,
    actor: Actor,
    ClientAddress(address): ClientAddress,
    Json(request): Json<ChangePassword>,
) -> Result<StatusCode, Error> {
    let (current, new) = (&request.current_password, &request.new_password);
    accounts
        .change_password(&actor, current, new, address)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Where the person is signed in, last used first, at most 200.
#[utoipa::path(get, path = "/auth/sessions", tag = "accounts", operation_id = "list_sessions",
    responses((status = 200, body = Vec<Session>), (status = "4XX", body = Problem)))]
async fn sessions(
    State(accounts): State<Accounts>,
    actor: Actor,
) -> Result<Json<Vec<Session>>, Error> {
    let rows = accounts.sessions(&actor).await?;
    let shown = rows.into_iter().map(|row| Session::of(&actor, row));
    Ok(Json(shown.collect()))
}

/// End a session: sign out there.
#[utoipa::path(delete, path = "/auth/sessions/{sessionId}", tag = "accounts", operation_id = "end_session",
    params(("sessionId" = SessionId, Path, description = "The session")),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn end_session(
    State(accounts): State<Accounts>,
    actor: Actor,
    PathParams(session): PathParams<SessionId>,
    jar: CookieJar,
) -> Result<(StatusCode, CookieJar), Error> {
    accounts.end_session(&actor, session).await?;
    let jar = if session == actor.session {
        without_session(&accounts, jar)
    } else {
        jar
    };
    Ok((StatusCode::NO_CONTENT, jar))
}
