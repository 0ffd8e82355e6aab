//! One empty database per test: a SQLite file in the data directory, or a PostgreSQL database copied from a template
//! that was migrated once for this binary.

use std::hash::{DefaultHasher, Hash, Hasher};

use sqlx::{Connection, PgConnection};

use crate::program;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// Any number will do, as long as nobody else locks by it.
const TEMPLATE_LOCK: i64 = 0x_CA44_E7E5_7000;

/// The master key of every copy of the template: a database can be opened only with the key it was made with.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The database a server runs on, as variables of its environment.
#[derive(Clone, Debug)]
pub struct Database {
    pub environment: Vec<(String, String)>,
}

impl Database {
    /// The default in the data directory.
    fn in_data_directory() -> Self {
        Self {
            environment: Vec::new(),
        }
    }

    fn at(url: String, master_key: Option<&str>) -> Self {
        let mut environment = vec![("CARREL_DATABASE_URL".to_owned(), url)];
        environment.extend(master_key.map(|key| ("CARREL_MASTER_KEY".to_owned(), key.to_owned())));
        Self { environment }
    }

    /// An empty database of this kind, already migrated when it is PostgreSQL.
    pub async fn fresh(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::in_data_directory(),
            Backend::Postgres => {
                let template = template().await;
                Self::at(
                    create(&format!("TEMPLATE {template}")).await,
                    Some(MASTER_KEY),
                )
            }
        }
    }

    /// A database in which nothing was ever migrated.
    pub async fn empty(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => Self::in_data_directory(),
            Backend::Postgres => Self::at(create("").await, None),
        }
    }
}

fn cluster() -> String {
    std::env::var("CARREL_TEST_POSTGRES_URL").expect(
        "CARREL_TEST_POSTGRES_URL says where a PostgreSQL for tests is: run `make test`, or `scripts/with-postgres cargo test …`",
    )
}

async fn connect() -> PgConnection {
    PgConnection::connect(&cluster())
        .await
        .expect("the PostgreSQL of CARREL_TEST_POSTGRES_URL answers")
}

fn url_of(name: &str) -> String {
    let mut url = url::Url::parse(&cluster()).expect("CARREL_TEST_POSTGRES_URL is a URL");
    url.set_path(name);
    url.into()
}

async fn create(how: &str) -> String {
    let name = format!("test_{}", uuid::Uuid::now_v7().simple());
    let mut connection = connect().await;
    run(&mut connection, &format!("CREATE DATABASE {name} {how}")).await;
    url_of(&name)
}

async fn run(connection: &mut PgConnection, statement: &str) {
    // The names in these statements are made above from hexadecimal digits.
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}

/// The name of the template migrated by this very binary, which the first test to come makes.
async fn template() -> String {
    let binary = std::fs::metadata(program::path()).expect("the binary is there");
    let mut hasher = DefaultHasher::new();
    (binary.len(), binary.modified().ok()).hash(&mut hasher);
    let name = format!("template_{:016x}", hasher.finish());

    let mut connection = connect().await;
    run(
        &mut connection,
        &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    let made = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_one(&mut connection)
        .await
        .expect("the list of databases");
    if made == 0 {
        let unfinished = format!("unfinished_{name}");
        run(
            &mut connection,
            &format!("DROP DATABASE IF EXISTS {unfinished}"),
        )
        .await;
        run(&mut connection, &format!("CREATE DATABASE {unfinished}")).await;
        let data = tempfile::tempdir().expect("a scratch directory");
        program::run(
            &["migrate"],
            data.path(),
            &[
                ("CARREL_DATABASE_URL", &url_of(&unfinished)),
                ("CARREL_MASTER_KEY", MASTER_KEY),
            ],
            "",
        )
        .await
        .succeeded();
        run(
            &mut connection,
            &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        )
        .await;
    }
    run(
        &mut connection,
        &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await;
    name
}
