//! An order in the making, on the buyer's side.

use jiff::Timestamp;
use jiff::civil::Date;
use thiserror::Error;

use super::{
    Flaw, Fulfilment, Line, MAX_LINES, MAX_REFERENCES, PurchaseOrder, PurchaseOrderNumber, Terms,
    sum_of,
};
use crate::address::Address;
use crate::digest::Digest;
use crate::item::{Offer, Sku};
use crate::party::{BuyerId, Origin};
use crate::quantity::Quantity;
use crate::text::{Note, ShortText};
use crate::time::to_millisecond;
use crate::window::default_lapse;

/// What a buyer is about to order; [`Draft::complete`] numbers the lines and adds them up.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The seller.
    pub seller: Origin,
    /// The digest of the seller's root certificate, as the buyer has pinned it.
    pub seller_root: Digest,
    /// The buyer.
    pub buyer: BuyerId,
    /// The buyer's number for the order.
    pub purchase_order_number: PurchaseOrderNumber,
    /// The time of ordering.
    pub issued_at: Timestamp,
    /// By when the order must have arrived; 15 minutes later if not said.
    pub lapses_at: Option<Timestamp>,
    /// Whether part of it may be shipped.
    pub fulfilment: Fulfilment,
    /// What is ordered.
    pub lines: Vec<DraftLine>,
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
    /// The buyer's own references.
    pub references: Vec<ShortText>,
    /// What else the buyer wants to say.
    pub note: Option<Note>,
}

/// One line of a draft: an offer taken up.
#[derive(Clone, Debug)]
pub struct DraftLine {
    /// What is offered, and for how much.
    pub offer: Offer,
    /// How many units of it.
    pub quantity: Quantity,
    /// When the buyer would like to have this line.
    pub requested_delivery: Option<Date>,
    /// The buyer's own number for the item.
    pub buyer_item: Option<ShortText>,
    /// What else the buyer wants to say about it.
    pub note: Option<Note>,
}

/// Why a draft is no order.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DraftError {
    /// Nothing is ordered.
    #[error("the order has no lines")]
    NoLines,
    /// More is ordered than fits one order.
    #[error("the order has more than {MAX_LINES} lines")]
    TooManyLines,
    /// More references than an order carries.
    #[error("the order has more than {MAX_REFERENCES} references")]
    TooManyReferences,
    /// An item is on two lines.
    #[error("{0} is ordered on two lines")]
    ItemTwice(Sku),
    /// An item is offered in another currency than the first.
    #[error("{0} is offered in another currency than the first item")]
    CurrenciesDiffer(Sku),
    /// The amount is larger than can be counted.
    #[error("the order comes to more than can be counted")]
    Overflow,
    /// The order lapses before it is issued, or more than seven days later.
    #[error("the order must lapse after it is issued and within seven days")]
    Lapse,
}

impl DraftLine {
    /// So many units of what is offered.
    pub fn of(offer: Offer, quantity: Quantity) -> Self {
        Self {
            offer,
            quantity,
            requested_delivery: None,
            buyer_item: None,
            note: None,
        }
    }
}

impl Draft {
    /// Makes the order this draft describes.
    pub fn complete(self) -> Result<PurchaseOrder, DraftError> {
        let currency = self
            .lines
            .first()
            .ok_or(DraftError::NoLines)?
            .offer
            .currency;
        if self.references.len() > MAX_REFERENCES {
            return Err(DraftError::TooManyReferences);
        }
        if let Some(other) = self
            .lines
            .iter()
            .find(|line| line.offer.currency != currency)
        {
            return Err(DraftError::CurrenciesDiffer(other.offer.sku.clone()));
        }
        let lines: Vec<Line> = self.lines.into_iter().zip(1..).map(numbered).collect();
        let total = sum_of(&lines, currency).map_err(Flaw::into_draft_error)?;
        let issued_at = to_millisecond(self.issued_at);
        let lapses_at = match self.lapses_at {
            Some(lapses_at) => to_millisecond(lapses_at),
            None => default_lapse(issued_at).ok_or(DraftError::Lapse)?,
        };
        PurchaseOrder::of(Terms {
            seller: self.seller,
            seller_root: self.seller_root,
            buyer: self.buyer,
            purchase_order_number: self.purchase_order_number,
            issued_at,
            lapses_at,
            currency,
            total,
            fulfilment: self.fulfilment,
            lines,
            ship_to: self.ship_to,
            requested_delivery: self.requested_delivery,
            contract: self.contract,
            contact: self.contact,
            replaces: self.replaces,
            references: self.references,
            note: self.note,
        })
        .map_err(Flaw::into_draft_error)
    }
}

fn numbered((line, number): (DraftLine, u32)) -> Line {
    Line {
        line: number,
        sku: line.offer.sku,
        description: line.offer.name,
        quantity: line.quantity,
        unit: line.offer.unit,
        unit_price: line.offer.unit_price,
        per: line.offer.per,
        requested_delivery: line.requested_delivery,
        buyer_item: line.buyer_item,
        note: line.note,
    }
}

impl Flaw {
    fn into_draft_error(self) -> DraftError {
        match self {
            Self::Lapse => DraftError::Lapse,
            Self::NoLines => DraftError::NoLines,
            Self::TooManyLines => DraftError::TooManyLines,
            Self::ItemTwice(_, sku) => DraftError::ItemTwice(sku),
            Self::LineNumber(_) | Self::LineAmount(_) | Self::Sum(_) | Self::Total(_) => {
                DraftError::Overflow
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{ISSUED_AT, at, draft, offer, units};

    #[test]
    fn a_draft_becomes_the_order_it_describes() {
        let line = |sku, price| DraftLine::of(offer(sku, price), units(2));
        let lines = vec![line("WATER", "15.00"), line("BREAD", "0.005")];
        let order = Draft { lines, ..draft() }.complete().unwrap();
        assert_eq!(order.total.amount(), "30.01");
        assert_eq!(order.lines[1].line, 2);
        assert_eq!(order.lapses_at, at("2026-11-23T18:19:05.123Z"));
    }

    #[test]
    fn a_draft_that_breaks_a_rule_is_no_order() {
        let line = |sku: &str| DraftLine::of(offer(sku, "1"), units(1));
        let of = |lines| Draft { lines, ..draft() };
        let fails = |draft: Draft| draft.complete().unwrap_err();
        assert_eq!(fails(of(vec![])), DraftError::NoLines);
        let many = (0..1_001).map(|n| line(&format!("S{n}"))).collect();
        assert_eq!(fails(of(many)), DraftError::TooManyLines);
        let twice = of(vec![line("A"), line("A")]);
        assert_eq!(fails(twice), DraftError::ItemTwice("A".parse().unwrap()));
        let mut euros = line("B");
        euros.offer.currency = "EUR".parse().unwrap();
        let mixed = of(vec![line("A"), euros]);
        assert_eq!(
            fails(mixed),
            DraftError::CurrenciesDiffer("B".parse().unwrap())
        );
        let references = vec!["x".parse().unwrap(); 21];
        let referring = Draft {
            references,
            ..of(vec![line("A")])
        };
        assert_eq!(fails(referring), DraftError::TooManyReferences);
        let lapsed = Draft {
            lapses_at: Some(at(ISSUED_AT)),
            ..of(vec![line("A")])
        };
        assert_eq!(fails(lapsed), DraftError::Lapse);
        let dear = DraftLine::of(offer("A", "999999999999"), units(1_000_000));
        assert_eq!(fails(of(vec![dear])), DraftError::Overflow);
    }
}
