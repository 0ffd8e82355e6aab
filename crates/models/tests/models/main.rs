//! The adapters against a local server that speaks each provider's wire format byte for byte, and the engine that needs
//! no provider.

mod anthropic;
mod extractive;
mod failures;
mod ollama;
mod openai;
mod server;
mod sse;
mod wires;
