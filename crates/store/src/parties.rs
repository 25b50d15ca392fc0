//! Who trades: the shop, its buyers, and the accounts of both.

use std::collections::HashMap;

use async_trait::async_trait;
use countersign_order::{AccountId, Address, BuyerId, Digest, EmailAddress, Origin, Role};
use jiff::Timestamp;

use crate::{Correspondence, Page, StoreError};

/// The shop this database belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopRecord {
    /// The seller's origin.
    pub origin: Origin,
    /// SHA-256 of the root certificate's DER.
    pub root: Digest,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// How much a mail to a buyer tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MailDetail {
    /// Goods are named.
    #[default]
    Full,
    /// Only the order's number.
    NumberOnly,
}

/// A buyer.
#[derive(Clone, Debug, PartialEq)]
pub struct BuyerRecord {
    /// Its key.
    pub id: BuyerId,
    /// What it is called.
    pub name: String,
    /// Where its goods go unless an order says otherwise.
    pub address: Option<Address>,
    /// May order and sign in.
    pub enabled: bool,
    /// New orders are declined.
    pub on_stop: bool,
    /// Every order is held for a person to accept.
    pub manual_acceptance: bool,
    /// How much its mail tells.
    pub mail_detail: MailDetail,
    /// When it was added.
    pub created_at: Timestamp,
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its key, and what its holder signs in with.
    pub id: AccountId,
    /// The buyer it belongs to; none for the seller's own.
    pub buyer: Option<BuyerId>,
    /// What it may do.
    pub role: Role,
    /// What its holder is called.
    pub name: String,
    /// Where its mail goes.
    pub email: EmailAddress,
    /// May sign in.
    pub enabled: bool,
    /// The password's verifier, if it has a password; this crate does not read it.
    pub verifier: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// What mail to an account of a buyer, and a receipt for it, need to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Correspondent {
    /// The account.
    pub account: AccountId,
    /// Its buyer.
    pub buyer: BuyerId,
    /// What the buyer is called.
    pub name: String,
    /// Where the account's mail goes.
    pub email: EmailAddress,
    /// How much its mail tells.
    pub mail_detail: MailDetail,
    /// Where the buyer's goods go unless an order says otherwise.
    pub address: Option<Address>,
    /// In which language the buyer is written to, and who else is.
    pub correspondence: Correspondence,
}

/// Reading the shop, buyers and accounts.
#[async_trait]
pub trait ReadParties {
    /// The shop, once it is set up.
    async fn shop(&mut self) -> Result<Option<ShopRecord>, StoreError>;

    /// One buyer.
    async fn buyer(&mut self, id: &BuyerId) -> Result<Option<BuyerRecord>, StoreError>;

    /// Buyers by ID, after `after` if given.
    async fn buyers(
        &mut self,
        after: Option<&BuyerId>,
        limit: u32,
    ) -> Result<Page<BuyerRecord>, StoreError>;

    /// One account, with its verifier.
    async fn account(&mut self, id: &AccountId) -> Result<Option<AccountRecord>, StoreError>;

    /// The accounts of a buyer, or the seller's own if none is given, by ID.
    async fn accounts_of(
        &mut self,
        buyer: Option<&BuyerId>,
    ) -> Result<Vec<AccountRecord>, StoreError>;

    /// What mail to these accounts needs, in one statement. Accounts of the seller, and unknown ones,
    /// are absent.
    async fn correspondents(
        &mut self,
        accounts: &[AccountId],
    ) -> Result<HashMap<AccountId, Correspondent>, StoreError>;
}

/// Writing the shop, buyers and accounts.
///
/// Isolation: the answers about what is taken are those of the schema's unique rules, checked inside
/// this transaction, so they hold however many processes write.
#[async_trait]
pub trait WriteParties {
    /// Sets up the shop and opens its log. False if it is set up already.
    async fn insert_shop(&mut self, shop: &ShopRecord) -> Result<bool, StoreError>;

    /// Adds a buyer. False if its ID is taken.
    async fn insert_buyer(&mut self, buyer: &BuyerRecord) -> Result<bool, StoreError>;

    /// Replaces a buyer's facts, except its ID and when it was added. False if there is none.
    async fn update_buyer(&mut self, buyer: &BuyerRecord) -> Result<bool, StoreError>;

    /// Adds an account. False if its ID is taken.
    async fn insert_account(&mut self, account: &AccountRecord) -> Result<bool, StoreError>;

    /// Changes an account's name and where its mail goes. False if there is none.
    async fn set_contact(
        &mut self,
        account: &AccountId,
        name: &str,
        email: &EmailAddress,
    ) -> Result<bool, StoreError>;

    /// Replaces the password's verifier and ends the account's sessions. False if there is none.
    async fn set_verifier(
        &mut self,
        account: &AccountId,
        verifier: &str,
    ) -> Result<bool, StoreError>;

    /// Replaces the verifier of an unchanged password, unless it is no longer `old`: imported ones
    /// are strengthened at the first good sign-in. Sessions stay.
    async fn strengthen_verifier(
        &mut self,
        account: &AccountId,
        old: &str,
        new: &str,
    ) -> Result<bool, StoreError>;

    /// Gives an account of the seller's own another role. False if there is none.
    async fn set_role(&mut self, account: &AccountId, role: Role) -> Result<bool, StoreError>;

    /// Enables or disables an account; disabling ends its sessions. False if there is none.
    async fn set_enabled(&mut self, account: &AccountId, enabled: bool)
    -> Result<bool, StoreError>;
}
