//! What the black-box tests stand on: the built binary with a database of its own, people who talk to it over HTTP as
//! any program would, scripted model providers, an S3 server, and real files made on the spot.
//!
//! Nothing here knows Carrel's crates. A test reads like the story it tells:
//!
//! ```ignore
//! both_databases! { an_uploaded_document_is_extracted }
//!
//! async fn an_uploaded_document_is_extracted(backend: Backend) {
//!     let server = Server::start(backend).await;
//!     let ada = server.person("Ada").await;
//!     let document = ada.upload_and_extract("notes.md", "text/markdown", b"# Notes").await;
//!     assert_eq!(document["status"], "extracted");
//! }
//! ```
//!
//! The binary is the one in `CARREL_BIN`, else `debug/carrel` of the target directory. PostgreSQL is the one in
//! `CARREL_TEST_POSTGRES_URL`, which `scripts/with-postgres` sets; a PostgreSQL test without it fails and says so.

pub mod client;
pub mod database;
pub mod disk;
pub mod document;
pub mod events;
pub mod key_service;
pub mod object_server;
pub mod person;
pub mod program;
pub mod samples;
pub mod server;
pub mod smtp;
pub mod storage;
pub mod upstream;
pub mod wait;

pub use client::{Client, Reply};
pub use database::Backend;
pub use person::Person;
pub use server::Server;
pub use upstream::{Turn, Upstream};
pub use wait::eventually;

/// Makes of each promise, a function of a [`Backend`], two tests: `promise::sqlite` and `promise::postgres`.
#[macro_export]
macro_rules! both_databases {
    ($($promise:ident),+ $(,)?) => {$(
        mod $promise {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$promise($crate::Backend::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$promise($crate::Backend::Postgres).await;
            }
        }
    )+};
}
