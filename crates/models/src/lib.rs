//! Wire adapters to model providers: one neutral request, one neutral stream of events.
//!
//! This engine knows no users, no database and no HTTP routes. It turns a [`ChatRequest`] into whatever a provider
//! speaks, and whatever the provider streams back into [`Event`]s, so that the wing above it never sees a wire format.
//! What it promises to that wing:
//!
//! - [`Provider::stream`] returns once the provider has really begun to answer. Until then every failure is an `Err`
//!   with a true status, so the caller can retry or fall back before it has shown anything to anybody.
//! - A stream ends with exactly one [`Event::Stop`], or with an error. A connection that merely closes is
//!   [`ErrorKind::Truncated`], never a stop.
//! - Tool arguments reach the caller only if they parse; otherwise the stream fails with [`ErrorKind::Protocol`].
//! - Nothing is read ahead of the caller: a slow reader slows the provider down, and dropping the stream closes the
//!   connection, which is how providers learn that an answer is no longer wanted.
//! - Error messages are fit to be shown: no keys, no raw bodies.
//!
//! Retries, fallback, circuit breaking, budgets and cost belong to `inference`. There is one file per provider, each in
//! the same order: address and headers, request, response, errors, model list.
//!
//! [`extractive`] needs no provider at all: it ranks and quotes passages of the given sources and says that it does.

mod anthropic;
mod connections;
mod endpoint;
mod error;
mod event;
pub mod extractive;
mod fault;
mod grounding;
pub mod ollama;
mod openai;
mod provider;
mod request;
mod secret;
pub mod sse;
mod tool_calls;
mod wire;

pub use connections::Connections;
pub use error::{Error, ErrorKind, TimeoutPhase};
pub use event::{Completion, Event, EventStream, StopReason, Usage, collect};
pub use grounding::{Grounding, Passage, Section, Task};
pub use provider::{ModelDescription, Provider, ProviderConfig, ProviderKind, Timeouts};
pub use request::{ChatRequest, Effort, Message, Part, ResponseFormat, Role, Thinking, Tool};
pub use secret::Secret;
