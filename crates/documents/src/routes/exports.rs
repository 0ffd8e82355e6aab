//! Exports and pictures.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use carrel_platform::auth::Actor;
use carrel_platform::web::{
    Code, IdempotencyKey, Json, Page, PageRequest, PathParams, Problem, QueryParams, mark_replayed,
};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::exporting::{Export, ExportId, ExportRequest, ExportStatus};
use crate::images::{Image, ImageId, MAX_IMAGE};
use crate::uploads::DownloadUrl;
use crate::{DocumentId, Documents, Error};

pub(super) fn router() -> OpenApiRouter<Documents> {
    // A little more than allowed, so that a picture too large is told so rather than cut off.
    let uploads = OpenApiRouter::new()
        .routes(routes!(add_image))
        .layer(DefaultBodyLimit::max(MAX_IMAGE + 1024));
    // `export_document` keeps its own ledger: a link in an answer that was kept would have run out.
    OpenApiRouter::new()
        .routes(routes!(export_document))
        .routes(routes!(list_exports))
        .routes(routes!(get_export, delete_export))
        .routes(routes!(export_download_url))
        .routes(routes!(get_image))
        .merge(uploads)
}

/// Export a draft as .docx or PDF.
#[utoipa::path(post, path = "/documents/export/{documentId}", security(("access" = ["documents:use"])), tag = "exports", request_body = ExportRequest,
    params(("documentId" = DocumentId, Path)),
    responses((status = 201, body = Export), (status = 202, description = "still being made", body = Export), (status = "4XX", body = Problem)))]
async fn export_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    key: Option<IdempotencyKey>,
    Json(request): Json<ExportRequest>,
) -> Result<Response, Error> {
    let key = key.as_ref().map(|IdempotencyKey(key)| key.as_str());
    let (export, replayed) = documents.export(&actor, id, key, request).await?;
    let status = if export.status == ExportStatus::Queued {
        StatusCode::ACCEPTED
    } else {
        StatusCode::CREATED
    };
    let mut response = (status, Json(export)).into_response();
    if replayed {
        mark_replayed(&mut response);
    }
    Ok(response)
}

/// Which exports to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// Only those of this document.
    document_id: Option<DocumentId>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
}

/// The asker's exports, newest first.
#[utoipa::path(get, path = "/exports", security(("access" = ["documents:use"])), tag = "exports", params(ExportQuery),
    responses((status = 200, body = Page<Export>), (status = "4XX", body = Problem)))]
async fn list_exports(
    State(documents): State<Documents>,
    actor: Actor,
    QueryParams(query): QueryParams<ExportQuery>,
) -> Result<Json<Page<Export>>, Error> {
    let page = PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    Ok(Json(
        documents.exports(&actor, query.document_id, &page).await?,
    ))
}

/// An export.
#[utoipa::path(get, path = "/exports/{exportId}", security(("access" = ["documents:use"])), tag = "exports", params(("exportId" = ExportId, Path)),
    responses((status = 200, body = Export), (status = "4XX", body = Problem)))]
async fn get_export(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<ExportId>,
) -> Result<Json<Export>, Error> {
    Ok(Json(documents.export_view(&actor, id).await?))
}

/// Delete an export.
#[utoipa::path(delete, path = "/exports/{exportId}", security(("access" = ["documents:use"])), tag = "exports", params(("exportId" = ExportId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_export(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<ExportId>,
) -> Result<StatusCode, Error> {
    documents.delete_export(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Get a new URL to download an export.
#[utoipa::path(post, path = "/exports/{exportId}/download-url", security(("access" = ["documents:use"])), tag = "exports", params(("exportId" = ExportId, Path)),
    responses((status = 200, body = DownloadUrl), (status = "4XX", body = Problem)))]
async fn export_download_url(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<ExportId>,
) -> Result<Json<DownloadUrl>, Error> {
    Ok(Json(documents.export_url(&actor, id).await?))
}

/// Store a picture for drafts and letterheads: PNG, JPEG, GIF or WebP, at most 5 MB.
#[utoipa::path(post, path = "/images", security(("access" = [])), tag = "exports", request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = Image), (status = "4XX", body = Problem)))]
async fn add_image(
    State(documents): State<Documents>,
    actor: Actor,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<Image>), Error> {
    let bytes = body.map_err(|_| {
        Problem::new(
            Code::FileTooLarge,
            "a picture has at most 5 MB; make it smaller",
        )
    })?;
    Ok((
        StatusCode::CREATED,
        Json(documents.add_image(&actor, bytes).await?),
    ))
}

/// A picture.
#[utoipa::path(get, path = "/images/{imageId}", security(("access" = [])), tag = "exports", params(("imageId" = ImageId, Path)),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = "4XX", body = Problem)))]
async fn get_image(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<ImageId>,
) -> Result<Response, Error> {
    let (media_type, bytes) = documents.image(&actor, id).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&media_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    // The bytes behind an id never change; the right to see them may.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=3600"),
    );
    Ok(response)
}
