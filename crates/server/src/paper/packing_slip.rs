//! The packing slip: what lies in a parcel, what went before, and what is to follow.

use countersign_order::{
    Address, Name, Note, Origin, PurchaseOrderNumber, SalesOrderNumber, Sku, Unit,
};
use serde::Serialize;

use super::layout::{across, escaped, hanging, page, rule, table};

/// The columns of the slip as text.
const HEAD: &str = "LINE      HERE   ORDERED    BEFORE  TO FOLLOW  UNIT\n";

/// What lies in one parcel.
#[derive(Debug, Serialize)]
pub(crate) struct PackingSlip {
    pub(crate) seller: Origin,
    pub(crate) buyer: String,
    pub(crate) purchase_order_number: PurchaseOrderNumber,
    pub(crate) sales_order_number: Option<SalesOrderNumber>,
    /// Which shipment of the order this is, counted from one.
    pub(crate) shipment: u32,
    /// Who carries it and when it left, if it did.
    pub(crate) shipped: Option<String>,
    pub(crate) ship_to: Option<Address>,
    /// The buyer's note.
    pub(crate) note: Option<Note>,
    pub(crate) lines: Vec<SlipLine>,
}

/// One line of an order, as far as this parcel goes.
#[derive(Debug, Serialize)]
pub(crate) struct SlipLine {
    pub(crate) line: u32,
    pub(crate) sku: Sku,
    pub(crate) description: Name,
    pub(crate) unit: Unit,
    pub(crate) ordered: u32,
    /// Units in this parcel.
    pub(crate) units: u32,
    /// Units that went before it.
    pub(crate) before: u32,
    /// Units that will not go.
    pub(crate) cancelled: u32,
}

impl SlipLine {
    /// Units that are still to follow.
    fn to_follow(&self) -> u32 {
        let settled = [self.units, self.before, self.cancelled];
        settled.into_iter().fold(self.ordered, u32::saturating_sub)
    }

    /// The line under [`HEAD`].
    fn columns(&self) -> String {
        format!(
            "{:>4}  {:>8}  {:>8}  {:>8}  {:>9}  {}\n",
            self.line,
            self.units,
            self.ordered,
            self.before,
            self.to_follow(),
            self.unit
        )
    }
}

impl PackingSlip {
    /// The slip as text.
    pub(crate) fn text(&self) -> String {
        let mut text = across("PACKING SLIP", self.seller.as_str());
        text.push('\n');
        for (name, value) in self.facts() {
            text += &hanging(&format!("{name:<14}"), &value);
        }
        text.push('\n');
        text += HEAD;
        text += &rule();
        for line in &self.lines {
            text += &line.columns();
            text += &hanging("      ", line.sku.as_str());
            text += &hanging("      ", line.description.as_str());
        }
        text
    }

    /// The slip as a page.
    pub(crate) fn html(&self) -> String {
        let facts: Vec<_> = self.facts();
        let mut body = format!(
            "<h1>Packing slip</h1>\n<p>{}</p>\n",
            escaped(self.seller.as_str())
        );
        for (name, value) in facts {
            body.extend([
                "<p><strong>",
                name,
                "</strong>\n",
                &escaped(&value),
                "</p>\n",
            ]);
        }
        let head = [
            ">Line",
            ">Here",
            ">Ordered",
            ">Before",
            ">To follow",
            "Unit",
            "Item",
            "Description",
        ];
        let rows: Vec<_> = self.lines.iter().map(cells).collect();
        body += &table(&head, &rows);
        page("Packing slip", &body)
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let ours = self.sales_order_number;
        let ours = ours.map_or_else(String::new, |number| format!(" ({number} of ours)"));
        let shipped = self.shipped.as_deref();
        let mut facts = vec![
            (
                "Your order",
                format!("{}{ours}", self.purchase_order_number),
            ),
            (
                "Shipment",
                format!("{}, {}", self.shipment, shipped.unwrap_or("packed")),
            ),
            ("Buyer", self.buyer.clone()),
        ];
        facts.extend(self.ship_to.as_ref().map(|to| ("Deliver to", address(to))));
        facts.extend(
            self.note
                .as_ref()
                .map(|note| ("Your note", note.to_string())),
        );
        facts
    }
}

fn cells(line: &SlipLine) -> Vec<String> {
    vec![
        line.line.to_string(),
        line.units.to_string(),
        line.ordered.to_string(),
        line.before.to_string(),
        line.to_follow().to_string(),
        line.unit.to_string(),
        line.sku.to_string(),
        line.description.to_string(),
    ]
}

/// An address as it stands on a parcel.
fn address(address: &Address) -> String {
    let city = [
        address.postal_code.as_ref().map(ToString::to_string),
        Some(address.city.to_string()),
        address.region.as_ref().map(ToString::to_string),
    ];
    let city: Vec<String> = city.into_iter().flatten().collect();
    let lines = [
        Some(address.name.to_string()),
        address.attention.as_ref().map(ToString::to_string),
        Some(address.street.to_string()),
        address.street_2.as_ref().map(ToString::to_string),
        Some(city.join(" ")),
        Some(address.country.to_string()),
        address.phone.as_ref().map(ToString::to_string),
    ];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
