//! What buyers signed to call orders off, kept as it came: it is evidence beside the order.

use async_trait::async_trait;
use countersign_order::{AccountId, Digest, OrderId};
use jiff::Timestamp;

use crate::StoreError;

/// A buyer's request that was followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancellationRecord {
    /// The number of the cancellation that answers it.
    pub statement: u64,
    /// The order it calls off.
    pub order: OrderId,
    /// The account that sent it.
    pub account: AccountId,
    /// When its message was complete.
    pub received_at: Timestamp,
    /// SHA-256 of the request document.
    pub content: Digest,
    /// SHA-256 of the enrolled certificate whose key signed it.
    pub certificate: Digest,
    /// The `SignedData`, exactly as it came.
    pub signed_data: Vec<u8>,
}

/// Reading cancellation requests. A record never becomes a verified request again: the evidence is
/// its `signed_data`.
#[async_trait]
pub trait ReadCancellations {
    /// The requests that called an order off, oldest first.
    async fn cancellation_requests(
        &mut self,
        order: &OrderId,
    ) -> Result<Vec<CancellationRecord>, StoreError>;
}

/// Writing cancellation requests: rows are only ever added.
#[async_trait]
pub trait WriteCancellations {
    /// Keeps a request that was followed. Of an order, one content is kept once; again it is
    /// [`StoreError::Conflict`].
    async fn insert_cancellation_request(
        &mut self,
        request: &CancellationRecord,
    ) -> Result<(), StoreError>;
}
