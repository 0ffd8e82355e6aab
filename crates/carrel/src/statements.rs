//! Every SQL statement of every wing is prepared on both databases.

use carrel_platform::db::{DatabaseUrl, Db, Statement};
use sqlx::{AssertSqlSafe, Executor, Row, SqlSafeStr};

#[tokio::test]
async fn every_statement_can_be_prepared_on_both_databases() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let sqlite = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
        .await
        .expect("SQLite opens");
    sqlite.migrate().await.expect("SQLite migrates");
    let url = std::env::var("CARREL_TEST_POSTGRES_URL")
        .expect("CARREL_TEST_POSTGRES_URL says where a PostgreSQL for tests is: run `make test`, or `scripts/with-postgres cargo test`");
    let postgres = scratch_postgres(&url, "statements").await;
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

/// 10,000 documents of 1,000 people, each shared with one of the others. (With a hundred shared ones a person PostgreSQL
/// rightly reads a table of so few and so short rows at once.)
const MANY_DOCUMENTS: [&str; 4] = [
    "INSERT INTO documents (id, owner_id, title, title_folded, status, created_at, updated_at)
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
     SELECT randomblob(16), unhex(printf('%032x', i % 1000)), 't' || i, 't' || i, 'extracted',
            '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z'
     FROM n",
    "INSERT INTO document_members (document_id, user_id, role, since)
     SELECT id, unhex(printf('%032x', (rowid + 1) % 1000)), 'viewer', created_at FROM documents",
    "INSERT INTO documents (id, owner_id, title, title_folded, status, created_at, updated_at)
     SELECT gen_random_uuid(), lpad(to_hex(i % 1000), 32, '0')::uuid, 't' || i, 't' || i, 'extracted', now(), now()
     FROM generate_series(1, 10000) AS n (i)",
    "INSERT INTO document_members (document_id, user_id, role, since)
     SELECT id, lpad(to_hex((row_number() OVER ()) % 1000), 32, '0')::uuid, 'viewer', created_at FROM documents",
];

#[tokio::test]
async fn lists_of_documents_read_no_whole_table() {
    let dir = tempfile::tempdir().expect("a scratch directory");
    let sqlite = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1).await;
    let sqlite = sqlite.expect("SQLite opens");
    sqlite.migrate().await.expect("SQLite migrates");
    let url = std::env::var("CARREL_TEST_POSTGRES_URL").expect("CARREL_TEST_POSTGRES_URL");
    let postgres = scratch_postgres(&url, "lists").await;
    postgres.migrate().await.expect("PostgreSQL migrates");
    let (Db::Sqlite { writer, .. }, Db::Postgres(pool)) = (&sqlite, &postgres) else {
        unreachable!("opened as these")
    };
    for sql in &MANY_DOCUMENTS[..2] {
        writer.execute(*sql).await.expect("rows");
    }
    writer.execute("ANALYZE").await.expect("figures");
    for sql in &MANY_DOCUMENTS[2..] {
        pool.execute(*sql).await.expect("rows");
    }
    pool.execute("ANALYZE").await.expect("figures");

    let lists: Vec<_> = Statement::all()
        .filter(|one| one.file.ends_with("store/documents.rs") && one.sqlite.contains("UNION ALL"))
        .collect();
    assert_eq!(lists.len(), 3, "one for each order");
    for list in lists {
        let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", list.sqlite));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(plan)
            .fetch_all(writer)
            .await
            .expect("a plan");
        let plan: Vec<_> = rows.into_iter().map(|(.., step)| step).collect();
        let scanned = |step: &String| {
            let scan = [
                "SCAN d",
                "SCAN m",
                "SCAN documents",
                "SCAN drafts",
                "SCAN i",
            ];
            scan.iter()
                .any(|scan| step == scan || step.starts_with(&format!("{scan} ")))
        };
        let plan_text = plan.join("\n");
        assert!(!plan.iter().any(scanned), "line {}: {plan_text}", list.line);
        // One order each comes from its index, without a sort of everything a person owns.
        let own = plan
            .iter()
            .find(|step| step.contains("d USING") && step.contains("owner_id"));
        assert!(own.is_some(), "line {}: {plan_text}", list.line);

        let plan = AssertSqlSafe(format!("EXPLAIN (GENERIC_PLAN) {}", list.postgres));
        // Without values to bind, which only the simple protocol allows.
        let rows = sqlx::raw_sql(plan).fetch_all(pool).await.expect("a plan");
        let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = rows.join("\n");
        for table in ["documents", "document_members", "document_invitations"] {
            let scan = format!("Seq Scan on {table} ");
            // The table of invitations is empty: nothing is quicker than looking.
            let empty = table == "document_invitations";
            assert!(empty || !plan.contains(&scan), "line {}: {plan}", list.line);
        }
    }
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

async fn scratch_postgres(url: &str, what: &str) -> Db {
    let cluster = Db::open(&DatabaseUrl::Postgres(url.to_owned()), 1)
        .await
        .expect("PostgreSQL answers");
    let Db::Postgres(pool) = &cluster else {
        unreachable!("opened as PostgreSQL")
    };
    let name = format!("{what}_{}", std::process::id());
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
