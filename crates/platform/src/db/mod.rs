//! One database handle over SQLite and PostgreSQL, and the macros that run one SQL text on either.
//!
//! SQLite is opened as one writer connection and a pool of readers: with a single writer there is no
//! `SQLITE_BUSY`, and WAL lets readers go on beside it. A statement that begins with `SELECT` runs on a reader,
//! every other one on the writer; see [`query!`](crate::query).

mod connect;
mod migrations;
mod query;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

pub use connect::DatabaseUrl;
pub use query::Statement;

/// An open database.
#[derive(Clone, Debug)]
pub enum Db {
    /// SQLite in WAL mode: one writer, many readers.
    Sqlite {
        /// The one connection that writes.
        writer: SqlitePool,
        /// Read-only connections.
        readers: SqlitePool,
    },
    /// PostgreSQL 15 or later.
    Postgres(PgPool),
}

/// Which of the two databases is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A transaction. Dropped without [`Tx::commit`] it rolls back and its [`Tx::on_commit`] calls never run.
pub struct Tx {
    inner: TxInner,
    after: Vec<Box<dyn FnOnce() + Send>>,
}

enum TxInner {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A connection borrowed for one statement; made by the query macros.
#[doc(hidden)]
pub enum Lease<'c> {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(&'c mut SqliteConnection),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(&'c mut PgConnection),
}

/// The connection inside a [`Lease`]; matched by the query macros.
#[doc(hidden)]
pub enum Conn<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Lease<'_> {
    #[doc(hidden)]
    pub fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(c) => Conn::Sqlite(c),
            Self::SqliteTx(c) => Conn::Sqlite(c),
            Self::Postgres(c) => Conn::Postgres(c),
            Self::PostgresTx(c) => Conn::Postgres(c),
        }
    }
}

impl Db {
    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a transaction. On SQLite it takes the writer at once (`BEGIN IMMEDIATE`), so it never has to be
    /// retried for a lock it could not upgrade.
    pub async fn begin(&self) -> sqlx::Result<Tx> {
        let inner = match self {
            Self::Sqlite { writer, .. } => TxInner::Sqlite(begin_immediate(writer).await?),
            Self::Postgres(pool) => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx {
            inner,
            after: Vec::new(),
        })
    }

    /// Answers when the database answers.
    pub async fn ping(&self) -> sqlx::Result<()> {
        crate::scalar!(self, fetch_one, i64, "SELECT CAST(1 AS BIGINT)").map(|_| ())
    }

    /// Closes every connection after the statements that run have ended.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }

    #[doc(hidden)]
    pub async fn lease(&self, sql: &str) -> sqlx::Result<Lease<'static>> {
        match self {
            Self::Sqlite { writer, readers } => {
                let pool = if sql.starts_with("SELECT") {
                    readers
                } else {
                    writer
                };
                Ok(Lease::Sqlite(pool.acquire().await?))
            }
            Self::Postgres(pool) => Ok(Lease::Postgres(pool.acquire().await?)),
        }
    }
}

async fn begin_immediate(writer: &SqlitePool) -> sqlx::Result<Transaction<'static, Sqlite>> {
    const BEGIN: &str = "BEGIN IMMEDIATE";
    match writer.begin_with(BEGIN).await {
        // On a full disk SQLite rolls back by itself; sqlx still counts the transaction, and would refuse every
        // later one on this connection.
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with(BEGIN).await
        }
        begun => begun,
    }
}

impl Tx {
    /// Makes everything durable, then runs what waited for it.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        for call in self.after {
            call();
        }
        Ok(())
    }

    /// Undoes everything now rather than at the next use of the connection.
    pub async fn rollback(self) -> sqlx::Result<()> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.rollback().await,
            TxInner::Postgres(tx) => tx.rollback().await,
        }
    }

    /// Calls `call` once the transaction is durable; never if it is not.
    pub fn on_commit(&mut self, call: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(call));
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.inner {
            TxInner::Sqlite(_) => Dialect::Sqlite,
            TxInner::Postgres(_) => Dialect::Postgres,
        }
    }

    #[doc(hidden)]
    #[expect(
        clippy::unused_async,
        reason = "the query macros await the same call on Db"
    )]
    pub async fn lease(&mut self, _sql: &str) -> sqlx::Result<Lease<'_>> {
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => Lease::SqliteTx(tx),
            TxInner::Postgres(tx) => Lease::PostgresTx(tx),
        })
    }
}

/// Ids as one argument: a JSON list of UUIDs in plain hex. A statement unfolds it with
/// `(SELECT unhex(value) FROM json_each($1))` on SQLite and
/// `(SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))` on PostgreSQL.
pub fn id_list(ids: impl IntoIterator<Item = uuid::Uuid>) -> String {
    let ids: Vec<_> = ids.into_iter().map(|id| id.simple().to_string()).collect();
    serde_json::to_string(&ids).unwrap_or_default()
}

/// Whether the error is a broken unique constraint: somebody else was first.
pub fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Whether the error says that there is no room left to write (SQLite 13 `SQLITE_FULL`, PostgreSQL 53100).
pub fn is_storage_full(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| matches!(code.as_ref(), "13" | "778" | "53100"))
}

#[cfg(test)]
mod tests;
