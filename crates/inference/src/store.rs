//! The SQL of inference.

use carrel_platform::auth::UserId;
use carrel_platform::db::{Db, Tx};
use carrel_platform::{Timestamp, query, scalar};
use sqlx::types::Json;
use uuid::Uuid;

use crate::catalogue::ProviderModel;
use crate::error::GenerationFailure;
use crate::generations::{Event, Totals};
use crate::{GenerationId, ProviderId};

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct ProviderRow {
    pub id: ProviderId,
    pub name: String,
    pub kind: String,
    pub base_url: String,
    pub api_key_sealed: Option<String>,
    pub enabled: bool,
    pub models: Json<Vec<ProviderModel>>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct GenerationRow {
    pub id: GenerationId,
    pub user_id: UserId,
    pub feature: String,
    pub subject_id: Option<Uuid>,
    pub model: String,
    pub status: String,
    pub failure: Option<Json<GenerationFailure>>,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_micros: i64,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct EventRow {
    pub position: i64,
    pub event: Json<Event>,
}

#[derive(Debug, sqlx::FromRow)]
pub(crate) struct OutcomeRow {
    pub id: GenerationId,
    pub status: String,
    pub failure: Option<Json<GenerationFailure>>,
}

/// What calls used together.
#[derive(Clone, Copy, Debug, sqlx::FromRow)]
pub(crate) struct UsageRow {
    pub calls: i64,
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub cost_micros: i64,
}

/// What one call used.
#[derive(Debug)]
pub(crate) struct NewUsage {
    pub id: Uuid,
    pub user: UserId,
    pub generation: Option<GenerationId>,
    pub feature: &'static str,
    pub model: String,
    pub input_tokens: i64,
    pub output_tokens: i64,
    /// Whether the provider gave no count and Carrel estimated it.
    pub estimated: bool,
    pub cost_micros: i64,
    pub outcome: &'static str,
}

pub(crate) async fn providers(db: &Db) -> sqlx::Result<Vec<ProviderRow>> {
    query!(
        db,
        fetch_all,
        ProviderRow,
        "SELECT id, name, kind, base_url, api_key_sealed, enabled, models, created_at
         FROM providers
         ORDER BY name"
    )
}

pub(crate) async fn provider(db: &Db, id: ProviderId) -> sqlx::Result<Option<ProviderRow>> {
    query!(
        db,
        fetch_optional,
        ProviderRow,
        "SELECT id, name, kind, base_url, api_key_sealed, enabled, models, created_at
         FROM providers
         WHERE id = $1",
        id
    )
}

pub(crate) async fn insert_provider(tx: &mut Tx, row: &ProviderRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "INSERT INTO providers (id, name, kind, base_url, api_key_sealed, enabled, models, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        row.id, &row.name, &row.kind, &row.base_url, row.api_key_sealed.as_deref(), row.enabled, &row.models,
        row.created_at)
}

pub(crate) async fn update_provider(tx: &mut Tx, row: &ProviderRow) -> sqlx::Result<u64> {
    query!(tx, execute,
        "UPDATE providers
         SET name = $2, kind = $3, base_url = $4, api_key_sealed = $5, enabled = $6, models = $7, updated_at = $8
         WHERE id = $1",
        row.id, &row.name, &row.kind, &row.base_url, row.api_key_sealed.as_deref(), row.enabled, &row.models,
        Timestamp::now())
}

pub(crate) async fn delete_provider(tx: &mut Tx, id: ProviderId) -> sqlx::Result<bool> {
    let deleted = query!(tx, execute, "DELETE FROM providers WHERE id = $1", id)?;
    Ok(deleted == 1)
}

/// Begins a generation as part of `tx`; `false` when one is already running for the subject.
pub(crate) async fn insert_generation(
    tx: &mut Tx,
    id: GenerationId,
    user: UserId,
    feature: &str,
    subject: Option<Uuid>,
    model: &str,
) -> sqlx::Result<bool> {
    let inserted = query!(tx, execute,
        "INSERT INTO generations (id, user_id, feature, subject_id, model, status, heartbeat_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'running', $6, $6)
         ON CONFLICT DO NOTHING",
        id, user, feature, subject, model, Timestamp::now())?;
    Ok(inserted == 1)
}

pub(crate) async fn generation(db: &Db, id: GenerationId) -> sqlx::Result<Option<GenerationRow>> {
    query!(db, fetch_optional, GenerationRow,
        "SELECT id, user_id, feature, subject_id, model, status, failure, input_tokens, output_tokens,
                cost_micros, created_at, finished_at
         FROM generations
         WHERE id = $1",
        id)
}

/// A person's generations, newest first.
pub(crate) async fn generations(
    db: &Db,
    user: UserId,
    subject: Option<Uuid>,
    status: Option<&str>,
    before: Option<GenerationId>,
    limit: i64,
) -> sqlx::Result<Vec<GenerationRow>> {
    query!(db, fetch_all, GenerationRow,
        "SELECT id, user_id, feature, subject_id, model, status, failure, input_tokens, output_tokens,
                cost_micros, created_at, finished_at
         FROM generations
         WHERE user_id = $1
           AND (subject_id = $2 OR $2 IS NULL)
           AND (status = $3 OR $3 IS NULL)
           AND (id < $4 OR $4 IS NULL)
         ORDER BY id DESC
         LIMIT $5",
        user, subject, status, before, limit)
}

/// Everybody's generations that work on a subject, newest first.
pub(crate) async fn generations_on(
    db: &Db,
    subject: Uuid,
    status: Option<&str>,
    before: Option<GenerationId>,
    limit: i64,
) -> sqlx::Result<Vec<GenerationRow>> {
    query!(db, fetch_all, GenerationRow,
        "SELECT id, user_id, feature, subject_id, model, status, failure, input_tokens, output_tokens,
                cost_micros, created_at, finished_at
         FROM generations
         WHERE subject_id = $1 AND (status = $2 OR $2 IS NULL) AND (id < $3 OR $3 IS NULL)
         ORDER BY id DESC
         LIMIT $4",
        subject, status, before, limit)
}

/// The newest generation of each subject; `subjects` is a JSON list of ids (see `platform::db::id_list`).
pub(crate) async fn latest(db: &Db, subjects: &str) -> sqlx::Result<Vec<GenerationRow>> {
    query!(db, fetch_all, GenerationRow,
        sqlite: "SELECT id, user_id, feature, subject_id, model, status, failure, input_tokens, output_tokens,
                        cost_micros, created_at, finished_at
                 FROM generations
                 WHERE id IN (SELECT MAX(id)
                              FROM generations
                              WHERE subject_id IN (SELECT unhex(value) FROM json_each($1))
                              GROUP BY subject_id)",
        postgres: "SELECT DISTINCT ON (subject_id)
                          id, user_id, feature, subject_id, model, status, failure, input_tokens, output_tokens,
                          cost_micros, created_at, finished_at
                   FROM generations
                   WHERE subject_id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))
                   ORDER BY subject_id, id DESC",
        subjects)
}

