//! One model call: retried before its first event, counted whatever its end.

use std::time::{Duration, Instant};

use carrel_models::{ChatRequest, ErrorKind, Event, EventStream, StopReason, Usage};
use carrel_platform::auth::UserId;
use futures::StreamExt;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::catalogue::ResolvedModel;
use crate::store::{self, NewUsage};
use crate::{Error, GenerationId, Inference};

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// A provider that asks to wait longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Characters per token when the provider doesn't count.
const CHARACTERS_PER_TOKEN: usize = 4;

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
    /// Calls a model and hands its text to `on_text` as it comes. Usage is recorded also when the call fails or is
    /// cancelled.
    ///
    /// # Errors
    /// After the first text, any failure is final: the caller has shown something already.
    pub async fn call(
        &self,
        mut call: Call<'_>,
        mut on_text: impl FnMut(&str) + Send,
    ) -> Result<Answer, Error> {
        call.request.model.clone_from(&call.model.model);
        let started = Instant::now();
        let mut progress = Progress::default();
        let result = tokio::select! {
            biased;
            () = call.cancel.cancelled() => Err(Error::Cancelled),
            result = self.read(&call, &mut progress, &mut on_text) => result,
        };
        let answer = progress.answer(&call);
        let outcome = match &result {
            Ok(()) => "ok",
            Err(Error::Cancelled) => "cancelled",
            Err(Error::Model { error, .. }) => error.kind.code(),
            Err(_) => "failed",
        };
        metrics::counter!("carrel_model_calls_total", "model" => call.model.id.clone(), "outcome" => outcome).increment(1);
        metrics::histogram!("carrel_model_call_seconds", "model" => call.model.id.clone())
            .record(started.elapsed().as_secs_f64());
        tracing::info!(
            model = call.model.id,
            feature = call.feature,
            outcome,
            input_tokens = answer.input_tokens,
            output_tokens = answer.output_tokens,
            took_ms = started.elapsed().as_secs_f64() * 1e3,
            "model call"
        );
        store::insert_usage(
            &self.0.db,
            &NewUsage {
                user: call.user,
                generation: call.generation,
                feature: call.feature,
                model: &call.model.id,
                input_tokens: answer.input_tokens,
                output_tokens: answer.output_tokens,
                estimated: progress.usage.is_none() && !call.model.is_extractive(),
                cost_micros: answer.cost_micros,
                outcome,
            },
        )
        .await?;
        result.map(|()| answer)
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
        let wait = error.retry_after().unwrap_or(pause);
        // A provider that let the whole deadline pass once would do so again.
        let worth = error.is_retryable() && !matches!(error.kind, ErrorKind::Timeout { .. });
        if !worth || attempt >= ATTEMPTS || wait > LONGEST_WAIT {
            progress.sent = !matches!(error.kind, ErrorKind::Unreachable | ErrorKind::Auth);
            return Err(error);
        }
        tracing::warn!(model = call.model.id, attempt, error = %error, wait_ms = wait.as_secs_f64() * 1e3, "a model call is tried again");
        sleep(wait).await;
        pause *= 2;
    }
    unreachable!("the loop returns at its last attempt")
}

#[derive(Default)]
struct Progress {
    text: String,
    usage: Option<Usage>,
    stop: Option<StopReason>,
    /// Whether a provider may have read the prompt.
    sent: bool,
}

impl Progress {
    fn answer(&self, call: &Call<'_>) -> Answer {
        let (input, output) = match self.usage {
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
        Answer {
            text: self.text.clone(),
            cut: self.stop == Some(StopReason::MaxOutputTokens),
            input_tokens: input,
            output_tokens: output,
            cost_micros: cost(input, call.model.price_in) + cost(output, call.model.price_out),
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

fn estimate(characters: usize) -> i64 {
    characters
        .div_ceil(CHARACTERS_PER_TOKEN)
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
    use super::cost;

    #[test]
    fn a_started_micro_unit_is_charged() {
        assert_eq!(cost(1_000_000, 3_000_000), 3_000_000);
        assert_eq!(cost(1, 1), 1);
        assert_eq!(cost(0, 5), 0);
    }
}
