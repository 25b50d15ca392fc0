//! Writing an order document: what [`PurchaseOrder::parse`] reads back as the same order.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{DOCUMENT, Fulfilment, Line, PurchaseOrder, PurchaseOrderNumber};
use crate::address::Address;
use crate::digest::Digest;
use crate::item::{Sku, Unit};
use crate::money::Currency;
use crate::party::{BuyerId, Origin};
use crate::quantity::Quantity;
use crate::strict_json::write;
use crate::text::{Name, Note, ShortText};
use crate::time::rfc3339;

#[derive(Serialize)]
struct OrderDocument<'a> {
    document: &'static str,
    seller: &'a Origin,
    seller_root: Digest,
    buyer: &'a BuyerId,
    purchase_order_number: &'a PurchaseOrderNumber,
    #[serde(with = "rfc3339")]
    issued_at: Timestamp,
    #[serde(with = "rfc3339")]
    lapses_at: Timestamp,
    currency: Currency,
    total: String,
    fulfilment: Fulfilment,
    lines: Vec<LineDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ship_to: Option<&'a Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contract: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<&'a PurchaseOrderNumber>,
    #[serde(skip_serializing_if = "<[ShortText]>::is_empty")]
    references: &'a [ShortText],
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a Note>,
}

#[derive(Serialize)]
struct LineDocument<'a> {
    line: u32,
    sku: &'a Sku,
    description: &'a Name,
    quantity: Quantity,
    unit: &'a Unit,
    unit_price: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    per: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_delivery: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer_item: Option<&'a ShortText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a Note>,
}

impl PurchaseOrder {
    /// Writes the order as the document a buyer signs.
    pub fn to_json(&self) -> Vec<u8> {
        write(&OrderDocument {
            document: DOCUMENT,
            seller: &self.seller,
            seller_root: self.seller_root,
            buyer: &self.buyer,
            purchase_order_number: &self.purchase_order_number,
            issued_at: self.issued_at,
            lapses_at: self.lapses_at,
            currency: self.currency,
            total: self.total.amount(),
            fulfilment: self.fulfilment,
            lines: self
                .lines
                .iter()
                .map(|line| line_document(line, self.currency))
                .collect(),
            ship_to: self.ship_to.as_ref(),
            requested_delivery: self.requested_delivery.map(date_text),
            contract: self.contract.as_ref(),
            contact: self.contact.as_ref(),
            replaces: self.replaces.as_ref(),
            references: &self.references,
            note: self.note.as_ref(),
        })
    }
}

fn line_document(line: &Line, currency: Currency) -> LineDocument<'_> {
    LineDocument {
        line: line.line,
        sku: &line.sku,
        description: &line.description,
        quantity: line.quantity,
        unit: &line.unit,
        unit_price: line.unit_price.in_currency(currency),
        per: (line.per != Quantity::ONE).then_some(line.per),
        requested_delivery: line.requested_delivery.map(date_text),
        buyer_item: line.buyer_item.as_ref(),
        note: line.note.as_ref(),
    }
}

fn date_text(date: Date) -> String {
    date.to_string()
}