/// How generations stand; `ids` is a JSON list of ids (see `platform::db::id_list`).
pub(crate) async fn outcomes(db: &Db, ids: &str) -> sqlx::Result<Vec<OutcomeRow>> {
    query!(db, fetch_all, OutcomeRow,
        sqlite: "SELECT id, status, failure
                 FROM generations
                 WHERE id IN (SELECT unhex(value) FROM json_each($1))",
        postgres: "SELECT id, status, failure
                   FROM generations
                   WHERE id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))",
        ids)
}

/// Writes to the log of a generation. Of a commit that broke off it is not known whether it was made; the events are
/// then written again, and the last of them may have grown meanwhile.
pub(crate) async fn write_event(
    tx: &mut Tx,
    id: GenerationId,
    position: i64,
    event: &Event,
) -> sqlx::Result<u64> {
    query!(
        tx,
        execute,
        "INSERT INTO generation_events (generation_id, position, event)
         VALUES ($1, $2, $3)
         ON CONFLICT (generation_id, position) DO UPDATE SET event = excluded.event",
        id,
        position,
        Json(event)
    )
}

/// The events of a generation that end after `position`, in order. A text event begins at its position and is as
/// long as its text, so the one that contains `position` begins before it.
pub(crate) async fn events(
    db: &Db,
    id: GenerationId,
    position: i64,
) -> sqlx::Result<Vec<EventRow>> {
    query!(
        db,
        fetch_all,
        EventRow,
        "SELECT position, event
         FROM generation_events
         WHERE generation_id = $1
           AND position >= COALESCE((SELECT MAX(position)
                                     FROM generation_events
                                     WHERE generation_id = $1 AND position <= $2), 0)
         ORDER BY position",
        id,
        position
    )
}

