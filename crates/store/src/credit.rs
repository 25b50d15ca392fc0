//! How much may be open with a buyer, and how much is.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{BuyerId, Credit, Currency, Money};

use crate::StoreError;

/// Reading credit.
#[async_trait]
pub trait ReadCredit {
    /// The limits of a buyer, and what is open: ordered, accepted or held, and neither shipped nor
    /// cancelled. Currencies without a limit are absent.
    async fn credit(&mut self, buyer: &BuyerId) -> Result<HashMap<Currency, Credit>, StoreError>;
}

/// Writing credit limits.
///
/// Isolation: orders of a batch are decided on the limit and the open value of their transaction.
#[async_trait]
pub trait WriteCredit {
    /// Sets a buyer's limit in a currency. The buyer exists.
    async fn set_credit_limit(&mut self, buyer: &BuyerId, limit: Money) -> Result<(), StoreError>;

    /// Takes a buyer's limit in a currency away. False if there was none.
    async fn remove_credit_limit(
        &mut self,
        buyer: &BuyerId,
        currency: Currency,
    ) -> Result<bool, StoreError>;
}
