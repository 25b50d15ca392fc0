//! What a buyer asks for, as the buyer signs it: `countersign/order/1`.

mod draft;
mod number;
mod parse;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashSet;
use std::ops::Deref;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::addressee::{Between, Misaddressed};
use crate::digest::Digest;
use crate::item::{Sku, Unit};
use crate::money::{Currency, Money, MoneyError, UnitPrice, line_amount};
use crate::party::{BuyerId, Origin};
use crate::quantity::Quantity;
use crate::text::{Name, Note, ShortText};

pub use draft::{Draft, DraftError, DraftLine};
pub use number::{PurchaseOrderNumber, SalesOrderNumber};

/// The media type of an order document.
pub const MEDIA_TYPE: &str = "application/vnd.countersign.order+json";
/// The most lines an order has.
pub const MAX_LINES: usize = 1_000;
/// The most references an order carries.
pub const MAX_REFERENCES: usize = 20;

/// What an order document calls itself.
const DOCUMENT: &str = "countersign/order/1";
/// The longest an offer may stand.
const MAX_LAPSE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A purchase order that obeys every rule of its document.
///
/// There are two ways to one: reading a document, and completing a [`Draft`]. Its terms can be read,
/// never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrder(Terms);

/// The terms of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The seller it is addressed to.
    pub seller: Origin,
    /// The digest of that seller's root certificate.
    pub seller_root: Digest,
    /// The buyer.
    pub buyer: BuyerId,
    /// The buyer's number for it.
    pub purchase_order_number: PurchaseOrderNumber,
    /// When the buyer made it.
    pub issued_at: Timestamp,
    /// By when it must have arrived.
    pub lapses_at: Timestamp,
    /// The currency of every price.
    pub currency: Currency,
    /// What all lines come to, net of tax and freight.
    pub total: Money,
    /// Whether part of it may be shipped.
    pub fulfilment: Fulfilment,
    /// What is asked, in order, each item once.
    pub lines: Vec<Line>,
    /// Where to, if not to the buyer's own address.
    pub ship_to: Option<Address>,
    /// When the buyer would like to have it.
    pub requested_delivery: Option<Date>,
    /// The contract it falls under.
    pub contract: Option<ShortText>,
    /// Whom to ask.
    pub contact: Option<ShortText>,
    /// The earlier order it takes the place of.
    pub replaces: Option<PurchaseOrderNumber>,
    /// The buyer's own references, never interpreted.
    pub references: Vec<ShortText>,
    /// What else the buyer wants to say.
    pub note: Option<Note>,
}

/// One line of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number, counted from one.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// The item as the buyer saw it; kept as evidence, never compared.
    pub description: Name,
    /// How many units.
    pub quantity: Quantity,
    /// The unit.
    pub unit: Unit,
    /// The price of `per` units.
    pub unit_price: UnitPrice,
    /// How many units the price is for.
    pub per: Quantity,
    /// When the buyer would like to have this line.
    pub requested_delivery: Option<Date>,
    /// The buyer's own number for the item.
    pub buyer_item: Option<ShortText>,
    /// What else the buyer wants to say about it.
    pub note: Option<Note>,
}

/// What to do when not everything is in stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    /// All or nothing.
    #[default]
    Complete,
    /// Ship what is there, and the rest when it comes.
    Partial,
}

/// A rule that the terms as a whole break, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Flaw {
    Lapse,
    NoLines,
    TooManyLines,
    LineNumber(usize),
    ItemTwice(usize, Sku),
    LineAmount(usize),
    Sum(MoneyError),
    Total(Money),
}

impl PurchaseOrder {
    /// Whether the order is meant for this seller, and made by this buyer.
    pub fn addressed_to(
        &self,
        seller: &Origin,
        seller_root: &Digest,
        buyer: &BuyerId,
    ) -> Result<(), Misaddressed> {
        let named = Between {
            seller: &self.seller,
            seller_root: &self.seller_root,
            buyer: &self.buyer,
        };
        named.must_be(&Between {
            seller,
            seller_root,
            buyer,
        })
    }

    /// The one place where terms become an order.
    fn of(terms: Terms) -> Result<Self, Flaw> {
        let stands_for = terms.lapses_at.duration_since(terms.issued_at);
        if !stands_for.is_positive() || stands_for > MAX_LAPSE {
            return Err(Flaw::Lapse);
        }
        let total = sum_of(&terms.lines, terms.currency)?;
        if total == terms.total {
            Ok(Self(terms))
        } else {
            Err(Flaw::Total(total))
        }
    }
}

impl Deref for PurchaseOrder {
    type Target = Terms;

    fn deref(&self) -> &Terms {
        &self.0
    }
}

impl Line {
    /// What the line comes to.
    pub fn amount(&self, currency: Currency) -> Result<Money, MoneyError> {
        line_amount(self.quantity, self.unit_price, self.per, currency)
    }
}

/// Checks the lines against each other and adds them up.
fn sum_of(lines: &[Line], currency: Currency) -> Result<Money, Flaw> {
    match lines.len() {
        0 => return Err(Flaw::NoLines),
        1..=MAX_LINES => {}
        _ => return Err(Flaw::TooManyLines),
    }
    let mut skus = HashSet::with_capacity(lines.len());
    let mut total = Money::zero(currency);
    for ((place, line), number) in lines.iter().enumerate().zip(1_u32..) {
        if line.line != number {
            return Err(Flaw::LineNumber(place));
        }
        if !skus.insert(&line.sku) {
            return Err(Flaw::ItemTwice(place, line.sku.clone()));
        }
        let amount = line.amount(currency).map_err(|_| Flaw::LineAmount(place))?;
        total = total.checked_add_minor(amount.minor).map_err(Flaw::Sum)?;
    }
    Ok(total)
}
