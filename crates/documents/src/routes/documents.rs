//! Uploads, documents and their sources.

use axum::extract::State;
use axum::http::StatusCode;
use carrel_platform::auth::Actor;
use carrel_platform::web::{Json, Page, PageRequest, PathParams, Problem, QueryParams};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::documents::{ListRequest, SharedFilter, Sort};
use crate::sources::{SourceMatch, SourcePage};
use crate::store::sources::DocChunk;
use crate::uploads::{DownloadUrl, IngestRequest, UploadUrl, UploadUrlRequest};
use crate::{Document, DocumentId, DocumentStatus, Documents, Error};

pub(super) fn creating() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(upload_url))
        .routes(routes!(ingest))
        .routes(routes!(create_document))
}

pub(super) fn router() -> OpenApiRouter<Documents> {
    OpenApiRouter::new()
        .routes(routes!(list_documents))
        .routes(routes!(download_url))
        .routes(routes!(get_document, update_document, delete_document))
        .routes(routes!(undelete_document))
        .routes(routes!(retry_document))
        .routes(routes!(get_source))
        .routes(routes!(search_source))
        .routes(routes!(get_chunks))
}

/// Get a URL to upload a file to.
#[utoipa::path(post, path = "/documents/upload-url", security(("access" = ["documents:use"])), tag = "documents", request_body = UploadUrlRequest,
    responses((status = 201, body = UploadUrl), (status = "4XX", body = Problem)))]
async fn upload_url(
    State(documents): State<Documents>,
    actor: Actor,
    Json(request): Json<UploadUrlRequest>,
) -> Result<(StatusCode, Json<UploadUrl>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.upload_url(&actor, request).await?),
    ))
}

/// Make a document of an uploaded file; its text is read in the background.
#[utoipa::path(post, path = "/documents/ingest", security(("access" = ["documents:use"])), tag = "documents", request_body = IngestRequest,
    responses((status = 201, body = Document), (status = "4XX", body = Problem)))]
async fn ingest(
    State(documents): State<Documents>,
    actor: Actor,
    Json(request): Json<IngestRequest>,
) -> Result<(StatusCode, Json<Document>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.ingest(&actor, request).await?),
    ))
}

/// A document without a file.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct CreateDocument {
    /// 1 to 300 characters.
    title: String,
}

/// Make a blank document.
#[utoipa::path(post, path = "/documents", security(("access" = ["documents:use"])), tag = "documents", request_body = CreateDocument,
    responses((status = 201, body = Document), (status = "4XX", body = Problem)))]
async fn create_document(
    State(documents): State<Documents>,
    actor: Actor,
    Json(request): Json<CreateDocument>,
) -> Result<(StatusCode, Json<Document>), Error> {
    Ok((
        StatusCode::CREATED,
        Json(documents.create(&actor, &request.title).await?),
    ))
}

/// Which documents to list, and how.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct DocumentQuery {
    /// Only those whose title contains this.
    q: Option<String>,
    /// Only those that stand so.
    status: Option<DocumentStatus>,
    /// The order; last changed first when absent.
    #[serde(default)]
    #[param(required = false, inline)]
    sort: Sort,
    /// Those in the trash rather than the others.
    #[serde(default)]
    #[param(required = false)]
    trash: bool,
    /// Only the asker's own, or only those of others; all when absent.
    #[param(inline)]
    shared: Option<SharedFilter>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Rows wanted, 1 to 200.
    limit: Option<i64>,
}

/// The asker's documents, own ones and those shared with them. The trash holds only own ones.
#[utoipa::path(get, path = "/documents", security(("access" = ["documents:use"])), tag = "documents", params(DocumentQuery),
    responses((status = 200, body = Page<Document>), (status = "4XX", body = Problem)))]
async fn list_documents(
    State(documents): State<Documents>,
    actor: Actor,
    QueryParams(query): QueryParams<DocumentQuery>,
) -> Result<Json<Page<Document>>, Error> {
    let DocumentQuery {
        q,
        status,
        sort,
        trash,
        shared,
        cursor,
        limit,
    } = query;
    let page = PageRequest { cursor, limit };
    Ok(Json(
        documents
            .list(
                &actor,
                ListRequest {
                    q,
                    status,
                    sort,
                    trash,
                    shared,
                },
                &page,
            )
            .await?,
    ))
}

