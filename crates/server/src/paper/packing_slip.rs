//! The packing slip: what lies in a parcel, what went before, and what is to follow.

use countersign_api::{PackingSlip, SlipDeparture, SlipLine};
use countersign_order::Address;
use jiff::Timestamp;

use super::layout::{across, escaped, hanging, page, rule, table};

/// The slip as text.
pub(crate) fn text(slip: &PackingSlip) -> String {
    let mut text = across("PACKING SLIP", slip.seller.as_ref());
    text.push('\n');
    for (name, value) in facts(slip) {
        text += &hanging(&format!("{name:<14}"), &value);
    }
    text.push('\n');
    text += &columns(["LINE", "HERE", "ORDERED", "BEFORE", "TO FOLLOW", "UNIT"]);
    text += &rule();
    for line in &slip.lines {
        let SlipLine {
            line: number,
            units,
            ordered,
            before,
            unit,
            ..
        } = line;
        text += &columns([
            &number.to_string(),
            &units.to_string(),
            &ordered.to_string(),
            &before.to_string(),
            &to_follow(line).to_string(),
            unit.as_str(),
        ]);
        text += &hanging("      ", line.sku.as_str());
        text += &hanging("      ", line.description.as_str());
    }
    text
}

fn columns([line, here, ordered, before, to_follow, unit]: [&str; 6]) -> String {
    format!("{line:>4}  {here:>8}  {ordered:>8}  {before:>8}  {to_follow:>9}  {unit}\n")
}

/// The slip as a page.
pub(crate) fn html(slip: &PackingSlip) -> String {
    let fact = |(name, value): &(&str, String)| {
        let value = escaped(value);
        format!("<p><strong>{name}</strong>\n{value}</p>\n")
    };
    let facts: Vec<String> = facts(slip).iter().map(fact).collect();
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
    let body = format!(
        "<h1>Packing slip</h1>\n<p>{}</p>\n{}{}",
        escaped(slip.seller.as_ref()),
        facts.concat(),
        table(&head, &rows)
    );
    page("Packing slip", &body)
}

fn facts(slip: &PackingSlip) -> Vec<(&'static str, String)> {
    let ours = slip.sales_order_number;
    let ours = ours.map_or_else(String::new, |number| format!(" ({number} of ours)"));
    let went = slip.shipped.as_ref();
    let went = went.map_or_else(|| "packed".to_owned(), departure);
    let mut facts = vec![
        (
            "Your order",
            format!("{}{ours}", slip.purchase_order_number),
        ),
        ("Shipment", format!("{}, {went}", slip.shipment)),
        ("Buyer", slip.buyer.clone()),
    ];
    facts.extend(slip.ship_to.as_ref().map(|to| ("Deliver to", address(to))));
    let note = slip.note.as_ref();
    facts.extend(note.map(|note| ("Your note", note.to_string())));
    facts
}

fn departure(went: &SlipDeparture) -> String {
    let tracking = went.tracking.as_ref();
    let tracking = tracking.map_or_else(String::new, |number| format!(" {number}"));
    format!("{}{tracking}, {}", went.carrier, moment(went.shipped_at))
}

/// A moment as papers show it: UTC, to the second.
fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Units of a line that are still to follow.
fn to_follow(line: &SlipLine) -> u32 {
    let settled = [line.units, line.before, line.cancelled];
    settled.into_iter().fold(line.ordered, u32::saturating_sub)
}

fn cells(line: &SlipLine) -> Vec<String> {
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
