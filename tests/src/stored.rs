//! The database under a server, for what no API can do: let time pass, and leave work behind as a crash would.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection, SqliteConnection};

/// A connection to the database of a server. With SQLite the server must be stopped.
pub enum Stored {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// One row of a table, by its primary key.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A column named `id` with a UUID.
    Id(&'a str),
    /// A column named `key` with text.
    Key(&'a str),
}

impl Stored {
    pub(crate) async fn sqlite(file: &std::path::Path) -> Self {
        let options = SqliteConnectOptions::new().filename(file);
        Self::Sqlite(options.connect().await.expect("the database opens"))
    }

    pub(crate) async fn postgres(url: &str) -> Self {
        let connection = PgConnection::connect(url).await;
        Self::Postgres(connection.expect("PostgreSQL answers"))
    }

    /// Makes a row's times this many days older.
    pub async fn age(&mut self, table: &str, columns: &[&str], row: Row<'_>, days: u32) {
        for column in columns {
            let older = match self {
                // Carrel keeps times as text of one fixed width; what is behind the seconds stays.
                Self::Sqlite(_) => format!(
                    "strftime('%Y-%m-%dT%H:%M:%S', {column}, '-{days} days') || substr({column}, 20)"
                ),
                Self::Postgres(_) => format!("{column} - interval '{days} days'"),
            };
            let condition = self.is(row);
            let changed = self
                .run(&format!(
                    "UPDATE {table} SET {column} = {older} WHERE {condition}"
                ))
                .await;
            assert_eq!(changed, 1, "{row:?} is in {table}");
        }
    }

    /// Makes the last firing of every schedule so old that the next start makes it good.
    pub async fn age_schedules(&mut self) {
        self.run("DELETE FROM schedule_fires").await;
    }

    fn is(&self, row: Row<'_>) -> String {
        match (row, self) {
            (Row::Key(key), _) => format!("key = '{key}'"),
            (Row::Id(id), Self::Sqlite(_)) => format!("id = X'{}'", id.replace('-', "")),
            (Row::Id(id), Self::Postgres(_)) => format!("id = '{id}'"),
        }
    }

    /// Runs a statement that is the same for both databases; gives how many rows it changed.
    pub async fn run(&mut self, statement: &str) -> u64 {
        // Tests write these statements themselves, with ids that Carrel made.
        let safe = sqlx::AssertSqlSafe(statement.to_owned());
        let done = match self {
            Self::Sqlite(connection) => sqlx::query(safe)
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
            Self::Postgres(connection) => sqlx::query(safe)
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
        };
        done.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }

    /// The number that a statement gives.
    pub async fn count(&mut self, statement: &str) -> i64 {
        let safe = sqlx::AssertSqlSafe(statement.to_owned());
        let counted = match self {
            Self::Sqlite(connection) => sqlx::query_scalar(safe).fetch_one(connection).await,
            Self::Postgres(connection) => sqlx::query_scalar(safe).fetch_one(connection).await,
        };
        counted.unwrap_or_else(|error| panic!("{statement}: {error}"))
    }
}
