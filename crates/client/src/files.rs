//! Files that survive a crash and that only their owner can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::failure::{Exit, Failure};

/// The largest file that is read, in bytes: the largest evidence file.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Files that were written by this process.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Makes a folder that only its owner enters.
pub(crate) fn private_folder(path: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|error| failed("make", path, &error))
}

/// Writes a file of mode 0600 whole or not at all; when this returns it survives a power cut.
pub(crate) fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, 0o600).map_err(|error| failed("write", path, &error))
}

/// Writes a file that everyone may read, whole or not at all.
pub(crate) fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write(path, bytes, 0o644).map_err(|error| failed("write", path, &error))
}

/// Refuses to write over a file that is there.
pub(crate) fn must_be_new(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        let message = format!("{} is there already", path.display());
        return Err(Failure::new(Exit::Failure, message)
            .advise("choose another name, or take it away first"));
    }
    Ok(())
}

/// Waits until no other process holds this lock, and holds it until the file is dropped.
pub(crate) fn lock(path: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(|error| failed("lock", path, &error))
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = beside(path);
    // What a process of this number left there, or a link that somebody laid.
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    sync_folder(path)
}

/// Where a file is written before it takes its place: of two that are written at once, by threads or by
/// programs, neither may take the other's octets.
fn beside(path: &Path) -> PathBuf {
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    path.with_added_extension(format!("{}-{number}.new", std::process::id()))
}

/// Removes a file; when this returns it stays removed.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    fs::remove_file(path)
        .and_then(|()| sync_folder(path))
        .map_err(|error| failed("remove", path, &error))
}

fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Reads a file that holds no secret.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    File::open(path)
        .and_then(bounded)
        .map_err(|error| failed("read", path, &error))
}

/// Reads a secret; a file that others may read is refused.
pub(crate) fn read_private(path: &Path) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| failed("read", path, &error))?;
    let metadata = file
        .metadata()
        .map_err(|error| failed("read", path, &error))?;
    let mode = metadata.permissions().mode();
    // A pipe, such as a shell's <(…), is nobody else's whatever its mode says.
    if metadata.is_file() && mode & 0o077 != 0 {
        let message = format!(
            "{} can be read by others (mode {:03o})",
            path.display(),
            mode & 0o777
        );
        return Err(
            Failure::new(Exit::Failure, message).advise(format!("chmod 600 {}", path.display()))
        );
    }
    bounded(file).map_err(|error| failed("read", path, &error))
}

/// Reads a secret if it is there.
pub(crate) fn read_private_if_there(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    match path.try_exists() {
        Ok(true) => read_private(path).map(Some),
        Ok(false) => Ok(None),
        Err(error) => Err(failed("read", path, &error)),
    }
}

fn bounded(file: File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES) {
        Ok(bytes)
    } else {
        Err(io::Error::other("the file is larger than 16 MiB"))
    }
}

/// Says which file could not be worked with, and why.
pub(crate) fn failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    let exit = if error.kind() == io::ErrorKind::NotFound {
        Exit::NotFound
    } else {
        Exit::Failure
    };
    Failure::new(exit, format!("cannot {verb} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, b"x").unwrap();
        assert_eq!(read_private(&path).unwrap(), b"x");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read_private(&path).is_err());
    }

    #[test]
    fn of_many_who_write_one_file_one_is_the_last_and_none_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::thread::scope(|scope| {
            for writer in 0..8_u8 {
                let path = &path;
                scope.spawn(move || {
                    for _ in 0..20 {
                        write_public(path, &[writer; 4_096]).unwrap();
                        let whole = read(path).unwrap();
                        assert_eq!(whole.len(), 4_096);
                        assert!(whole.iter().all(|octet| *octet == whole[0]));
                    }
                });
            }
        });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
