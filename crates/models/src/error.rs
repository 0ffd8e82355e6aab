use std::time::Duration;

/// Longest part of a provider's own error text that is passed on, in characters.
const SHOWN_CHARACTERS: usize = 200;

/// Beginnings of well-known key formats; providers like to quote the key they refuse.
const KEY_PREFIXES: [&str; 8] = [
    "sk-", "sk_", "gsk_", "xai-", "AIza", "hf_", "Bearer", "bearer",
];

/// Why a model call failed. `message` is safe to show to a person: it holds no key and at most 200 characters of what
/// the provider said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What went wrong, for code to decide on.
    pub kind: ErrorKind,
    /// The HTTP status the provider answered with, when it answered.
    pub status: Option<u16>,
    /// What went wrong, for people.
    pub message: String,
    /// The provider's name for this request, to quote in a support case.
    pub request_id: Option<String>,
}

/// The ways a model call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many requests or tokens in a window; `retry_after` as the provider asked for.
    RateLimited { retry_after: Option<Duration> },
    /// The provider has no capacity at the moment.
    Overloaded { retry_after: Option<Duration> },
    /// The key is missing or refused, or the account behind it may not be charged. Needs an administrator.
    Auth,
    /// The provider (or this crate) refuses the request as it is; sending it again changes nothing.
    InvalidRequest,
    /// The prompt is longer than the model's context window.
    ContextLength,
    /// The provider's content rules refuse the prompt or stopped the answer.
    ContentFilter,
    /// A deadline passed.
    Timeout { phase: TimeoutPhase },
    /// The answer ended without its terminal event, so its end is missing.
    Truncated,
    /// The provider answered something that isn't its own protocol.
    Protocol,
    /// The provider failed inside.
    Upstream,
    /// The caller gave up the call.
    Cancelled,
    /// The provider has no model of that name, or this key may not use it.
    ModelNotFound,
    /// No connection to the provider.
    Unreachable,
}

/// What was being waited for when a deadline passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutPhase {
    /// The connection to the provider.
    Connect,
    /// The first event of the answer.
    FirstEvent,
    /// The next bytes of an answer that had begun.
    Idle,
}

impl ErrorKind {
    /// A stable `snake_case` name for logs, metrics and stored rows.
    pub fn code(self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::Auth => "auth",
            Self::InvalidRequest => "invalid_request",
            Self::ContextLength => "context_length",
            Self::ContentFilter => "content_filter",
            Self::Timeout {
                phase: TimeoutPhase::Connect,
            } => "timeout_connect",
            Self::Timeout {
                phase: TimeoutPhase::FirstEvent,
            } => "timeout_first_event",
            Self::Timeout {
                phase: TimeoutPhase::Idle,
            } => "timeout_idle",
            Self::Truncated => "truncated",
            Self::Protocol => "protocol",
            Self::Upstream => "upstream",
            Self::Cancelled => "cancelled",
            Self::ModelNotFound => "model_not_found",
            Self::Unreachable => "unreachable",
        }
    }

    /// Whether the same request may succeed when it is sent again later.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Timeout { .. }
            | Self::Truncated
            | Self::Upstream
            | Self::Unreachable => true,
            Self::Auth
            | Self::InvalidRequest
            | Self::ContextLength
            | Self::ContentFilter
            | Self::Protocol
            | Self::Cancelled
            | Self::ModelNotFound => false,
        }
    }

    /// How long the provider asked to be left alone.
    pub fn retry_after(self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::Overloaded { retry_after } => retry_after,
            _ => None,
        }
    }

    /// The sentence that stands before the provider's own words.
    fn sentence(self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "the model provider limits the rate of requests",
            Self::Overloaded { .. } => "the model provider is overloaded",
            Self::Auth => "the model provider refuses the API key or its account",
            Self::InvalidRequest => "the model provider refuses the request",
            Self::ContextLength => "the text is longer than the model can read at once",
            Self::ContentFilter => "the model provider's content rules refuse this text",
            Self::Timeout {
                phase: TimeoutPhase::Connect,
            } => "the model provider could not be connected in time",
            Self::Timeout {
                phase: TimeoutPhase::FirstEvent,
            } => "the model did not begin to answer in time",
            Self::Timeout {
                phase: TimeoutPhase::Idle,
            } => "the model stopped answering in the middle",
            Self::Truncated => "the answer broke off before its end",
            Self::Protocol => "the model provider answered something unexpected",
            Self::Upstream => "the model provider failed",
            Self::Cancelled => "the model call was cancelled",
            Self::ModelNotFound => "the model provider has no such model",
            Self::Unreachable => "the model provider can't be reached",
        }
    }
}

impl Error {
    /// An error that says no more than its kind does.
    pub fn new(kind: ErrorKind) -> Self {
        Self {
            kind,
            status: None,
            message: kind.sentence().to_owned(),
            request_id: None,
        }
    }

    /// The error of a call its caller gave up.
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled)
    }

    /// Whether the same request may succeed when it is sent again later.
    pub fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }

    /// How long the provider asked to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.kind.retry_after()
    }

    /// An error with our own words after the kind's sentence.
    pub(crate) fn because(kind: ErrorKind, detail: impl AsRef<str>) -> Self {
        let mut error = Self::new(kind);
        let detail = detail.as_ref();
        if !detail.is_empty() {
            error.message.push_str(": ");
            error.message.push_str(detail);
        }
        error
    }

    /// An error whose whole message is ours.
    pub(crate) fn saying(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::new(kind)
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::saying(ErrorKind::InvalidRequest, message)
    }

    pub(crate) fn timeout(phase: TimeoutPhase) -> Self {
        Self::new(ErrorKind::Timeout { phase })
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        if request_id.is_some() {
            self.request_id = request_id;
        }
        self
    }
}

/// A provider's own words, made fit to be shown: one line, no control characters, no keys, at most 200 characters.
pub(crate) fn shown(text: &str, key: Option<&str>) -> String {
    let text = match key {
        Some(key) if key.len() >= 4 => text.replace(key, "[key]"),
        _ => text.to_owned(),
    };
    let mut line = String::new();
    let mut after_bearer = false;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if word.is_empty() {
            continue;
        }
        let is_key = after_bearer || KEY_PREFIXES.iter().any(|prefix| word.contains(prefix));
        after_bearer = word.to_ascii_lowercase().ends_with("bearer");
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(if is_key { "[key]" } else { word });
    }
    if let Some((end, _)) = line.char_indices().nth(SHOWN_CHARACTERS) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_quoted_by_the_provider_is_not_shown() {
        let said = "Incorrect API key provided: sk-proj-abcdef123. See Authorization: Bearer tok_123 or my.own.key";
        let line = shown(said, Some("my.own.key"));
        assert_eq!(
            line,
            "Incorrect API key provided: [key] See Authorization: [key] [key] or [key]"
        );
    }

    #[test]
    fn a_long_message_with_control_characters_becomes_one_short_line() {
        let said = format!("first\u{1b}[31m\nsecond\t{}", "ä".repeat(500));
        let line = shown(&said, None);
        assert!(line.starts_with("first [31m second ää"));
        assert_eq!(line.chars().count(), SHOWN_CHARACTERS + 1);
        assert!(line.ends_with('…'));
    }
}