/// Which original to download.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
struct DownloadUrlRequest {
    /// The document.
    document_id: DocumentId,
}

/// Get a URL to download a document's original file.
#[utoipa::path(post, path = "/documents/download-url", security(("access" = ["documents:use"])), tag = "documents", request_body = DownloadUrlRequest,
    responses((status = 200, body = DownloadUrl), (status = "4XX", body = Problem)))]
async fn download_url(
    State(documents): State<Documents>,
    actor: Actor,
    Json(request): Json<DownloadUrlRequest>,
) -> Result<Json<DownloadUrl>, Error> {
    Ok(Json(
        documents.download_url(&actor, request.document_id).await?,
    ))
}

/// A document.
#[utoipa::path(get, path = "/documents/{documentId}", security(("access" = ["documents:use"])), tag = "documents", params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = "4XX", body = Problem)))]
async fn get_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<Json<Document>, Error> {
    Ok(Json(documents.document(&actor, id).await?))
}

/// What to change about a document.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
struct UpdateDocument {
    /// 1 to 300 characters.
    title: String,
}

/// Rename a document.
#[utoipa::path(patch, path = "/documents/{documentId}", security(("access" = ["documents:use"])), tag = "documents", request_body = UpdateDocument,
    params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = "4XX", body = Problem)))]
async fn update_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    Json(request): Json<UpdateDocument>,
) -> Result<Json<Document>, Error> {
    Ok(Json(documents.rename(&actor, id, &request.title).await?))
}

/// Put a document into the trash, where it lies 30 days.
#[utoipa::path(delete, path = "/documents/{documentId}", security(("access" = ["documents:use"])), tag = "documents", params(("documentId" = DocumentId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
async fn delete_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<StatusCode, Error> {
    documents.put_into_trash(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a document out of the trash.
#[utoipa::path(post, path = "/documents/{documentId}/undelete", security(("access" = ["documents:use"])), tag = "documents", params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = Document), (status = "4XX", body = Problem)))]
async fn undelete_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<Json<Document>, Error> {
    Ok(Json(documents.take_out_of_trash(&actor, id).await?))
}

/// Read the file of a failed document again.
#[utoipa::path(post, path = "/documents/{documentId}/retry", security(("access" = ["documents:use"])), tag = "documents", params(("documentId" = DocumentId, Path)),
    responses((status = 202, body = Document), (status = "4XX", body = Problem)))]
async fn retry_document(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<(StatusCode, Json<Document>), Error> {
    Ok((
        StatusCode::ACCEPTED,
        Json(documents.retry(&actor, id).await?),
    ))
}

/// What was read from a document's file, page by page.
#[utoipa::path(get, path = "/documents/{documentId}/source", security(("access" = ["documents:use"])), tag = "documents",
    params(("documentId" = DocumentId, Path), PageRequest),
    responses((status = 200, body = Page<SourcePage>), (status = "4XX", body = Problem)))]
async fn get_source(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    QueryParams(page): QueryParams<PageRequest>,
) -> Result<Json<Page<SourcePage>>, Error> {
    Ok(Json(documents.source(&actor, id, &page).await?))
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct SourceQuery {
    /// The text, taken literally.
    q: String,
}

/// Where a text stands in a document's file; at most 200 places.
#[utoipa::path(get, path = "/documents/{documentId}/source/search", security(("access" = ["documents:use"])), tag = "documents",
    params(("documentId" = DocumentId, Path), SourceQuery),
    responses((status = 200, body = Vec<SourceMatch>), (status = "4XX", body = Problem)))]
async fn search_source(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
    QueryParams(query): QueryParams<SourceQuery>,
) -> Result<Json<Vec<SourceMatch>>, Error> {
    Ok(Json(documents.search_source(&actor, id, &query.q).await?))
}

/// The parts in which a long file is read.
#[utoipa::path(get, path = "/documents/{documentId}/chunks", security(("access" = ["documents:use"])), tag = "documents", params(("documentId" = DocumentId, Path)),
    responses((status = 200, body = Vec<DocChunk>), (status = "4XX", body = Problem)))]
async fn get_chunks(
    State(documents): State<Documents>,
    actor: Actor,
    PathParams(id): PathParams<DocumentId>,
) -> Result<Json<Vec<DocChunk>>, Error> {
    Ok(Json(documents.chunks(&actor, id).await?))
}
