//! What every wing stands on: configuration, database, objects, jobs, keys, telemetry and the HTTP kit.
//!
//! Nothing here knows a person, a document or a model. A wing takes the parts it needs in its constructor;
//! there is no global state to reach into.

pub mod audit;
pub mod auth;
pub mod config;
pub mod crypto;
pub mod db;
pub mod id;
pub mod jobs;
pub mod mail;
pub mod objects;
pub mod settings;
pub mod telemetry;
mod text_enum;
pub mod time;
pub mod web;

#[doc(hidden)]
pub use futures::future::BoxFuture;
#[doc(hidden)]
pub use inventory;
#[doc(hidden)]
pub use sqlx;

pub use time::Timestamp;
