//! What a declined order would have to say to be accepted now, for the buyer to sign or to leave.
//!
//! Prices come from the catalogue, units in stock from the verified receipt. Nothing is corrected that
//! would change what is counted: another unit is for a person to reckon with.

use countersign_api::ItemView;
use countersign_order::{
    Decision, Draft, DraftLine, Fulfilment, Line, Offer, PurchaseOrder, Quantity, Reason,
    ReasonCode, Receipt,
};

use crate::clock;
use crate::drafting::{like_in, offer};
use crate::failure::Failure;
use crate::http::Api;

/// What is told of a line that cannot be ordered any more.
const NOT_ON_OFFER: &str = "is not on offer and left out";

/// The lines of an order as they would be accepted now.
#[derive(Clone, Debug)]
pub(crate) struct Correction {
    /// The lines.
    pub(crate) lines: Vec<DraftLine>,
    /// What differs from the order that was declined, old and new, in a line each.
    pub(crate) differences: Vec<String>,
}

impl Correction {
    /// Corrects a declined order. None if that is beyond us: the reasons ask for a person, or nothing
    /// is left of the order.
    pub(crate) fn of(
        api: &Api,
        order: &PurchaseOrder,
        receipt: &Receipt,
    ) -> Result<Option<Self>, Failure> {
        let is_declined = receipt.decision == Decision::Declined;
        if !is_declined || !receipt.reasons.iter().all(can_be_met) {
            return Ok(None);
        }
        let mut correction = Self {
            lines: Vec::with_capacity(order.lines.len()),
            differences: Vec::new(),
        };
        for line in &order.lines {
            let of_line = |reason: &&Reason| reason.line == Some(line.line);
            let reasons: Vec<&Reason> = receipt.reasons.iter().filter(of_line).collect();
            correction.correct(api, order, line, &reasons)?;
        }
        let changes_something = !correction.differences.is_empty();
        Ok(Some(correction).filter(|this| changes_something && !this.lines.is_empty()))
    }

    fn correct(
        &mut self,
        api: &Api,
        order: &PurchaseOrder,
        line: &Line,
        reasons: &[&Reason],
    ) -> Result<(), Failure> {
        let has = |code| reasons.iter().any(|reason| reason.code == code);
        let mut draft = as_it_was(order, line);
        if has(ReasonCode::UnknownItem) {
            self.tell(line, NOT_ON_OFFER);
            return Ok(());
        }
        if has(ReasonCode::PriceChanged) || has(ReasonCode::CurrencyDiffers) {
            let items: Vec<ItemView> = like_in(api, &line.sku, order.currency)?;
            let Some(item) = items.iter().find(|item| item.sku == line.sku) else {
                self.tell(line, NOT_ON_OFFER);
                return Ok(());
            };
            let current = offer(item)?;
            if current.unit == draft.offer.unit {
                let (old, new) = (rate(&draft.offer), rate(&current));
                self.tell(line, &format!("price {old} becomes {new}"));
                draft.offer = current;
            }
        }
        if let Some(short) = reasons.iter().find(|is| is.code == ReasonCode::OutOfStock) {
            let Some(quantity) = available(short) else {
                self.tell(line, "is out of stock and left out");
                return Ok(());
            };
            let old = draft.quantity;
            self.tell(line, &format!("quantity {old} becomes {quantity}"));
            draft.quantity = quantity;
        }
        self.lines.push(draft);
        Ok(())
    }

    fn tell(&mut self, line: &Line, what: &str) {
        let told = format!("line {:<4} {}: {what}", line.line, line.sku);
        self.differences.push(told);
    }

