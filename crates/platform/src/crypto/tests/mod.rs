mod envelope;
mod rotation;
mod sealing;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::data_keys::KeyError;
use super::*;
use crate::audit::Audit;
use crate::db::{DatabaseUrl, Db};
use crate::jobs::Jobs;

const HERE: Place<'_> = Place {
    table: "people",
    column: "email",
    row: "1",
};

/// An installation of its own.
struct House {
    dir: tempfile::TempDir,
    db: Db,
}

impl House {
    async fn open() -> Self {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let db = Db::open(&DatabaseUrl::Sqlite(dir.path().join("test.db")), 1)
            .await
            .expect("opens");
        db.migrate().await.expect("migrates");
        Self { dir, db }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn master(&self, name: &str) -> Arc<dyn KeyProvider> {
        provider("file", None, &self.file(name)).expect("makes a key")
    }

    async fn load(&self, name: &str) -> Result<Keyring, KeyError> {
        Keyring::load(&self.db, self.master(name)).await
    }

    fn encryption(&self, keyring: &Keyring, columns: Vec<Box<dyn SealedColumn>>) -> Encryption {
        let config = EncryptionConfig {
            rotate_days: 0,
            grace: Duration::ZERO,
        };
        Encryption::new(
            self.db.clone(),
            keyring.clone(),
            Jobs::new(self.db.clone()),
            Audit::new(keyring.clone()),
            columns,
            config,
        )
    }
}
