//! Reading an order document, strictly.

use std::str::FromStr;

use super::{DOCUMENT, Flaw, Fulfilment, Line, MAX_LINES, MAX_REFERENCES, PurchaseOrder, Terms};
use crate::address::Address;
use crate::money::Money;
use crate::quantity::Quantity;
use crate::strict_json::{Members, NotUnderstood, Pointer, read};
use crate::text::TextError;
use crate::time::{parse_date, parse_instant};
use crate::window::default_lapse;

impl PurchaseOrder {
    /// Reads an order document; whatever breaks a rule of it is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotUnderstood> {
        let terms = read_terms(read(bytes, DOCUMENT)?)?;
        Self::of(terms).map_err(Flaw::into_refusal)
    }
}

fn read_terms(mut order: Members<'_, '_>) -> Result<Terms, NotUnderstood> {
    let issued_at = order.required_with("issued_at", parse_instant)?;
    let lapses_at = match order.optional_with("lapses_at", parse_instant)? {
        Some(lapses_at) => lapses_at,
        None => default_lapse(issued_at)
            .ok_or_else(|| order.refuse("issued_at", "leaves no time to arrive"))?,
    };
    let currency = order.required("currency")?;
    let terms = Terms {
        seller: order.required("seller")?,
        seller_root: order.required("seller_root")?,
        buyer: order.required("buyer")?,
        purchase_order_number: order.required("purchase_order_number")?,
        issued_at,
        lapses_at,
        currency,
        total: order.required_with("total", |text| Money::parse(text, currency))?,
        fulfilment: order.optional("fulfilment")?.unwrap_or_default(),
        lines: order.required_objects("lines", |_, line| read_line(line))?,
        ship_to: order.optional_object("ship_to", Address::read)?,
        requested_delivery: order.optional_with("requested_delivery", parse_date)?,
        contract: order.optional("contract")?,
        contact: order.optional("contact")?,
        replaces: order.optional("replaces")?,
        references: order.optional_texts("references", MAX_REFERENCES)?,
        note: order.optional("note")?,
    };
    order.finish()?;
    Ok(terms)
}

fn read_line(mut members: Members<'_, '_>) -> Result<Line, NotUnderstood> {
    let line = Line {
        line: members.required_number("line")?,
        sku: members.required("sku")?,
        description: members.required("description")?,
        quantity: members.required_number("quantity")?,
        unit: members.required("unit")?,
        unit_price: members.required("unit_price")?,
        per: members.optional_number("per")?.unwrap_or(Quantity::ONE),
        requested_delivery: members.optional_with("requested_delivery", parse_date)?,
        buyer_item: members.optional("buyer_item")?,
        note: members.optional("note")?,
    };
    members.finish()?;
    Ok(line)
}

impl Flaw {
    fn into_refusal(self) -> NotUnderstood {
        let root = Pointer::Root;
        let of_order = |name: &str, detail: String| Pointer::Member(&root, name).refuse(detail);
        let of_line = |place: usize, name: &str, detail: &str| {
            let lines = Pointer::Member(&root, "lines");
            Pointer::Member(&Pointer::Element(&lines, place), name).refuse(detail)
        };
        match self {
            Self::Lapse => of_order(
                "lapses_at",
                "is not after issued_at and at most seven days later".to_owned(),
            ),
            Self::NoLines => of_order("lines", "is empty".to_owned()),
            Self::TooManyLines => of_order("lines", format!("has more than {MAX_LINES} elements")),
            Self::LineNumber(place) => {
                of_line(place, "line", "does not continue the count 1, 2, 3")
            }
            Self::ItemTwice(place, _) => of_line(place, "sku", "is on an earlier line already"),
            Self::LineAmount(place) => {
                of_line(place, "unit_price", "makes the line's amount too large")
            }
            Self::Sum(error) => of_order("total", format!("cannot be checked: the sum {error}")),
            Self::Total(sum) => of_order(
                "total",
                format!("is not the sum of the lines, {}", sum.amount()),
            ),
        }
    }
}

impl FromStr for Fulfilment {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match text {
            "complete" => Ok(Self::Complete),
            "partial" => Ok(Self::Partial),
            _ => Err(TextError::Form("complete or partial")),
        }
    }
}
