//! Writing a file so that it is there whole or not at all, and reading one without surprises.
//!
//! A file is written beside its place under another name, synced, renamed, and the folder synced: a crash in
//! between leaves the old file, or none, and at worst a stray `.new` file.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Files written by this process: of two at one place at once, neither may take the other's octets.
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// Who may read a file we write.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Readers {
    /// Only the owner: mode 0600.
    Owner,
    /// Everyone: mode 0644.
    Everyone,
}

impl Readers {
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Everyone => 0o644,
        }
    }
}

/// Writes a new file durably; a file already there is an error and stays as it is.
pub fn write_new(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let beside = write_beside(path, bytes, readers)?;
    // A hard link, unlike a rename, refuses to replace what somebody else put there meanwhile.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked?;
    sync_folder_of(path)
}

/// Writes a file durably, replacing one of the same name.
pub fn replace(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<()> {
    let beside = write_beside(path, bytes, readers)?;
    fs::rename(&beside, path)?;
    sync_folder_of(path)
}

/// Makes a folder only its owner may enter, and its missing parents.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

/// Reads a file of at most `limit_bytes`; a longer one is an error, so that a wrong path cannot fill the memory.
pub fn read_bounded(path: &Path, limit_bytes: u64) -> io::Result<Vec<u8>> {
    read_to_limit(File::open(path)?, limit_bytes)
}

/// Reads at most `limit_bytes` from any source; more is an error.
pub fn read_to_limit(source: impl Read, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= limit_bytes) {
        Ok(bytes)
    } else {
        Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("longer than {limit_bytes} bytes"),
        ))
    }
}

/// Whether others than the owner may read or write this file.
pub fn is_open_to_others(path: &Path) -> io::Result<bool> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

fn write_beside(path: &Path, bytes: &[u8], readers: Readers) -> io::Result<PathBuf> {
    let beside = beside(path, WRITTEN.fetch_add(1, Ordering::Relaxed));
    // What a process of this number left there, or a link that somebody laid.
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(readers.mode())
        .open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(beside)
}

fn beside(path: &Path, number: u64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{number}.new", std::process::id()));
    PathBuf::from(name)
}

/// Makes durable which files are in the folder of this one.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        Some(_) | None => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_never_replaces_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root.key.pem");
        write_new(&path, b"first", Readers::Owner).unwrap();
        let refusal = write_new(&path, b"second", Readers::Owner).unwrap_err();
        assert_eq!(refusal.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_secret_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_new(&path, b"x", Readers::Owner).unwrap();
        assert!(!is_open_to_others(&path).unwrap());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(is_open_to_others(&path).unwrap());
    }

    #[test]
    fn a_link_in_the_way_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, victim) = (folder.path().join("file"), folder.path().join("victim"));
        fs::write(&victim, "whole").unwrap();
        let next = WRITTEN.load(Ordering::Relaxed);
        // Other tests write meanwhile.
        for number in next..next + 100 {
            std::os::unix::fs::symlink(&victim, beside(&path, number)).unwrap();
        }
        replace(&path, b"new", Readers::Owner).unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"whole");
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(!path.is_symlink() && !is_open_to_others(&path).unwrap());
    }

    #[test]
    fn a_file_longer_than_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        replace(&path, &[b'x'; 11], Readers::Everyone).unwrap();
        assert!(read_bounded(&path, 10).is_err());
        assert_eq!(read_bounded(&path, 11).unwrap().len(), 11);
    }
}
