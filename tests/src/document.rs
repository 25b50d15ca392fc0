//! Drafts of the documents that buyers sign, right by default and easy to make wrong.

use jiff::Timestamp;
use serde_json::{Value, json};

/// A document in the making.
#[derive(Debug, Clone)]
pub struct Draft(Value);

impl Draft {
    /// An order without lines, in US dollars, issued now.
    pub fn new(seller: &str, seller_root: &str, buyer: &str, number: &str) -> Self {
        Self(json!({
            "document": "countersign/order/1",
            "seller": seller,
            "seller_root": seller_root,
            "buyer": buyer,
            "purchase_order_number": number,
            "issued_at": crate::chance::now().to_string(),
            "currency": "USD",
            "total": "0.00",
            "lines": [],
            "ship_to": {"name": "Acme Ltd", "street": "1 Main St", "city": "Fullerton", "country": "US"},
        }))
    }

    /// A request to cancel the order that has this receipt, issued now.
    pub fn cancellation(
        seller: &str,
        seller_root: &str,
        buyer: &str,
        number: &str,
        receipt_sha256: &str,
    ) -> Self {
        Self(json!({
            "document": "countersign/cancellation-request/1",
            "seller": seller,
            "seller_root": seller_root,
            "buyer": buyer,
            "purchase_order_number": number,
            "receipt_sha256": receipt_sha256,
            "reason": "ordered twice",
            "issued_at": crate::chance::now().to_string(),
        }))
    }

    /// With a further line; the total follows.
    #[must_use]
    pub fn line(mut self, sku: &str, quantity: u32, unit_price: &str) -> Self {
        let lines = self.0["lines"].as_array_mut().expect("lines are a list");
        lines.push(json!({
            "line": lines.len() + 1,
            "sku": sku,
            "description": sku,
            "quantity": quantity,
            "unit": "EA",
            "unit_price": unit_price,
        }));
        let total: i64 = lines.iter().map(amount_cents).sum();
        self.0["total"] = json!(format!("{}.{:02}", total / 100, total % 100));
        self
    }

    /// Issued at another time; an offer end that was set stays.
    #[must_use]
    pub fn issued_at(self, at: Timestamp) -> Self {
        self.with("/issued_at", json!(at.to_string()))
    }

    /// With another value at a JSON pointer, whose parent exists.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        let parent = self.0.pointer_mut(parent).expect("the parent exists");
        match name.parse::<usize>() {
            Ok(index) => parent[index] = value,
            Err(_) => parent[name] = value,
        }
        self
    }

    /// Without the member at a JSON pointer.
    #[must_use]
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        let parent = self.0.pointer_mut(parent).and_then(Value::as_object_mut);
        parent.expect("the parent is an object").remove(name);
        self
    }

    /// When it says that it was issued; now, if it does not say.
    pub fn time(&self) -> Timestamp {
        let text = self.0["issued_at"].as_str().unwrap_or_default();
        text.parse().unwrap_or_else(|_| crate::chance::now())
    }

    /// The bytes to sign.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.to_string().into_bytes()
    }
}

/// Prices here have two decimals; whatever else a test writes there is refused before it counts.
fn amount_cents(line: &Value) -> i64 {
    let price = line["unit_price"]
        .as_str()
        .unwrap_or_default()
        .replace('.', "");
    line["quantity"].as_i64().unwrap_or(0) * price.parse::<i64>().unwrap_or(0)
}
