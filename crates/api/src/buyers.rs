//! Buyers as the seller deals with them: terms, how they are written to, and their accounts.

use countersign_order::{AccountId, BuyerId, Currency, EmailAddress, Language};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// On which terms a buyer trades.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BuyerTerms {
    /// The buyer.
    pub buyer: BuyerId,
    /// Who accepts its orders.
    pub acceptance: Acceptance,
    /// Its credit, by currency; without any it is not limited.
    pub credit: Vec<CreditView>,
}

/// Who accepts a buyer's orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// The desk by itself.
    Automatic,
    /// A person each time.
    Manual,
}

impl Acceptance {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Manual => "manual",
        }
    }
}

/// A buyer's credit in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditView {
    /// The currency.
    pub currency: Currency,
    /// How much may be open, with the currency's digits.
    pub limit: String,
    /// What is open, with the currency's digits.
    pub open: String,
}

/// What is to change of a buyer; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BuyerChange {
    /// Who accepts its orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Acceptance>,
    /// Credit limits that are new, or taken away.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub credit_limits: Vec<CreditChange>,
    /// The language of its mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// Where a copy of all mail about orders goes: an address, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orders_email: Option<String>,
    /// Where a copy of the mail about shipments goes: an address, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub goods_in_email: Option<String>,
    /// How much of an order its mail tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_detail: Option<MailDetail>,
}

/// A credit limit that is new, or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditChange {
    /// The currency.
    pub currency: Currency,
    /// How much may be open, with the currency's digits; null takes the limit away.
    pub limit: Option<String>,
}

/// How much of an order a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MailDetail {
    /// Goods, prices and the signed statement.
    Full,
    /// The order's numbers only.
    NumberOnly,
}

/// An account of a buyer as the seller sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeskAccount {
    /// Its ID.
    pub id: AccountId,
    /// What its holder is called.
    pub name: String,
    /// Where its mail goes.
    pub email: EmailAddress,
    /// Whether it may come in.
    pub enabled: bool,
    /// Whether it has a password.
    pub has_password: bool,
    /// Its keys that are active.
    pub active_keys: usize,
    /// The largest orders it may place; none, if it orders freely.
    pub order_limits: Vec<LimitView>,
}

/// The largest order in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitView {
    /// The currency.
    pub currency: Currency,
    /// Its total at most, with the currency's digits.
    pub largest: String,
}

/// What is to change of a buyer's account; what is not said stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccountChange {
    /// Whether it may come in. A buyer's first account stands for the buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The largest orders it may place, in place of those before; with none it orders freely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_limits: Option<Vec<LimitView>>,
}
