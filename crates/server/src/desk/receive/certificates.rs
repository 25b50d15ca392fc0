//! Enrolled certificates, read once: their bytes never change, so remembering them is safe.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use countersign_envelope::Certificate;
use countersign_order::Digest;
use countersign_store::NewKey;

use super::super::DeskError;

/// Certificates remembered at most.
const REMEMBERED_MAX: usize = 10_000;

/// Certificates by their fingerprint.
#[derive(Debug, Default)]
pub(super) struct Certificates(Mutex<HashMap<Digest, Certificate>>);

impl Certificates {
    /// The certificate of an enrolled key.
    pub(super) fn of(&self, key: &NewKey) -> Result<Certificate, DeskError> {
        if let Some(certificate) = self.lock().get(&key.certificate_sha256) {
            return Ok(certificate.clone());
        }
        let certificate = Certificate::from_der(&key.certificate)
            .map_err(|_unreadable| DeskError::Inconsistent("certificate"))?;
        let mut remembered = self.lock();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(key.certificate_sha256, certificate.clone());
        Ok(certificate)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Digest, Certificate>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
