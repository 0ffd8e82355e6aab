//! Logs, metrics and health.

use std::io::IsTerminal;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::db::Db;
use crate::objects::Objects;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people at a terminal.
    Text,
    /// Text on a terminal, JSON otherwise.
    Auto,
}

/// Starts logging to standard error. `filter` is in the syntax of `tracing`'s `EnvFilter`.
///
/// # Errors
/// When the filter can't be parsed. A second call in one process changes nothing.
pub fn log(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|e| e.to_string())?;
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let _ = if json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .try_init()
    } else {
        builder
            .with_ansi(std::io::stderr().is_terminal())
            .try_init()
    };
    Ok(())
}

const SECONDS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Starts counting. One recorder a process.
///
/// # Errors
/// When a recorder is already installed.
pub fn measure() -> Result<PrometheusHandle, String> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| e.to_string())
}

#[derive(Clone)]
struct Health {
    db: Db,
    objects: Objects,
    metrics: PrometheusHandle,
    stop: CancellationToken,
}

/// `/health`, `/health/db`, `/ready` and `/metrics`.
pub fn router(
    db: Db,
    objects: Objects,
    metrics: PrometheusHandle,
    stop: CancellationToken,
) -> Router {
    Router::new()
        .route(
            "/health",
            get(|| async { axum::Json(json!({ "status": "ok" })) }),
        )
        .route("/health/db", get(database))
        .route("/ready", get(ready))
        .route("/metrics", get(render))
        .with_state(Health {
            db,
            objects,
            metrics,
            stop,
        })
}

fn answer(failure: Option<(&str, String)>) -> Response {
    match failure {
        None => axum::Json(json!({ "status": "ok" })).into_response(),
        Some((part, reason)) => {
            tracing::error!(part, reason, "not healthy");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                axum::Json(json!({ "status": "unavailable", "part": part })),
            )
                .into_response()
        }
    }
}

async fn database(State(health): State<Health>) -> Response {
    answer(
        health
            .db
            .ping()
            .await
            .err()
            .map(|e| ("database", e.to_string())),
    )
}

/// Ready to take requests: not stopping, and database and objects answer.
async fn ready(State(health): State<Health>) -> Response {
    if health.stop.is_cancelled() {
        return answer(Some(("server", "stopping".into())));
    }
    if let Err(error) = health.db.ping().await {
        return answer(Some(("database", error.to_string())));
    }
    answer(
        health
            .objects
            .ping()
            .await
            .err()
            .map(|e| ("objects", e.to_string())),
    )
}

async fn render(State(health): State<Health>) -> Response {
    health.metrics.run_upkeep();
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        health.metrics.render(),
    )
        .into_response()
}
