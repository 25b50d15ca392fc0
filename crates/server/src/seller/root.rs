//! The root's key, while it is here, and what it signed: who the seller is, and nothing from day to
//! day.

use std::path::Path;

use countersign_envelope::{Certificate, Signer, SigningKey};
use countersign_order::{Blind, Common, Der, LogKey, LogOrigin, SellerStatement, Statement};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::load::{SellerError, read_text};
use super::{Passphrase, Seller};
use crate::random::Random;

/// The name of the key's file in the folder that was taken away.
const FILE: &str = "root.key.pem";

impl Seller {
    /// The seller statement that follows the one in force: it lists a further log.
    pub fn statement_with_log(&self, log: &LogOrigin, random: Random, now: Timestamp) -> Statement {
        let statement = self.statement();
        let mut log_keys = statement.log_keys.clone();
        log_keys.retain(|key| key.origin != *log);
        log_keys.push(LogKey {
            origin: log.clone(),
            key: Der::from(self.log_key().public_key().to_spki_der()),
            from: now,
        });
        Statement::Seller(SellerStatement {
            common: Common {
                issued_at: now,
                blind: Blind::from_bytes(random.bytes()),
                ..statement.common.clone()
            },
            number: statement.number + 1,
            certificates: statement.certificates.clone(),
            log_keys,
        })
    }
}

/// Reads the root's key from the folder it is kept in. It must be that of this certificate.
pub(crate) fn root_signer(
    root: &Certificate,
    folder: &Path,
    passphrase: &Passphrase,
) -> Result<Signer, SellerError> {
    let path = folder.join(FILE);
    let pem = Zeroizing::new(read_text(&path)?);
    let key = SigningKey::from_pem(&pem, Some(passphrase.as_str())).map_err(|source| {
        SellerError::Key {
            path: path.clone(),
            source,
        }
    })?;
    Signer::new(key, root.clone()).map_err(|source| SellerError::Pair { path, source })
}
