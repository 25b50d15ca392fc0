//! `Public Key PEMs/`: one public key a file, of sizes that nobody should sign with any more.

use std::collections::HashMap;
use std::path::Path;

use countersign_envelope::{KeyAlgorithm, PublicKey};
use countersign_order::Digest;

use super::{Account, Key, Remark};
use crate::files::read_bounded;
use crate::seller::DeniedKeys;

const FOLDER: &str = "Public Key PEMs";
/// The largest file with a key, in bytes.
const FILE_MAX_BYTES: u64 = 64 * 1024;

/// What became of a key's file.
pub(super) enum KeyFile {
    Kept(Key),
    LeftOut(String),
}

/// Reads a key. A name that leads elsewhere, a missing file and a private key are errors of the
/// record; a key that is no good is left out.
pub(super) fn read(
    folder: &Path,
    name: &str,
    algorithm: &str,
    denied: &DeniedKeys,
) -> Result<KeyFile, String> {
    if name.is_empty() || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
        return Err(format!(
            "its key's file {name:?} is not the name of a file in {FOLDER:?}"
        ));
    }
    let path = folder.join(FOLDER).join(name);
    let cannot = |error| format!("its key's file {name:?} cannot be read: {error}");
    // Not through a link: it could lead to any file of this machine.
    if !path.symlink_metadata().map_err(cannot)?.is_file() {
        return Err(format!("its key's file {name:?} is a link, or no file"));
    }
    let bytes = read_bounded(&path, FILE_MAX_BYTES).map_err(cannot)?;
    let pem = String::from_utf8_lossy(&bytes);
    if pem.contains("PRIVATE KEY") {
        return Err(format!(
            "its key's file {name:?} holds a private key: remove it, and consider it exposed"
        ));
    }
    let key = match PublicKey::from_spki_pem(&pem) {
        Ok(key) => key,
        Err(error) => return Ok(KeyFile::LeftOut(error.to_string())),
    };
    let is_of_its_kind = match key.algorithm() {
        KeyAlgorithm::Rsa { .. } => algorithm == "RSA",
        KeyAlgorithm::Dsa { .. } => algorithm == "DSA",
        KeyAlgorithm::P256 | KeyAlgorithm::Ed25519 => false,
    };
    let fingerprint = Digest::from_bytes(*key.fingerprint().as_bytes());
    Ok(if !is_of_its_kind {
        KeyFile::LeftOut(format!(
            "it is a key of type {}, not {algorithm}",
            key.algorithm()
        ))
    } else if denied.contains(&fingerprint) {
        KeyFile::LeftOut("its private half was published".to_owned())
    } else {
        KeyFile::Kept(Key {
            file: name.to_owned(),
            algorithm: key.algorithm().to_string(),
            fingerprint,
            spki: key.spki_der().to_vec(),
        })
    })
}

/// A key of two accounts proves nothing about either: it is taken from both.
pub(super) fn leave_out_shared(accounts: &mut [Account]) -> Vec<Remark> {
    let mut owners: HashMap<Digest, u32> = HashMap::new();
    for key in accounts.iter().flat_map(|account| &account.keys) {
        *owners.entry(key.fingerprint).or_default() += 1;
    }
    let is_shared = |key: &Key| owners.get(&key.fingerprint).is_some_and(|&count| count > 1);
    let mut remarks = Vec::new();
    for account in accounts {
        for key in account.keys.iter().filter(|key| is_shared(key)) {
            remarks.push(Remark {
                record: format!("account {:?}", account.id.as_str()),
                text: format!(
                    "its key {} is left out: another account has it, too",
                    key.file
                ),
            });
        }
        account.keys.retain(|key| !is_shared(key));
    }
    remarks
}
