//! What is agreed with accounts and buyers beside who they are: how much an account orders at once,
//! and who gets which mail.

use async_trait::async_trait;
use countersign_order::{AccountId, BuyerId, EmailAddress, Language, OrderLimits};
use jiff::Timestamp;

use crate::StoreError;

/// In which language a buyer is written to, and who else is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correspondence {
    /// The language of its mail.
    pub language: Language,
    /// Gets a copy of all mail about orders.
    pub orders_email: Option<EmailAddress>,
    /// Gets a copy of the mail about goods on their way.
    pub goods_in_email: Option<EmailAddress>,
}

/// Reading what is agreed.
#[async_trait]
pub trait ReadAccounts {
    /// How much an account orders at once; no limits if there is no such account.
    async fn order_limits(&mut self, account: &AccountId) -> Result<OrderLimits, StoreError>;

    /// When the account's address was changed last, if it was.
    async fn email_changed_at(
        &mut self,
        account: &AccountId,
    ) -> Result<Option<Timestamp>, StoreError>;

    /// How a buyer is written to; the defaults if nothing was agreed.
    async fn correspondence(&mut self, buyer: &BuyerId) -> Result<Correspondence, StoreError>;
}

/// Writing what is agreed.
#[async_trait]
pub trait WriteAccounts {
    /// Replaces all limits of an account that exists.
    async fn set_order_limits(
        &mut self,
        account: &AccountId,
        limits: &OrderLimits,
    ) -> Result<(), StoreError>;

    /// Changes where an account's mail goes and notes when. False if there is no such account.
    async fn change_email(
        &mut self,
        account: &AccountId,
        email: &EmailAddress,
        now: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Replaces how a buyer that exists is written to.
    async fn set_correspondence(
        &mut self,
        buyer: &BuyerId,
        correspondence: &Correspondence,
    ) -> Result<(), StoreError>;
}
