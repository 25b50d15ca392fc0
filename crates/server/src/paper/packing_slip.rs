//! The packing slip: what lies in a parcel, what went before, and what is to follow.

use countersign_api::{Despatch, PackingSlip, PackingSlipLine};
use countersign_order::Address;

use super::layout::{across, escaped, hanging, page, rule, table};

/// The columns of the slip as text.
const HEAD: &str = "LINE      HERE   ORDERED    BEFORE  TO FOLLOW  UNIT\n";

/// Units that are still to follow.
fn to_follow(line: &PackingSlipLine) -> u32 {
    let settled = [line.units, line.before, line.cancelled];
    settled.into_iter().fold(line.ordered, u32::saturating_sub)
}

/// A line under [`HEAD`].
fn columns(line: &PackingSlipLine) -> String {
    format!(
        "{:>4}  {:>8}  {:>8}  {:>8}  {:>9}  {}\n",
        line.line,
        line.units,
        line.ordered,
        line.before,
        to_follow(line),
        line.unit
    )
}

/// The slip as text.
pub(crate) fn text(slip: &PackingSlip) -> String {
    let mut text = across("PACKING SLIP", slip.seller.as_str());
    text.push('\n');
    for (name, value) in facts(slip) {
        text += &hanging(&format!("{name:<14}"), &value);
    }
    text.push('\n');
    text += HEAD;
    text += &rule();
    for line in &slip.lines {
        text += &columns(line);
        text += &hanging("      ", line.sku.as_str());
        text += &hanging("      ", line.description.as_str());
    }
    text
}

/// The slip as a page.
pub(crate) fn html(slip: &PackingSlip) -> String {
    let mut body = format!(
        "<h1>Packing slip</h1>\n<p>{}</p>\n",
        escaped(slip.seller.as_str())
    );
    for (name, value) in facts(slip) {
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
    let rows: Vec<_> = slip.lines.iter().map(cells).collect();
    body += &table(&head, &rows);
    page("Packing slip", &body)
}

fn facts(slip: &PackingSlip) -> Vec<(&'static str, String)> {
    let ours = slip.sales_order_number;
    let ours = ours.map_or_else(String::new, |number| format!(" ({number} of ours)"));
    let left = slip.despatch.as_ref().map(left);
    let mut facts = vec![
        (
            "Your order",
            format!("{}{ours}", slip.purchase_order_number),
        ),
        (
            "Shipment",
            format!("{}, {}", slip.shipment, left.as_deref().unwrap_or("packed")),
        ),
        ("Buyer", slip.buyer.clone()),
    ];
    facts.extend(slip.ship_to.as_ref().map(|to| ("Deliver to", address(to))));
    facts.extend(
        slip.note
            .as_ref()
            .map(|note| ("Your note", note.to_string())),
    );
    facts
}

fn left(despatch: &Despatch) -> String {
    let tracking = despatch.tracking.as_ref();
    let tracking = tracking.map_or_else(String::new, |number| format!(" {number}"));
    let at = despatch.shipped_at.strftime("%Y-%m-%d %H:%M:%SZ");
    format!("{}{tracking}, {at}", despatch.carrier)
}

fn cells(line: &PackingSlipLine) -> Vec<String> {
    vec![
        line.line.to_string(),
        line.units.to_string(),
        line.ordered.to_string(),
        line.before.to_string(),
        to_follow(line).to_string(),
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
