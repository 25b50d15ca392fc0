//! `countersign/seller/1`: which certificates and log keys are the seller's. Signed by the root.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Common;
use crate::digest::Der;
use crate::party::LogOrigin;
use crate::time::{rfc3339, rfc3339_or_null};

/// All certificates and log keys that are or were the seller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerStatement {
    /// What every statement says, without a place in the log.
    #[serde(flatten)]
    pub common: Common,
    /// Its place in the count of seller statements.
    pub number: u64,
    /// The certificates.
    pub certificates: Vec<SellerCertificate>,
    /// The keys that sign checkpoints.
    pub log_keys: Vec<LogKey>,
}

/// A certificate and what the seller uses it for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerCertificate {
    /// What for.
    #[serde(rename = "use")]
    pub purpose: CertificateUse,
    /// The certificate.
    pub certificate: Der,
    /// From when on it is used.
    #[serde(with = "rfc3339")]
    pub from: Timestamp,
    /// Until when, if that is known.
    #[serde(with = "rfc3339_or_null")]
    pub to: Option<Timestamp>,
    /// When it was revoked, if it was.
    #[serde(with = "rfc3339_or_null")]
    pub revoked_at: Option<Timestamp>,
}

/// What the seller uses a certificate for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateUse {
    /// The server's end of a connection.
    Tls,
    /// Opening what is sealed for the seller.
    Recipient,
    /// Signing statements.
    Receipt,
    /// Signing mail.
    Mail,
}

/// A key that signs a log's checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogKey {
    /// The log.
    pub origin: LogOrigin,
    /// The public key.
    pub key: Der,
    /// From when on it is used.
    #[serde(with = "rfc3339")]
    pub from: Timestamp,
}
