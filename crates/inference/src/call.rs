//! One model call: retried before its first event, counted whatever its end.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use carrel_models::{ChatRequest, ErrorKind, Event, EventStream, StopReason, TimeoutPhase, Usage};
use carrel_platform::auth::UserId;
use futures::StreamExt;
use tokio::runtime::Handle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::catalogue::ResolvedModel;
use crate::generations::Totals;
use crate::store::{self, NewUsage};
use crate::{Error, GenerationId, Inference};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A provider that asks to wait longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Bytes per token when the provider doesn't count.
const BYTES_PER_TOKEN: usize = 4;

/// What to call, for whom.
#[derive(Debug)]
pub struct Call<'a> {
    /// Who pays.
    pub user: UserId,
    /// What it is for, as usage is grouped: `draft`, `refine` …
    pub feature: &'static str,
    /// The generation it belongs to.
    pub generation: Option<GenerationId>,
    /// The model, from [`Inference::resolve`].
    pub model: &'a ResolvedModel,
    /// The request; its model name is filled in.
    pub request: ChatRequest,
    /// Ends the call when cancelled; the provider's connection is closed.
    pub cancel: &'a CancellationToken,
}

/// A finished answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Whether the model stopped because it may not write more.
    pub cut: bool,
    /// Tokens read.
    pub input_tokens: i64,
    /// Tokens written.
    pub output_tokens: i64,
    /// Cost in micro-units of the workspace's currency.
    pub cost_micros: i64,
}

impl Inference {
    /// Calls a model and hands its text to `on_text` as it comes. Usage is recorded also when the call fails, is
    /// cancelled or is dropped.
    ///
    /// # Errors
    /// After the first text, any failure is final: the caller has shown something already.
    pub async fn call(
        &self,
        call: Call<'_>,
        on_text: impl FnMut(&str) + Send,
    ) -> Result<Answer, Error> {
        let (answer, ended) = self.metered(call, on_text).await;
        ended.map(|()| answer)
    }

    /// As [`Self::call`], and gives what was read and written also when the call ended badly.
    pub(crate) async fn metered(
        &self,
        mut call: Call<'_>,
        mut on_text: impl FnMut(&str) + Send,
    ) -> (Answer, Result<(), Error>) {
        call.request.model.clone_from(&call.model.model);
        let mut meter = Meter::start(self, &call);
        let ended = tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::Cancelled),
            ended = self.read(&call, &mut meter.progress, &mut on_text) => ended,
        };
        meter.outcome = match &ended {
            Ok(()) => "ok",
            Err(Error::Cancelled) => "cancelled",
            Err(Error::Model { error, .. }) => error.kind.code(),
            Err(_) => "failed",
        };
        let recorded = store::insert_usage(&self.0.db, &meter.usage()).await;
        meter.recorded = recorded.is_ok();
        let answer = meter.progress.answer(&call);
        (answer, ended.and(recorded.map(|_| ()).map_err(Into::into)))
    }

    async fn read(
        &self,
        call: &Call<'_>,
        progress: &mut Progress,
        on_text: &mut (impl FnMut(&str) + Send),
    ) -> Result<(), Error> {
        let failed = |error| Error::Model {
            provider: call.model.provider_name.clone(),
            error,
        };
        let mut events = begin(call, progress).await.map_err(failed)?;
        while let Some(event) = events.next().await {
            match event.map_err(failed)? {
                Event::Text(text) => {
                    let text = storable(&text);
                    progress.text.push_str(&text);
                    on_text(&text);
                }
                Event::Usage(usage) => progress.usage = Some(usage),
                Event::Stop(reason) => progress.stop = Some(reason),
                // No caller asks for tools or thinking yet.
                Event::Thinking { .. }
                | Event::RedactedThinking { .. }
                | Event::ToolStart { .. }
                | Event::ToolDelta { .. } => {}
            }
        }
        match progress.stop {
            None => Err(failed(carrel_models::Error::new(ErrorKind::Truncated))),
            Some(StopReason::ContentFilter) => {
                Err(failed(carrel_models::Error::new(ErrorKind::ContentFilter)))
            }
            Some(_) => Ok(()),
        }
    }
}

/// Without U+0000, which PostgreSQL can keep in no text. Providers escape it in JSON, and some models write it.
fn storable(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', ""))
    } else {
        Cow::Borrowed(text)
    }
}

/// The provider's stream once it has begun; before that, what may pass is tried again.
async fn begin(
    call: &Call<'_>,
    progress: &mut Progress,
) -> Result<EventStream, carrel_models::Error> {
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        progress.sent = true;
        let error = match call.model.provider.stream(&call.request).await {
            Ok(events) => return Ok(events),
            Err(error) => error,
        };
        progress.sent = may_have_read(&error);
        let wait = error.retry_after().unwrap_or(pause);
        // A provider that let the whole deadline pass once would do so again.
        let worth = error.is_retryable() && !matches!(error.kind, ErrorKind::Timeout { .. });
        if !worth || attempt >= ATTEMPTS || wait > LONGEST_WAIT {
            return Err(error);
        }
        tracing::warn!(model = call.model.id, attempt, error = %error, wait_ms = wait.as_secs_f64() * 1e3, "a model call is tried again");
        sleep(wait).await;
        pause *= 2;
    }
    unreachable!("the loop returns at its last attempt")
}

