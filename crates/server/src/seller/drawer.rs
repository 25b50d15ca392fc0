//! The drawer with the keys of services: what is put into it, what is in force, and what is taken out.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use countersign_envelope::SigningKey;
use countersign_order::CertificateUse;
use zeroize::Zeroizing;

use super::directory::KeyFile;
use super::load::{SellerError, read_text};
use super::service::{SERVICES, file_of, key_text};
use super::{DataDir, Passphrase, Seller};
use crate::files::{Readers, replace};
use crate::random::Random;

/// Keeps a key that no statement lists yet. Nothing uses it until one does.
pub(crate) fn keep_pending_key(
    data: &DataDir,
    purpose: CertificateUse,
    key: &SigningKey,
    passphrase: Option<&Passphrase>,
    random: Random,
) -> Result<(), SellerError> {
    let path = data.later_key(file_of(purpose), key.public_key());
    let text = key_text(key, passphrase, &mut random.rng()).map_err(|source| SellerError::Key {
        path: path.clone(),
        source,
    })?;
    write(&path, text.as_bytes(), Readers::Owner)
}

/// The files of the keys in use that open without a passphrase. One that cannot be read is none of them:
/// another command may just have replaced that key.
pub(crate) fn keys_in_clear(data: &DataDir, seller: &Seller) -> Vec<PathBuf> {
    let files = seller.key_files.iter().cloned();
    let files = files.chain([data.key(KeyFile::Log)]);
    let is_clear = |path: &PathBuf| {
        read_text(path).is_ok_and(|pem| SigningKey::from_pem(&Zeroizing::new(pem), None).is_ok())
    };
    files.filter(is_clear).collect()
}

/// Keeps other commands from changing which keys are in force, until it is dropped. It is held from before a
/// new key is written until the statement that lists it is in force: between the two nothing else may tell
/// whether that key is needed.
pub(crate) fn lock_keys(data: &DataDir) -> Result<File, SellerError> {
    let path = data.keys();
    let locked = File::open(&path).and_then(|folder| folder.lock().map(|()| folder));
    locked.map_err(|source| SellerError::Read { path, source })
}

/// Puts the statement of this seller, whose keys are all here, in force: the next start of any program
/// goes by it.
///
/// That happens when the statement's file is replaced, and at no other moment: no key is moved, and the
/// certificates' files are copies for people. A crash before it leaves the shop as it was, one after it
/// a key that is not needed any more.
pub(crate) fn write_in_force(data: &DataDir, seller: &Seller) -> Result<(), SellerError> {
    let certificates = seller.certificates();
    for (file, pem) in [
        (KeyFile::Tls, &certificates.tls),
        (KeyFile::Recipient, &certificates.recipient),
        (KeyFile::Receipt, &certificates.receipt),
        (KeyFile::Mail, &certificates.mail),
    ] {
        write(&data.certificate(file), pem.as_bytes(), Readers::Everyone)?;
    }
    write(&data.statement(), seller.statement_der(), Readers::Everyone)?;
    for path in keys_of_services(data)? {
        if !seller.key_files.contains(&path) {
            remove(&path)?;
        }
    }
    Ok(())
}

/// Every file that holds the key of a service, used or not.
fn keys_of_services(data: &DataDir) -> Result<Vec<PathBuf>, SellerError> {
    let folder = data.keys();
    let unreadable = |source| SellerError::Read {
        path: folder.clone(),
        source,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let is_of_service = SERVICES.iter().any(|purpose| {
            let rest = name.strip_prefix(file_of(*purpose).name());
            rest.is_some_and(|rest| rest.starts_with('.') && rest.ends_with(".key.pem"))
        });
        if is_of_service {
            found.push(path);
        }
    }
    Ok(found)
}

fn write(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), SellerError> {
    replace(path, bytes, readers).map_err(|source| unwritten(path, source))
}

/// Another command may have been faster.
fn remove(path: &Path) -> Result<(), SellerError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unwritten(path, error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unwritten(path: &Path, source: io::Error) -> SellerError {
    SellerError::Write {
        path: path.to_owned(),
        source,
    }
}
