//! The outbox over the API.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::outbox::may_read;
use super::store::{self, MailRow};
use super::{MailId, Outbox};
use crate::Timestamp;
use crate::auth::Actor;
use crate::web::{FieldError, Json, Page, PageRequest, PathParams, Problem, QueryParams};

crate::text_enum! {
    /// What became of a mail.
    pub(super) enum MailState {
        /// It waits to be sent.
        Queued = "queued",
        /// The mail server took it.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
    }
}

/// A mail in the outbox.
#[derive(Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct OutboxMail {
    id: MailId,
    /// Stable name of what it is about, such as `reset`.
    kind: String,
    /// E-mail address; null a day after it was sent.
    #[schema(required = true)]
    to: Option<String>,
    /// Subject.
    subject: String,
    /// What it says, with its link, until it was sent; null for those who may not administer people and roles, for they
    /// could take over accounts with it.
    #[schema(required = true)]
    text: Option<String>,
    /// What became of it.
    state: MailState,
    /// Why it could not be sent yet, or at all.
    #[schema(required = true)]
    failure: Option<String>,
    created_at: Timestamp,
    /// When the mail server took it.
    #[schema(required = true)]
    sent_at: Option<Timestamp>,
}

/// Whether mails are sent.
#[derive(Serialize, utoipa::ToSchema)]
struct MailStatus {
    /// Whether there is a mail server. Without one mails wait in the outbox.
    configured: bool,
    /// The sender of mails.
    #[schema(required = true)]
    from: Option<String>,
}

/// A test.
#[derive(Deserialize, utoipa::ToSchema)]
struct TestMail {
    /// E-mail address.
    to: String,
}

impl Outbox {
    /// The administration routes.
    pub fn router(&self) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(list_mail))
            .routes(routes!(mail_status))
            .routes(routes!(test_mail))
            .routes(routes!(retry_mail))
            .with_state(self.clone())
    }

    fn shown(&self, row: MailRow, actor: &Actor) -> Result<OutboxMail, Problem> {
        let open = |column, sealed: &str| self.mail().open(row.id, column, sealed);
        let state = MailState::parse(&row.state).unwrap_or(MailState::Failed);
        let readable = may_read(actor) && state != MailState::Sent;
        let text = row.body_sealed.as_deref().filter(|_| readable);
        Ok(OutboxMail {
            to: row
                .recipient_sealed
                .as_deref()
                .map(|sealed| open("recipient", sealed))
                .transpose()?,
            subject: open("subject", &row.subject_sealed)?,
            text: text.map(|sealed| open("body", sealed)).transpose()?,
            failure: row
                .failure_sealed
                .as_deref()
                .map(|sealed| open("failure", sealed))
                .transpose()?,
            id: row.id,
            kind: row.kind,
            state,
            created_at: row.created_at,
            sent_at: row.sent_at,
        })
    }
}

/// The mails of the last 30 days, newest first.
#[utoipa::path(get, path = "/admin/mail", security(("access" = ["settings:manage"])), tag = "administration",
    operation_id = "list_mail", params(PageRequest),
    responses((status = 200, body = Page<OutboxMail>), (status = "4XX", body = Problem)))]
async fn list_mail(
    State(outbox): State<Outbox>,
    actor: Actor,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<OutboxMail>>, Problem> {
    let limit = page.limit();
    let rows = store::mails(outbox.db(), page.after()?, limit + 1).await?;
    let Page { items, next_cursor } = Page::cut(rows, limit, |row| row.id);
    let items = items
        .into_iter()
        .map(|row| outbox.shown(row, &actor))
        .collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Whether there is a mail server.
#[utoipa::path(get, path = "/admin/mail/status", security(("access" = ["settings:manage"])), tag = "administration",
    operation_id = "get_mail_status",
    responses((status = 200, body = MailStatus), (status = "4XX", body = Problem)))]
async fn mail_status(State(outbox): State<Outbox>) -> Result<Json<MailStatus>, Problem> {
    Ok(Json(MailStatus {
        configured: outbox.server().is_some(),
        from: outbox.server().map(super::SmtpServer::from),
    }))
}

/// Write a mail that says only that mails arrive.
#[utoipa::path(post, path = "/admin/mail/test", security(("access" = ["settings:manage"])), tag = "administration",
    operation_id = "test_mail", request_body = TestMail,
    responses((status = 201, body = OutboxMail), (status = "4XX", body = Problem)))]
async fn test_mail(
    State(outbox): State<Outbox>,
    actor: Actor,
    Json(request): Json<TestMail>,
) -> Result<(StatusCode, Json<OutboxMail>), Problem> {
    let to = request.to.trim();
    if to.len() > 254 || to.parse::<lettre::Address>().is_err() {
        let detail = "give an e-mail address such as ada@example.org";
        return Err(Problem::invalid(vec![FieldError::new(
            "to", "format", detail,
        )]));
    }
    let id = outbox.test(to).await?;
    let row = store::mail(outbox.db(), id).await?;
    let row = row.ok_or_else(|| Problem::not_found("mail"))?;
    Ok((StatusCode::CREATED, Json(outbox.shown(row, &actor)?)))
}

/// Try again to send a mail that failed or waits.
#[utoipa::path(post, path = "/admin/mail/{mailId}/retry", security(("access" = ["settings:manage"])),
    tag = "administration", operation_id = "retry_mail",
    params(("mailId" = MailId, Path, description = "The mail")),
    responses((status = 202), (status = "4XX", body = Problem)))]
async fn retry_mail(
    State(outbox): State<Outbox>,
    PathParams(id): PathParams<MailId>,
) -> Result<StatusCode, Problem> {
    outbox.retry(id).await?;
    Ok(StatusCode::ACCEPTED)
}