    /// The order with these lines, dated now, and all else as it was.
    pub(crate) fn order(&self, old: &PurchaseOrder) -> Result<PurchaseOrder, Failure> {
        let draft = Draft {
            seller: old.seller.clone(),
            seller_root: old.seller_root,
            buyer: old.buyer.clone(),
            purchase_order_number: old.purchase_order_number.clone(),
            issued_at: clock::now(),
            lapses_at: None,
            fulfilment: old.fulfilment,
            lines: self.lines.clone(),
            ship_to: old.ship_to.clone(),
            requested_delivery: old.requested_delivery,
            contract: old.contract.clone(),
            contact: old.contact.clone(),
            replaces: old.replaces.clone(),
            references: old.references.clone(),
            note: old.note.clone(),
        };
        draft.complete().map_err(Failure::because)
    }

    /// What differs, under a heading.
    pub(crate) fn describe(&self, old: &PurchaseOrder) -> String {
        let number = &old.purchase_order_number;
        let heading = format!("{number} would be accepted now with:");
        let differences = self.differences.iter().map(|told| format!("  {told}"));
        let lines: Vec<String> = std::iter::once(heading).chain(differences).collect();
        lines.join("\n")
    }

    /// The command that orders this under the same number.
    pub(crate) fn command(&self, old: &PurchaseOrder) -> String {
        let mut words = vec!["po order".to_owned()];
        let lines = self.lines.iter();
        words.extend(lines.map(|line| quoted(&format!("{}={}", line.offer.sku, line.quantity))));
        words.push(format!("--number {}", old.purchase_order_number));
        if old.fulfilment == Fulfilment::Partial {
            words.push("--partial".to_owned());
        }
        words.join(" ")
    }
}

/// Whether an order can be changed so that this stands against it no more.
const fn can_be_met(reason: &Reason) -> bool {
    match reason.code {
        ReasonCode::UnknownItem
        | ReasonCode::CurrencyDiffers
        | ReasonCode::PriceChanged
        | ReasonCode::OutOfStock => true,
        ReasonCode::UnitDiffers
        | ReasonCode::BuyerOnStop
        | ReasonCode::OrderValue
        | ReasonCode::CreditLimit
        | ReasonCode::ManualAcceptance
        | ReasonCode::NotApproved
        | ReasonCode::HoldExpired
        | ReasonCode::BuyerWithdrew => false,
    }
}

fn as_it_was(order: &PurchaseOrder, line: &Line) -> DraftLine {
    DraftLine {
        offer: Offer {
            sku: line.sku.clone(),
            name: line.description.clone(),
            unit: line.unit.clone(),
            currency: order.currency,
            unit_price: line.unit_price,
            per: line.per,
        },
        quantity: line.quantity,
        requested_delivery: line.requested_delivery,
        buyer_item: line.buyer_item.clone(),
        note: line.note.clone(),
    }
}

/// How many units the receipt says there are, if there are any.
fn available(reason: &Reason) -> Option<Quantity> {
    let units: u64 = reason.current.as_deref()?.parse().ok()?;
    Quantity::try_from(units).ok()
}

fn rate(offer: &Offer) -> String {
    let price = offer.unit_price.in_currency(offer.currency);
    let per = match offer.per.units() {
        1 => String::new(),
        units => format!(" per {units}"),
    };
    format!("{price}{per} {}", offer.currency)
}

/// A word as a shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._=-+:,@%".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_command_is_quoted_where_it_must_be() {
        assert_eq!(quoted("WATER=3"), "WATER=3");
        assert_eq!(quoted("Water 1 l=3"), "'Water 1 l=3'");
        assert_eq!(quoted("it's=1"), "'it'\\''s=1'");
        assert_eq!(quoted("$(rm)=1"), "'$(rm)=1'");
    }

    #[test]
    fn the_units_there_are_come_from_the_reason() {
        let reason = |current: Option<&str>| Reason {
            line: Some(1),
            code: ReasonCode::OutOfStock,
            offered: Some("5".to_owned()),
            current: current.map(str::to_owned),
        };
        assert_eq!(available(&reason(Some("3"))).map(Quantity::units), Some(3));
        for none in [Some("0"), Some("-1"), Some("many"), None] {
            assert_eq!(available(&reason(none)), None, "{none:?}");
        }
    }
}