/// Whether a provider that failed so before its first event may have worked on the prompt, and count it.
fn may_have_read(error: &carrel_models::Error) -> bool {
    let refused = error.status.is_some_and(|status| status >= 400);
    let unsent = matches!(
        error.kind,
        ErrorKind::Unreachable
            | ErrorKind::Auth
            | ErrorKind::InvalidRequest
            | ErrorKind::Timeout {
                phase: TimeoutPhase::Connect
            }
    );
    !refused && !unsent
}

/// Counts one call and sees to it that its usage is recorded, whatever becomes of the call. A caller that fails beside
/// it (one of several chunks, say) drops it in the middle, when the provider has been at work already.
struct Meter<'a> {
    inference: &'a Inference,
    call: &'a Call<'a>,
    id: Uuid,
    started: Instant,
    progress: Progress,
    outcome: &'static str,
    recorded: bool,
}

impl<'a> Meter<'a> {
    fn start(inference: &'a Inference, call: &'a Call<'a>) -> Self {
        Self {
            inference,
            call,
            id: Uuid::now_v7(),
            started: Instant::now(),
            progress: Progress::default(),
            outcome: "cancelled",
            recorded: false,
        }
    }

    fn usage(&self) -> NewUsage {
        let Call {
            user,
            feature,
            generation,
            model,
            ..
        } = self.call;
        let totals = self.progress.totals(self.call);
        NewUsage {
            id: self.id,
            user: *user,
            generation: *generation,
            feature,
            model: model.id.clone(),
            input_tokens: totals.input_tokens,
            output_tokens: totals.output_tokens,
            estimated: self.progress.usage.is_none() && !model.is_extractive(),
            cost_micros: totals.cost_micros,
            outcome: self.outcome,
        }
    }
}

impl Drop for Meter<'_> {
    fn drop(&mut self) {
        let usage = self.usage();
        let (took, label) = (
            self.started.elapsed().as_secs_f64(),
            self.call.model.label(),
        );
        metrics::counter!("carrel_model_calls_total", "model" => label.clone(), "outcome" => self.outcome).increment(1);
        metrics::histogram!("carrel_model_call_seconds", "model" => label).record(took);
        tracing::info!(
            model = usage.model,
            feature = usage.feature,
            outcome = usage.outcome,
            input_tokens = usage.input_tokens,
            output_tokens = usage.output_tokens,
            took_ms = took * 1e3,
            "model call"
        );
        if self.recorded {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let db = self.inference.0.db.clone();
        let record = async move {
            if let Err(error) = store::insert_usage(&db, &usage).await {
                tracing::error!(error = %error, "the usage of a model call could not be recorded");
            }
        };
        self.inference.0.live.tasks.spawn_on(record, &runtime);
    }
}

/// How far a call has come.
#[derive(Default)]
struct Progress {
    text: String,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    /// Whether a provider may have read the prompt.
    sent: bool,
}

impl Progress {
    /// What the provider counted, or an estimate of it.
    fn totals(&self, call: &Call) -> Totals {
        let (input_tokens, output_tokens) = match self.usage {
            Some(usage) => (
                usage.input_tokens.try_into().unwrap_or(i64::MAX),
                usage.output_tokens.try_into().unwrap_or(i64::MAX),
            ),
            None if call.model.is_extractive() || !self.sent => (0, 0),
            None => (
                estimate(prompt_length(&call.request)),
                estimate(self.text.len()),
            ),
        };
        Totals {
            input_tokens,
            output_tokens,
            cost_micros: cost(input_tokens, call.model.price_in)
                + cost(output_tokens, call.model.price_out),
        }
    }

    fn answer(&self, call: &Call) -> Answer {
        let totals = self.totals(call);
        Answer {
            text: self.text.clone(),
            cut: self.stop == Some(StopReason::MaxOutputTokens),
            input_tokens: totals.input_tokens,
            output_tokens: totals.output_tokens,
            cost_micros: totals.cost_micros,
        }
    }
}

fn prompt_length(request: &ChatRequest) -> usize {
    let system = request.system.as_ref().map_or(0, String::len);
    let parts = request.messages.iter().flat_map(|m| &m.parts);
    parts.fold(system, |length, part| match part {
        carrel_models::Part::Text(text) => length + text.len(),
        _ => length,
    })
}

fn estimate(bytes: usize) -> i64 {
    bytes
        .div_ceil(BYTES_PER_TOKEN)
        .try_into()
        .unwrap_or(i64::MAX)
}

/// Tokens at a price per million, rounded up to whole micro-units.
fn cost(tokens: i64, price_per_million: i64) -> i64 {
    let micros = i128::from(tokens) * i128::from(price_per_million);
    i64::try_from((micros + 999_999) / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    #[test]
    fn a_refused_request_is_not_counted_and_a_silent_provider_is() {
        let refused = carrel_models::Error {
            status: Some(429),
            ..carrel_models::Error::new(ErrorKind::RateLimited { retry_after: None })
        };
        assert!(!may_have_read(&refused));
        let silent = carrel_models::Error::new(ErrorKind::Timeout {
            phase: TimeoutPhase::FirstEvent,
        });
        assert!(may_have_read(&silent));
    }

    #[test]
    fn text_that_postgresql_can_not_keep_is_left_out() {
        assert_eq!(storable("a\0b"), "ab");
        assert_eq!(storable("plain"), "plain");
    }

    #[test]
    fn a_started_micro_unit_is_charged() {
        assert_eq!(cost(1_000_000, 3_000_000), 3_000_000);
        assert_eq!(cost(1, 1), 1);
        assert_eq!(cost(0, 5), 0);
    }
}
