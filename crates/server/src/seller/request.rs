//! What the server asks of a root that is on another machine: a file with everything the next seller
//! statement needs, and nothing secret.

use std::str::FromStr as _;

use countersign_envelope::{Certificate, CertificateUse, Host, PublicKey};
use countersign_order as order;
use countersign_order::time::rfc3339;
use countersign_order::{Der, EmailAddress, SellerStatement};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Seller;
use super::rotation::Rotation;

/// The longest request that is read, in bytes: it holds a seller statement, and little else.
pub(crate) const REQUEST_MAX_BYTES: u64 = 2 * 1024 * 1024;

/// A request that was read, and whose statement is signed by its root.
#[derive(Debug)]
pub(crate) struct Request {
    /// The root that is asked.
    pub(crate) root: Certificate,
    /// The statement in force.
    pub(crate) statement: SellerStatement,
    /// What is to change.
    pub(crate) rotation: Rotation,
    /// When that was asked, by the server's clock: the next statement carries this time, so that the
    /// clock of a machine that is seldom used need not be right.
    pub(crate) at: Timestamp,
}

/// Some bytes are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// Not of its form.
    #[error("it is not a request that opd seller rotate --request has written")]
    Form,
    /// Its root did not sign itself, or not the statement.
    #[error("the seller statement in it is not signed by the root certificate in it")]
    Statement,
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "document")]
    version: Version,
    root: Der,
    statement: Der,
    #[serde(rename = "use")]
    purpose: order::CertificateUse,
    /// The new public key.
    key: Der,
    /// The hosts of a certificate for TLS, the address of one for mail.
    names: Vec<String>,
    revoke: bool,
    #[serde(with = "rfc3339")]
    at: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
enum Version {
    #[serde(rename = "countersign/seller-request/1")]
    V1,
}

impl Request {
    /// Writes a request to the seller's root.
    pub(crate) fn write(
        seller: &Seller,
        rotation: &Rotation,
        at: Timestamp,
    ) -> serde_json::Result<Vec<u8>> {
        let document = Document {
            version: Version::V1,
            root: Der::from(seller.root().der().to_vec()),
            statement: Der::from(seller.statement_der().to_vec()),
            purpose: rotation.purpose,
            key: Der::from(rotation.key.spki_der().to_vec()),
            names: names(&rotation.usage),
            revoke: rotation.revokes,
            at,
        };
        let mut bytes = serde_json::to_vec_pretty(&document)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a request. That the root is the right one only its key can show.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        let document: Document = serde_json::from_slice(bytes).map_err(|_| RequestError::Form)?;
        let root = Certificate::from_der(document.root.as_bytes());
        let root = root.map_err(|_| RequestError::Form)?;
        let statement =
            countersign_connection::seller_statement(document.statement.as_bytes(), &root)
                .map_err(|_| RequestError::Statement)?;
        if !root.is_issued_by(&root) {
            return Err(RequestError::Statement);
        }
        let key = PublicKey::from_spki_der(document.key.as_bytes());
        let rotation = Rotation {
            purpose: document.purpose,
            usage: usage(document.purpose, &document.names).ok_or(RequestError::Form)?,
            key: key.map_err(|_| RequestError::Form)?,
            revokes: document.revoke,
        };
        Ok(Self {
            root,
            statement,
            rotation,
            at: document.at,
        })
    }
}

/// The names in a certificate for this use.
pub(crate) fn names(usage: &CertificateUse) -> Vec<String> {
    match usage {
        CertificateUse::Tls { hosts } => hosts.iter().map(Host::to_string).collect(),
        CertificateUse::Mail { address } => vec![address.clone()],
        CertificateUse::Root
        | CertificateUse::Recipient
        | CertificateUse::Receipt
        | CertificateUse::Buyer => Vec::new(),
    }
}

fn usage(purpose: order::CertificateUse, names: &[String]) -> Option<CertificateUse> {
    match (purpose, names) {
        (order::CertificateUse::Tls, [_, ..]) => {
            let hosts = names.iter().map(|name| Host::from_str(name));
            let hosts = hosts.collect::<Result<_, _>>().ok()?;
            Some(CertificateUse::Tls { hosts })
        }
        (order::CertificateUse::Recipient, []) => Some(CertificateUse::Recipient),
        (order::CertificateUse::Receipt, []) => Some(CertificateUse::Receipt),
        (order::CertificateUse::Mail, [address]) => {
            let address = EmailAddress::from_str(address).ok()?.to_string();
            Some(CertificateUse::Mail { address })
        }
        (
            order::CertificateUse::Tls
            | order::CertificateUse::Recipient
            | order::CertificateUse::Receipt
            | order::CertificateUse::Mail,
            _,
        ) => None,
    }
}
