//! The database itself: to look at what is stored, and to meddle with it as somebody who got hold of it could.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

/// A connection of its own.
pub enum Storage {
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

impl Storage {
    /// The PostgreSQL at this address, or the SQLite file in the data directory.
    pub(crate) async fn open(url: Option<&str>, data: &Path) -> Self {
        match url {
            Some(url) => Self::Postgres(PgConnection::connect(url).await.expect("PostgreSQL")),
            None => Self::Sqlite(
                SqliteConnectOptions::new()
                    .filename(data.join("carrel.db"))
                    .busy_timeout(Duration::from_secs(30))
                    .connect()
                    .await
                    .expect("the SQLite file"),
            ),
        }
    }

    /// One text of each row.
    pub async fn texts(&mut self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(c) => sqlx::query_scalar(sql).fetch_all(c).await,
            Self::Postgres(c) => sqlx::query_scalar(sql).fetch_all(c).await,
        }
        .expect("is read")
    }

    /// Changes rows, with texts for `$1`, `$2` …; gives their number.
    pub async fn change(&mut self, sql: &str, texts: &[&str]) -> u64 {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(c) => {
                let query = texts
                    .iter()
                    .fold(sqlx::query(sql), |q, text| q.bind((*text).to_owned()));
                query.execute(c).await.expect("is changed").rows_affected()
            }
            Self::Postgres(c) => {
                let query = texts
                    .iter()
                    .fold(sqlx::query(sql), |q, text| q.bind((*text).to_owned()));
                query.execute(c).await.expect("is changed").rows_affected()
            }
        }
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
            let update = format!("UPDATE {table} SET {column} = {older} WHERE {condition}");
            let changed = self.change(&update, &[]).await;
            assert_eq!(changed, 1, "{row:?} is in {table}");
        }
    }

    /// Makes the last firing of every schedule so old that the next start makes it good.
    pub async fn age_schedules(&mut self) {
        self.change("DELETE FROM schedule_fires", &[]).await;
    }

    fn is(&self, row: Row<'_>) -> String {
        match (row, self) {
            (Row::Key(key), _) => format!("key = '{key}'"),
            (Row::Id(id), Self::Sqlite(_)) => format!("id = X'{}'", id.replace('-', "")),
            (Row::Id(id), Self::Postgres(_)) => format!("id = '{id}'"),
        }
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

    /// Everything in every table, as text; bytes as hexadecimal digits.
    pub async fn dump(&mut self) -> String {
        let Self::Postgres(_) = self else {
            panic!("a SQLite file is searched as it is");
        };
        let tables = self
            .texts("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
            .await;
        let mut all = String::new();
        for table in tables {
            let rows = self
                .texts(&format!("SELECT t::text FROM \"{table}\" AS t"))
                .await;
            all.push_str(&rows.join("\n"));
            all.push('\n');
        }
        all
    }
}
