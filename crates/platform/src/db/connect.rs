//! Opening a database from its URL.

use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tracing::log::LevelFilter;

use super::Db;

/// How long a request waits for a connection before it is told that the server is busy.
const ACQUIRE: Duration = Duration::from_secs(10);
const SLOW: Duration = Duration::from_millis(500);
const READERS: u32 = 8;

/// Where the database is: `sqlite:PATH` or `postgres://…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file, made when it does not exist.
    Sqlite(PathBuf),
    /// A PostgreSQL connection URL.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(
                    "a sqlite: URL needs a path, such as sqlite:/var/lib/carrel/carrel.db".into(),
                );
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.into()));
        }
        Err("a database URL begins with sqlite: or postgres://".into())
    }
}

impl Db {
    /// Opens the database, making a SQLite file that does not exist. Does not migrate.
    pub async fn open(url: &DatabaseUrl, postgres_connections: u32) -> sqlx::Result<Self> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                // Made before SQLite would make it, readable by nobody else; its side files follow its mode.
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .mode(0o600)
                    .open(path)?;
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(ACQUIRE)
                    .pragma("temp_store", "memory")
                    .pragma("cache_size", "-8000")
                    // What is deleted is overwritten where its page is written anyway: a destroyed key, a removed
                    // person.
                    .pragma("secure_delete", "FAST")
                    .log_statements(LevelFilter::Trace)
                    .log_slow_statements(LevelFilter::Warn, SLOW);
                let writer = SqlitePoolOptions::new()
                    .max_connections(1)
                    .acquire_timeout(ACQUIRE)
                    .idle_timeout(None)
                    .max_lifetime(None)
                    .connect_with(options.clone().create_if_missing(true))
                    .await?;
                let readers = SqlitePoolOptions::new()
                    .max_connections(READERS)
                    .acquire_timeout(ACQUIRE)
                    .connect_lazy_with(options.read_only(true));
                Ok(Self::Sqlite { writer, readers })
            }
            DatabaseUrl::Postgres(url) => {
                let options = PgConnectOptions::from_str(url)?
                    .application_name("carrel")
                    .log_statements(LevelFilter::Trace)
                    .log_slow_statements(LevelFilter::Warn, SLOW);
                let pool = PgPoolOptions::new()
                    .max_connections(postgres_connections)
                    .acquire_timeout(ACQUIRE)
                    .connect_with(options)
                    .await?;
                Ok(Self::Postgres(pool))
            }
        }
    }
}
