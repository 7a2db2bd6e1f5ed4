//! One process a data folder: a lock on a file, which the system lets go when the process ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::store::OpenError;

/// The lock file's name within the data folder. It holds the process id, for people to read.
const FILE: &str = "lock";

/// Proof that this process alone uses the folder.
#[must_use = "the folder is free again as soon as this is dropped"]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder, creating it if need be.
    pub(super) fn take(folder: &Path) -> Result<Self, OpenError> {
        let failed =
            |what: &str, error: std::io::Error| OpenError(format!("{what} {}: {error}", folder.display()));
        fs::create_dir_all(folder).map_err(|e| failed("cannot create the data folder", e))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(FILE))
            .map_err(|e| failed("cannot write in the data folder", e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // Only to say who; the sentence stands without it.
                let _ = file.read_to_string(&mut pid);
                return Err(OpenError(format!(
                    "another pugmark-collector (process {}) is using the data folder {}; stop it first, or choose \
                     another folder with PUGMARK_DATA",
                    pid.trim(),
                    folder.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(failed("cannot lock the data folder", error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        written.map_err(|e| failed("cannot write in the data folder", e))?;
        Ok(Self { _file: file })
    }
}
