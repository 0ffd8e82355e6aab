//! Every SQL statement of every wing is prepared on both databases.

use carrel_platform::db::{DatabaseUrl, Db, Statement};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

#[tokio::test]
async fn every_statement_can_be_prepared_on_both_databases() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let sqlite = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("SQLite opens");
    sqlite.migrate().await.expect("SQLite migrates");
    let url = std::env::var("CARREL_TEST_POSTGRES_URL")
        .expect("CARREL_TEST_POSTGRES_URL says where a PostgreSQL for tests is: run `make test`, or `scripts/with-postgres cargo test`");
    let postgres = scratch_postgres(&url).await;
    postgres.migrate().await.expect("PostgreSQL migrates");

    let mut count = 0;
    let mut broken = Vec::new();
    for statement in Statement::all() {
        count += 1;
        let here = format!("{}:{}", statement.file, statement.line);
        if let Err(error) = prepare(&sqlite, statement.sqlite).await {
            broken.push(format!("{here} on SQLite: {error}"));
        }
        if let Err(error) = prepare(&postgres, statement.postgres).await {
            broken.push(format!("{here} on PostgreSQL: {error}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 100, "only {count} statements were found");
}

async fn prepare(db: &Db, sql: &'static str) -> sqlx::Result<()> {
    match db {
        Db::Sqlite { writer, .. } => writer
            .acquire()
            .await?
            .prepare(sql.into_sql_str())
            .await
            .map(|_| ()),
        Db::Postgres(pool) => pool
            .acquire()
            .await?
            .prepare(sql.into_sql_str())
            .await
            .map(|_| ()),
    }
}

async fn scratch_postgres(url: &str) -> Db {
    let cluster = Db::open(&DatabaseUrl::Postgres(url.to_owned()), 1)
        .await
        .expect("PostgreSQL answers");
    let Db::Postgres(pool) = &cluster else {
        unreachable!("opened as PostgreSQL")
    };
    let name = format!("statements_{}", std::process::id());
    let make = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(make)
        .execute(pool)
        .await
        .expect("a database can be made");
    let (server, _) = url.rsplit_once('/').expect("the URL names a database");
    Db::open(&DatabaseUrl::Postgres(format!("{server}/{name}")), 2)
        .await
        .expect("the new database answers")
}