/// Shows that the generation's process lives; gives whether a person asked to stop it.
pub(crate) async fn heartbeat(db: &Db, id: GenerationId) -> sqlx::Result<Option<bool>> {
    scalar!(
        db,
        fetch_optional,
        bool,
        "UPDATE generations SET heartbeat_at = $2 WHERE id = $1 AND status = 'running' RETURNING cancel_asked",
        id,
        Timestamp::now()
    )
}

/// Asks the node that runs it to stop; `false` when it does not run.
pub(crate) async fn ask_cancel(db: &Db, id: GenerationId) -> sqlx::Result<bool> {
    let asked = query!(
        db,
        execute,
        "UPDATE generations SET cancel_asked = TRUE WHERE id = $1 AND status = 'running'",
        id
    )?;
    Ok(asked == 1)
}

/// Ends a running generation; `false` when it had ended already.
pub(crate) async fn finish(
    tx: &mut Tx,
    id: GenerationId,
    status: &str,
    failure: Option<&GenerationFailure>,
    totals: Totals,
) -> sqlx::Result<bool> {
    let finished = query!(tx, execute,
        "UPDATE generations
         SET status = $2, failure = $3, input_tokens = $4, output_tokens = $5, cost_micros = $6, finished_at = $7
         WHERE id = $1 AND status = 'running'",
        id, status, failure.map(Json), totals.input_tokens, totals.output_tokens, totals.cost_micros,
        Timestamp::now())?;
    Ok(finished == 1)
}

/// Marks running generations without a heartbeat since `before` as interrupted.
pub(crate) async fn interrupt(
    db: &Db,
    before: Timestamp,
    failure: &GenerationFailure,
) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "UPDATE generations
         SET status = 'interrupted', failure = $2, finished_at = $3
         WHERE status = 'running' AND heartbeat_at < $1",
        before,
        Json(failure),
        Timestamp::now()
    )
}

pub(crate) async fn delete_old_events(db: &Db, before: Timestamp) -> sqlx::Result<u64> {
    query!(
        db,
        execute,
        "DELETE FROM generation_events
         WHERE generation_id IN (SELECT id FROM generations WHERE finished_at < $1)",
        before
    )
}

/// Records the usage of a call, once.
pub(crate) async fn insert_usage(db: &Db, usage: &NewUsage) -> sqlx::Result<u64> {
    query!(db, execute,
        "INSERT INTO token_usage (id, user_id, generation_id, feature, model, input_tokens, output_tokens, estimated,
                                  cost_micros, outcome, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO NOTHING",
        usage.id, usage.user, usage.generation, usage.feature, &usage.model, usage.input_tokens,
        usage.output_tokens, usage.estimated, usage.cost_micros, usage.outcome, Timestamp::now())
}

/// What a person used since `from`.
pub(crate) async fn usage_since(db: &Db, user: UserId, from: Timestamp) -> sqlx::Result<UsageRow> {
    query!(
        db,
        fetch_one,
        UsageRow,
        "SELECT COUNT(*) AS calls,
                CAST(COALESCE(SUM(input_tokens), 0) AS BIGINT) AS input_tokens,
                CAST(COALESCE(SUM(output_tokens), 0) AS BIGINT) AS output_tokens,
                CAST(COALESCE(SUM(cost_micros), 0) AS BIGINT) AS cost_micros
         FROM token_usage
         WHERE user_id = $1 AND created_at >= $2",
        user,
        from
    )
}

carrel_platform::sealed_column! {
    /// Keys of model providers.
    pub(crate) struct ProviderKeys of ProviderId, "providers", "api_key_sealed";
    unlike: "SELECT id, api_key_sealed FROM providers
             WHERE api_key_sealed NOT LIKE $1 AND (id > $2 OR $2 IS NULL)
             ORDER BY id
             LIMIT $3";
    count: "SELECT COUNT(*) FROM providers WHERE api_key_sealed LIKE $1";
    replace: "UPDATE providers SET api_key_sealed = $3 WHERE id = $1 AND api_key_sealed = $2";
}
