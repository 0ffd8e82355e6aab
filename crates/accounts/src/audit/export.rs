//! The trail as a file, written while it is read: however long it is, little of it is in memory.

use axum::body::{Body, Bytes};
use carrel_platform::audit::Filter;
use carrel_platform::web::Problem;
use futures::{Stream, StreamExt, stream};
use serde::Deserialize;

use super::AuditEvent;
use crate::Accounts;

/// Rows read at once.
const BATCH: i64 = 1000;

/// The form of the file.
#[derive(Clone, Copy, Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// A list of objects as the API gives them.
    #[default]
    Json,
    /// Comma-separated values (RFC 4180) with a line of names.
    Csv,
}

impl Format {
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    pub const fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    const fn before(self) -> &'static str {
        match self {
            Self::Json => "[",
            Self::Csv => {
                "seq,at,action,outcome,actorId,actorName,credential,targetKind,targetId,detail,address,requestId,hash\r\n"
            }
        }
    }

    const fn after(self) -> &'static str {
        match self {
            Self::Json => "\n]\n",
            Self::Csv => "",
        }
    }
}

/// The rows that match, newest first, as a body. A body that breaks off is not a whole file: its length is not told
/// before, and the connection ends without the last chunk.
pub(super) fn body(accounts: Accounts, filter: Filter, format: Format) -> Body {
    let rows = batches(accounts, filter).scan(true, move |first, batch| {
        let text = batch.map(|events| {
            let mut text = String::new();
            for event in &events {
                write(&mut text, event, format, std::mem::take(first));
            }
            Bytes::from(text)
        });
        std::future::ready(Some(text))
    });
    let before = stream::once(async move { Ok(Bytes::from_static(format.before().as_bytes())) });
    let after = stream::once(async move { Ok(Bytes::from_static(format.after().as_bytes())) });
    Body::from_stream(before.chain(rows).chain(after))
}

fn batches(
    accounts: Accounts,
    filter: Filter,
) -> impl Stream<Item = Result<Vec<AuditEvent>, std::io::Error>> {
    stream::try_unfold(Some(i64::MAX), move |before| {
        let (accounts, filter) = (accounts.clone(), filter.clone());
        async move {
            let Some(before) = before else {
                return Ok(None);
            };
            let failed = |problem: Problem| {
                tracing::error!(
                    code = problem.code.as_str(),
                    "an export of the audit trail broke off"
                );
                std::io::Error::other(problem.detail)
            };
            let rows = accounts.0.trail.page(&filter, Some(before), BATCH).await;
            let rows = rows.map_err(|error| failed(error.into()))?;
            let Some(last) = rows.last().map(|row| row.seq) else {
                return Ok(None);
            };
            let next = (i64::try_from(rows.len()).unwrap_or(BATCH) == BATCH).then_some(last);
            let events = accounts.audit_events(rows).await;
            let events = events.map_err(|error| failed(error.into()))?;
            Ok(Some((events, next)))
        }
    })
}

fn write(text: &mut String, event: &AuditEvent, format: Format, first: bool) {
    match format {
        Format::Json => {
            text.push_str(if first { "\n" } else { ",\n" });
            text.push_str(&serde_json::to_string(event).unwrap_or_default());
        }
        Format::Csv => {
            let actor = event.actor.as_ref();
            let target = event.target.as_ref();
            let cells = [
                event.seq.to_string(),
                event.at.to_string(),
                event.action.clone(),
                event.outcome.clone(),
                actor.map(|actor| actor.id.to_string()).unwrap_or_default(),
                actor.and_then(|a| a.name.clone()).unwrap_or_default(),
                event.credential.clone().unwrap_or_default(),
                target.map(|t| t.kind.clone()).unwrap_or_default(),
                target.map(|t| t.id.clone()).unwrap_or_default(),
                event
                    .detail
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
                event.address.clone().unwrap_or_default(),
                event.request_id.clone().unwrap_or_default(),
                event.hash.clone(),
            ];
            let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
    }
}

/// A cell that no spreadsheet takes for a formula: people choose their names.
fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(csv_cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(csv_cell("plain"), "plain");
    }
}
