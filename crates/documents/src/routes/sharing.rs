//! Who has a part in documents, and invitations.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::auth::{Actor, UserId};
use carrel_platform::web::{Json, PathParams, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::invitations::{
    DecideInvitation, Invitation, InvitationId, InvitationToken, Invite, Offer,
};
use crate::sharing::{DocumentPeople, PutMember, TransferDocument};
use crate::{Document, DocumentId, Documents, Error};

pub(super) fn router() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(get_people))
        .routes(routes!(put_member, remove_member))
        .routes(routes!(invite))
        .routes(routes!(revoke_invitation))
        .routes(routes!(transfer_document))
        .routes(routes!(list_invitations))
        .routes(routes!(find_invitation))
        .routes(routes!(accept_invitation))
        .routes(routes!(decline_invitation))
}

/// Who has a part in a document.
#[utoipa::path(get, path = "/documents/{documentId}/people", security(("access" = ["documents:use"])), tag = "sharing",
    params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = DocumentPeople), (status = "4XX", body = Problem)))]
async fn get_people(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<Json<DocumentPeople>, Error> {
    Ok(Json(documents.people(&actor, id).await?))
}

/// Give someone a part in an own document, or another one.
#[utoipa::path(put, path = "/documents/{documentId}/people/{userId}", security(("access" = ["documents:use", "documents:share"])), tag = "sharing",
    params(("documentId" = DocumentId, Path), ("userId" = UserId, Path)), request_body = PutMember,
    responses((status = 200, body = DocumentPeople), (status = "4XX", body = Problem)))]
async fn put_member(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, person)): PathParams<(DocumentId, UserId)>,
    Json(request): Json<PutMember>,
) -> Result<Json<DocumentPeople>, Error> {
    let people = documents.put_member(&actor, id, person, request.role);
    Ok(Json(people.await?))
}

/// Take someone's part in an own document away (with `documents:share`), or leave another's.
#[utoipa::path(delete, path = "/documents/{documentId}/people/{userId}", security(("access" = ["documents:use"])), tag = "sharing",
    params(("documentId" = DocumentId, Path), ("userId" = UserId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn remove_member(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, person)): PathParams<(DocumentId, UserId)>,
) -> Result<StatusCode, Error> {
    documents.remove_member(&actor, id, person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Invite somebody to an own document by e-mail. An earlier invitation of the same address is revoked.
#[utoipa::path(post, path = "/documents/{documentId}/invitations", security(("access" = ["documents:use", "documents:share"])), tag = "sharing",
    params(("documentId" = DocumentId, Path)), request_body = Invite,
    responses((status = 201, body = Invitation), (status = "4XX", body = Problem)))]
async fn invite(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    Json(request): Json<Invite>,
) -> Result<(StatusCode, Json<Invitation>), Error> {
    let invitation = documents.invite(&actor, id, request).await?;
    Ok((StatusCode::CREATED, Json(invitation)))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/documents/{documentId}/invitations/{invitationId}", security(("access" = ["documents:use", "documents:share"])), tag = "sharing",
    params(("documentId" = DocumentId, Path), ("invitationId" = InvitationId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn revoke_invitation(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams((id, invitation)): PathParams<(DocumentId, InvitationId)>,
) -> Result<StatusCode, Error> {
    documents.revoke_invitation(&actor, id, invitation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give an own document to someone else. Who owned it becomes an editor.
#[utoipa::path(post, path = "/documents/{documentId}/transfer", security(("access" = ["documents:use", "documents:share"])), tag = "sharing",
    params(("documentId" = DocumentId, Path)), request_body = TransferDocument,
    responses((status = 200, body = Document), (status = "4XX", body = Problem)))]
async fn transfer_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    Json(request): Json<TransferDocument>,
) -> Result<Json<Document>, Error> {
    let document = documents.transfer(&actor, id, request.user_id).await?;
    Ok(Json(document))
}

/// Invitations that wait for the asker, newest first. Only of an e-mail address that is verified.
#[utoipa::path(get, path = "/invitations", security(("access" = ["documents:use"])), tag = "sharing",
    responses((status = 200, body = Vec<Offer>), (status = "4XX", body = Problem)))]
async fn list_invitations(
    State(documents): State<Documents>,
    actor: Actor,
) -> Result<Json<Vec<Offer>>, Error> {
    Ok(Json(documents.own_invitations(&actor).await?))
}

/// Look up the invitation of a link.
#[utoipa::path(post, path = "/invitations/by-token", security(()), tag = "sharing", request_body = InvitationToken,
    responses((status = 200, body = Offer), (status = "4XX", body = Problem)))]
async fn find_invitation(
    State(documents): State<Documents>,
    Json(request): Json<InvitationToken>,
) -> Result<Json<Offer>, Error> {
    Ok(Json(documents.invitation_by_token(&request.token).await?))
}

/// Accept an invitation, as whoever reads mail at its address or has its token.
#[utoipa::path(post, path = "/invitations/{invitationId}/accept", security(("access" = ["documents:use"])), tag = "sharing",
    params(("invitationId" = InvitationId, Path)), request_body = DecideInvitation,
    responses((status = 200, body = Document), (status = "4XX", body = Problem)))]
async fn accept_invitation(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<InvitationId>,
    Json(decision): Json<DecideInvitation>,
) -> Result<Json<Document>, Error> {
    let document = documents.accept_invitation(&actor, id, &decision).await?;
    Ok(Json(document))
}

/// Decline an invitation.
#[utoipa::path(post, path = "/invitations/{invitationId}/decline", security(("access" = ["documents:use"])), tag = "sharing",
    params(("invitationId" = InvitationId, Path)), request_body = DecideInvitation,
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn decline_invitation(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<InvitationId>,
    Json(decision): Json<DecideInvitation>,
) -> Result<StatusCode, Error> {
    documents.decline_invitation(&actor, id, &decision).await?;
    Ok(StatusCode::NO_CONTENT)
}
