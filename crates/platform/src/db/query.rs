//! The macros that write a statement once and run it on whichever database is open.

/// A statement as it stands in the source; every use of the macros registers one, so that a test can prepare
/// them all on both databases.
#[derive(Debug)]
pub struct Statement {
    /// Text for SQLite.
    pub sqlite: &'static str,
    /// Text for PostgreSQL.
    pub postgres: &'static str,
    /// Source file.
    pub file: &'static str,
    /// Line in the source file.
    pub line: u32,
}

inventory::collect!(Statement);

impl Statement {
    /// Every statement of every crate linked into this program.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        inventory::iter::<Self>.into_iter()
    }
}

/// Runs one statement on a [`Db`](crate::db::Db) or a [`Tx`](crate::db::Tx).
///
/// `query!(db, execute, "…", args…)` gives the number of rows changed;
/// `query!(db, fetch_all | fetch_one | fetch_optional, Row, "…", args…)` gives rows of a `sqlx::FromRow` type.
/// Arguments are `$1`, `$2` …, in order. Where the two databases need different texts, write
/// `sqlite: "…", postgres: "…"` in place of the text. On a `Db`, a statement that begins with `SELECT` goes to a
/// reader, every other one to the writer.
#[macro_export]
macro_rules! query {
    ($db:expr, execute, sqlite: $sqlite:literal, postgres: $postgres:literal $(, $arg:expr)* $(,)?) => {{
        $crate::register_statement!($sqlite, $postgres);
        match $db.lease($sqlite).await {
            Err(error) => Err(error),
            Ok(mut lease) => match lease.conn() {
                $crate::db::Conn::Sqlite(c) => $crate::sqlx::query($sqlite)$(.bind($arg))*.execute(c).await.map(|r| r.rows_affected()),
                $crate::db::Conn::Postgres(c) => $crate::sqlx::query($postgres)$(.bind($arg))*.execute(c).await.map(|r| r.rows_affected()),
            },
        }
    }};
    ($db:expr, execute, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::query!($db, execute, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
    ($db:expr, $fetch:ident, $row:ty, sqlite: $sqlite:literal, postgres: $postgres:literal $(, $arg:expr)* $(,)?) => {{
        $crate::register_statement!($sqlite, $postgres);
        match $db.lease($sqlite).await {
            Err(error) => Err(error),
            Ok(mut lease) => match lease.conn() {
                $crate::db::Conn::Sqlite(c) => $crate::sqlx::query_as::<_, $row>($sqlite)$(.bind($arg))*.$fetch(c).await,
                $crate::db::Conn::Postgres(c) => $crate::sqlx::query_as::<_, $row>($postgres)$(.bind($arg))*.$fetch(c).await,
            },
        }
    }};
    ($db:expr, $fetch:ident, $row:ty, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::query!($db, $fetch, $row, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
}

/// Like [`query!`](crate::query) for a single column: `scalar!(db, fetch_one, i64, "SELECT …", args…)`.
#[macro_export]
macro_rules! scalar {
    ($db:expr, $fetch:ident, $value:ty, sqlite: $sqlite:literal, postgres: $postgres:literal $(, $arg:expr)* $(,)?) => {{
        $crate::register_statement!($sqlite, $postgres);
        match $db.lease($sqlite).await {
            Err(error) => Err(error),
            Ok(mut lease) => match lease.conn() {
                $crate::db::Conn::Sqlite(c) => $crate::sqlx::query_scalar::<_, $value>($sqlite)$(.bind($arg))*.$fetch(c).await,
                $crate::db::Conn::Postgres(c) => $crate::sqlx::query_scalar::<_, $value>($postgres)$(.bind($arg))*.$fetch(c).await,
            },
        }
    }};
    ($db:expr, $fetch:ident, $value:ty, $sql:literal $(, $arg:expr)* $(,)?) => {
        $crate::scalar!($db, $fetch, $value, sqlite: $sql, postgres: $sql $(, $arg)*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! register_statement {
    ($sqlite:literal, $postgres:literal) => {
        $crate::inventory::submit! {
            $crate::db::Statement { sqlite: $sqlite, postgres: $postgres, file: file!(), line: line!() }
        }
    };
}
