//! Who the seller is.

use countersign_order::{Der, Origin};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The seller, as its root-signed statement says. Trust the statement, once its root is pinned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SellerView {
    /// The seller's name in everything that is signed.
    pub origin: Origin,
    /// The root-signed seller statement in force.
    pub statement: Der,
    /// The certificates in force, in PEM.
    pub certificates: SellerCertificates,
    /// The log's public key: base64 of its DER.
    pub log_key: String,
}

/// The seller's certificates, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SellerCertificates {
    /// The root: what clients pin.
    pub root: String,
    /// What the server shows when a connection is made.
    pub tls: String,
    /// What orders are sealed to.
    pub recipient: String,
    /// What statements are signed with.
    pub receipt: String,
    /// What mail is signed with.
    pub mail: String,
}
