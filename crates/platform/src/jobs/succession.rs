//! Which worker ran here before, so that a node that starts again takes up its own jobs at once.
//!
//! A file in the data directory names the worker and is locked as long as its process lives. Whoever gets the lock
//! knows that the worker named in the file is dead, as the kernel lets go of a lock with its process and not before.
//! Each worker has a new name. So where a network file system keeps no locks, the worst is that a living worker loses
//! its leases, which it notices at the next renewal.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use uuid::Uuid;

const FILE: &str = "worker.lock";

/// The place of the worker in a data directory, held until it is dropped.
pub(super) struct Place {
    _locked: File,
    /// Who had it before.
    pub predecessor: Option<Uuid>,
}

impl Place {
    /// Takes the place for `owner`; `None` while another process has it.
    pub fn take(directory: &Path, owner: Uuid) -> std::io::Result<Option<Self>> {
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(directory.join(FILE))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut before = Vec::new();
        file.read_to_end(&mut before)?;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(owner.to_string().as_bytes())?;
        Ok(Some(Self {
            _locked: file,
            predecessor: Uuid::try_parse_ascii(&before).ok(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_learns_its_predecessor_when_that_is_gone_and_not_before() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let [first, second, third] = [(); 3].map(|()| Uuid::now_v7());
        let place = Place::take(dir.path(), first)
            .expect("a file")
            .expect("free");
        assert_eq!(place.predecessor, None);
        let taken = Place::take(dir.path(), second).expect("a file");
        assert!(taken.is_none(), "the first one still has it");
        drop(place);
        let place = Place::take(dir.path(), third)
            .expect("a file")
            .expect("free");
        assert_eq!(place.predecessor, Some(first));
    }
}
