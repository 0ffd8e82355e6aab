//! The adapters against a local server that speaks each provider's wire format byte for byte, and the engine that needs
//! no provider.

mod answers;
mod anthropic;
mod broken_streams;
mod configuration;
mod connections;
mod extractive;
mod ollama;
mod openai;
mod refusals;
mod server;
mod sse;
mod timeouts;
mod wires;
