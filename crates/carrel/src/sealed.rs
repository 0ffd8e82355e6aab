//! No column with sealed values is forgotten when keys are replaced.

use std::collections::BTreeSet;

use carrel_platform::config::Config;
use carrel_platform::scalar;

use crate::app::App;

#[tokio::test]
async fn every_sealed_column_of_the_schema_takes_part_in_the_rotation_of_keys() {
    // What the program does first, and a test has no part of.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let dir = tempfile::tempdir().expect("a scratch directory");
    let flags = [("data_dir", dir.path().display().to_string())];
    let config = Config::load(None, |_| None, &flags).expect("loads");
    let app = App::open_migrated(config).await.expect("opens");
    let columns = scalar!(app.db, fetch_all, String,
        sqlite: "SELECT t.name || '.' || c.name
                 FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
                 WHERE t.type = 'table' AND c.name LIKE '%sealed%'",
        postgres: "SELECT ''");
    let columns: BTreeSet<_> = columns
        .expect("the schema")
        .into_iter()
        .map(|name| name.trim_end_matches("_sealed").to_owned())
        .collect();
    let registered: BTreeSet<_> = app
        .encryption
        .sealed()
        .map(|(table, column)| format!("{table}.{}", column.trim_end_matches("_sealed")))
        .collect();
    assert!(columns.contains("people.email"), "{columns:?}");
    assert_eq!(columns, registered);
}
