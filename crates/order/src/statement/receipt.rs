//! `countersign/receipt/1`: the seller's answer to an order.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Common, HoldEnd};
use crate::address::Address;
use crate::decision::{Decided, DecidedLine, Decision, Entry, Reason};
use crate::digest::Digest;
use crate::item::{Sku, Unit};
use crate::life::LineProgress;
use crate::money::Currency;
use crate::party::{AccountId, BuyerId};
use crate::purchase_order::{Line, PurchaseOrderNumber, SalesOrderNumber};
use crate::quantity::Quantity;
use crate::text::ShortText;
use crate::time::{rfc3339, rfc3339_or_null};

/// The answer to one attempt at an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// What every statement says.
    #[serde(flatten)]
    pub common: Common,
    /// The buyer.
    pub buyer: BuyerId,
    /// The account that sent the order.
    pub account: AccountId,
    /// The buyer's number.
    pub purchase_order_number: PurchaseOrderNumber,
    /// Which attempt under that number.
    pub attempt: u32,
    /// Our number, unless declined.
    pub sales_order_number: Option<SalesOrderNumber>,
    /// When the order arrived.
    #[serde(with = "rfc3339")]
    pub received_at: Timestamp,
    /// Until when a held order will have its answer.
    #[serde(with = "rfc3339_or_null")]
    pub held_until: Option<Timestamp>,
    /// The answer.
    pub decision: Decision,
    /// Why it is declined or held.
    pub reasons: Vec<Reason>,
    /// What is promised on each line.
    pub lines: Vec<ReceiptLine>,
    /// The currency of every price.
    pub currency: Currency,
    /// What all lines come to, net of tax and freight, with the currency's digits.
    pub total: String,
    /// Where to; null if neither the order nor the buyer's account says.
    pub ship_to: Option<Address>,
    /// What the answer is to, octet by octet.
    pub order: SignedOrder,
    /// Why a hold ended, in words: the seller's, or those of the buyer who called the order off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<ShortText>,
    /// The digest of the signed request by which the buyer called a held order off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_sha256: Option<Digest>,
}

/// One line of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// The line's number.
    pub line: u32,
    /// The item.
    pub sku: Sku,
    /// Units set aside.
    pub accepted: u32,
    /// Units that follow when they come in.
    pub back_ordered: u32,
    /// The unit.
    pub unit: Unit,
    /// The price of `per` units, with at least the currency's digits.
    pub unit_price: String,
    /// How many units the price is for.
    pub per: Quantity,
}

/// Digests of all that makes up a buyer's signed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOrder {
    /// The media type of the content.
    pub content_type: String,
    /// Over the eContent octets.
    pub content_sha256: Digest,
    /// Over the DER SET OF signed attributes.
    pub signed_attributes_sha256: Digest,
    /// Over the signature octets.
    pub signature_sha256: Digest,
    /// Over the enrolled certificate's DER.
    pub certificate_sha256: Digest,
    /// Over the `SignedData` octets as stored.
    pub signed_data_sha256: Digest,
}

impl Receipt {
    /// The receipt for a decided entry; `own_address` is the buyer's, if the seller has one.
    pub fn of(
        common: Common,
        entry: &Entry,
        decided: &Decided,
        own_address: Option<Address>,
        signed: SignedOrder,
    ) -> Self {
        let order = &entry.order;
        let lines = order.lines.iter().zip(&decided.lines);
        let lines = lines.map(|(line, promised)| ReceiptLine::of(line, promised, order.currency));
        Self {
            common,
            buyer: order.buyer.clone(),
            account: entry.account.clone(),
            purchase_order_number: order.purchase_order_number.clone(),
            attempt: decided.attempt,
            sales_order_number: decided.sales_order_number,
            received_at: entry.received_at,
            held_until: decided.held_until,
            decision: decided.decision,
            reasons: decided.reasons.clone(),
            lines: lines.collect(),
            currency: order.currency,
            total: order.total.amount(),
            ship_to: order.ship_to.clone().or(own_address),
            order: signed,
            note: None,
            request_sha256: None,
        }
    }

    /// The receipt that accepts what this one holds: `lines` tells what is set aside by now.
    #[must_use]
    pub fn accepting(self, common: Common, lines: &[LineProgress]) -> Self {
        let lines = self.lines.into_iter().map(|line| {
            let found = lines.iter().find(|progress| progress.line == line.line);
            let (accepted, back_ordered) = match found {
                Some(progress) => (progress.reserved, progress.back_ordered),
                None => (line.accepted, line.back_ordered),
            };
            ReceiptLine {
                accepted,
                back_ordered,
                ..line
            }
        });
        Self {
            common,
            held_until: None,
            decision: Decision::Accepted,
            reasons: Vec::new(),
            lines: lines.collect(),
            ..self
        }
    }

    /// The receipt that declines what this one holds.
    #[must_use]
    pub fn declining(self, common: Common, end: &HoldEnd) -> Self {
        let lines = self.lines.into_iter().map(|line| ReceiptLine {
            accepted: 0,
            back_ordered: 0,
            ..line
        });
        Self {
            common,
            sales_order_number: None,
            held_until: None,
            decision: Decision::Declined,
            reasons: vec![end.reason()],
            lines: lines.collect(),
            note: end.note().cloned(),
            request_sha256: end.request(),
            ..self
        }
    }
}

impl ReceiptLine {
    fn of(line: &Line, promised: &DecidedLine, currency: Currency) -> Self {
        Self {
            line: line.line,
            sku: line.sku.clone(),
            accepted: promised.accepted,
            back_ordered: promised.back_ordered,
            unit: line.unit.clone(),
            unit_price: line.unit_price.in_currency(currency),
            per: line.per,
        }
    }
}
