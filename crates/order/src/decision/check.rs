//! The business checks of one order: what can be promised on each line, or why nothing is.

use super::outcome::{DecidedLine, Reason, ReasonCode};
use super::snapshot::{BuyerStanding, Snapshot};
use crate::item::{Offer, Sku};
use crate::money::{Currency, UnitPrice};
use crate::purchase_order::{Fulfilment, Line, PurchaseOrder};
use crate::quantity::Quantity;

/// What can be promised for an order: nothing at all if there are reasons against it.
pub(super) struct Promise {
    pub(super) reasons: Vec<Reason>,
    pub(super) lines: Vec<DecidedLine>,
}

/// Looks at every line, so that a declined order names all that is wrong with it.
pub(super) fn promise(
    snapshot: &Snapshot,
    order: &PurchaseOrder,
    buyer: BuyerStanding,
    available: impl Fn(&Sku) -> u64,
) -> Promise {
    let mut reasons = Vec::new();
    let mut shortages = Vec::new();
    let mut lines = Vec::with_capacity(order.lines.len());
    for line in &order.lines {
        let offer = snapshot.offer(&order.buyer, &line.sku, order.currency);
        let is_counted_alike = compare(line, order.currency, offer, &mut reasons);
        // In another unit the quantity says nothing about our stock.
        let units = if is_counted_alike {
            available(&line.sku)
        } else {
            0
        };
        let asked = line.quantity.units();
        let accepted = u32::try_from(units).unwrap_or(u32::MAX).min(asked);
        if is_counted_alike && accepted < asked {
            shortages.push((&line.sku, out_of_stock(line, units)));
        }
        lines.push(DecidedLine {
            line: line.line,
            accepted,
            back_ordered: asked - accepted,
        });
    }
    let is_for_nothing = lines.iter().all(|line| line.accepted == 0);
    if order.fulfilment == Fulfilment::Partial && !is_for_nothing {
        shortages.retain(|(sku, _)| snapshot.not_back_ordered.contains(*sku));
    }
    reasons.extend(shortages.into_iter().map(|(_, reason)| reason));
    reasons.sort_by_key(|reason| reason.line);
    if buyer.on_stop {
        reasons.push(Reason {
            line: None,
            code: ReasonCode::BuyerOnStop,
            offered: None,
            current: None,
        });
    }
    if !reasons.is_empty() {
        for line in &mut lines {
            (line.accepted, line.back_ordered) = (0, 0);
        }
    }
    Promise { reasons, lines }
}

/// How much of an unknown SKU a reason repeats, in characters: its line has the whole of it, and the receipt
/// of the largest order must still be one that can be signed.
const SKU_SHOWN_MAX_CHARS: usize = 64;

/// Compares a line with what the buyer is offered; tells whether both count in the same unit.
fn compare(
    line: &Line,
    currency: Currency,
    offer: Option<&Offer>,
    reasons: &mut Vec<Reason>,
) -> bool {
    let mut object = |code, offered: String, current: Option<String>| {
        reasons.push(Reason {
            line: Some(line.line),
            code,
            offered: Some(offered),
            current,
        });
    };
    let Some(offer) = offer else {
        let shown = line
            .sku
            .as_str()
            .chars()
            .take(SKU_SHOWN_MAX_CHARS)
            .collect();
        object(ReasonCode::UnknownItem, shown, None);
        return false;
    };
    let is_same_unit = line.unit == offer.unit;
    let is_same_currency = currency == offer.currency;
    if !is_same_unit {
        object(
            ReasonCode::UnitDiffers,
            line.unit.to_string(),
            Some(offer.unit.to_string()),
        );
    }
    if !is_same_currency {
        object(
            ReasonCode::CurrencyDiffers,
            currency.to_string(),
            Some(offer.currency.to_string()),
        );
    }
    // Prices of different units or in different currencies cannot be compared.
    if is_same_unit
        && is_same_currency
        && !line
            .unit_price
            .is_same_rate(line.per, offer.unit_price, offer.per)
    {
        let offered = rate(line.unit_price, line.per, currency);
        object(
            ReasonCode::PriceChanged,
            offered,
            Some(rate(offer.unit_price, offer.per, currency)),
        );
    }
    is_same_unit
}

fn out_of_stock(line: &Line, available: u64) -> Reason {
    Reason {
        line: Some(line.line),
        code: ReasonCode::OutOfStock,
        offered: Some(line.quantity.to_string()),
        current: Some(available.to_string()),
    }
}

fn rate(price: UnitPrice, per: Quantity, currency: Currency) -> String {
    let price = price.in_currency(currency);
    if per == Quantity::ONE {
        price
    } else {
        format!("{price} per {per}")
    }
}
