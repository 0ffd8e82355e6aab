//! The schema, as numbered files under `migrations/` at the root of the repository: the same numbers and names
//! for both databases.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::Db;

macro_rules! migrations {
    ($dialect:literal: $($number:literal $name:literal),* $(,)?) => {
        [$((
            $number,
            $name,
            include_str!(concat!("../../../../migrations/", $dialect, "/", $name, ".sql")),
        )),*]
    };
}

const SQLITE: [(i64, &str, &str); 12] = migrations!("sqlite":
    1 "0001_platform", 2 "0002_accounts", 3 "0003_inference", 4 "0004_documents", 5 "0005_retention",
    6 "0006_prompt_versions", 7 "0007_roles", 8 "0008_audit", 9 "0009_mail", 10 "0010_keys", 11 "0011_data_keys",
    12 "0012_sharing");
const POSTGRES: [(i64, &str, &str); 12] = migrations!("postgres":
    1 "0001_platform", 2 "0002_accounts", 3 "0003_inference", 4 "0004_documents", 5 "0005_retention",
    6 "0006_prompt_versions", 7 "0007_roles", 8 "0008_audit", 9 "0009_mail", 10 "0010_keys", 11 "0011_data_keys",
    12 "0012_sharing");

fn migrator(files: &[(i64, &'static str, &'static str)]) -> Migrator {
    Migrator::with_migrations(
        files
            .iter()
            .map(|&(number, name, sql)| {
                let name = name.split_once('_').map_or(name, |(_, name)| name);
                Migration::new(
                    number,
                    name.into(),
                    MigrationType::Simple,
                    sql.into_sql_str(),
                    false,
                )
            })
            .collect(),
    )
}

impl Db {
    /// How many migrations the database has yet to take.
    pub async fn pending_migrations(&self) -> i64 {
        let all = i64::try_from(SQLITE.len()).unwrap_or(i64::MAX);
        // Without the table nothing was ever migrated.
        let taken = crate::scalar!(
            self,
            fetch_one,
            i64,
            "SELECT COUNT(*) FROM _sqlx_migrations"
        );
        all - taken.unwrap_or(0)
    }

    /// Brings the schema up to date. Safe to call from several nodes at once on PostgreSQL (advisory lock).
    ///
    /// # Errors
    /// When a migration fails (it is rolled back), or when the database was migrated by a newer Carrel.
    pub async fn migrate(&self) -> Result<(), MigrateError> {
        match self {
            Self::Sqlite { writer, .. } => migrator(&SQLITE).run(writer).await,
            Self::Postgres(pool) => migrator(&POSTGRES).run(pool).await,
        }
    }
}
