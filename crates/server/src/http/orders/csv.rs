//! Orders as a table in CSV (RFC 4180), a row for each, safe to open in a spreadsheet.

use countersign_api::OrderView;
use csv::{QuoteStyle, Terminator, WriterBuilder};

/// The columns.
const HEAD: [&str; 16] = [
    "order",
    "buyer",
    "account",
    "purchase_order_number",
    "attempt",
    "sales_order_number",
    "state",
    "received_at",
    "currency",
    "total",
    "requested_delivery",
    "lines",
    "reserved",
    "back_ordered",
    "shipped",
    "cancelled",
];

/// The line that names the columns.
pub(crate) fn head() -> String {
    line(HEAD.map(str::to_owned))
}

/// The line of one order. Units are summed over its lines, and the date is the earliest of a line
/// that is not delivered.
pub(crate) fn row(order: &OrderView) -> String {
    let units = |count: fn(&countersign_order::LineProgress) -> u32| {
        let counts = order
            .lines
            .iter()
            .map(|line| u64::from(count(&line.progress)));
        counts.sum::<u64>().to_string()
    };
    let awaited = order.lines.iter().filter(|line| {
        let progress = line.progress;
        progress.reserved > 0 || progress.back_ordered > 0
    });
    let due = awaited
        .filter_map(|line| line.requested_delivery)
        .min_by_key(|day| day.0);
    let ours = order.sales_order_number;
    line([
        order.id.to_string(),
        order.buyer.to_string(),
        order.account.to_string(),
        order.purchase_order_number.to_string(),
        order.attempt.to_string(),
        ours.map_or_else(String::new, |number| number.to_string()),
        order.state.as_str().to_owned(),
        countersign_order::time::write_instant(order.received_at),
        order.currency.code().to_owned(),
        order.total.clone(),
        due.map_or_else(String::new, |day| day.to_string()),
        order.lines.len().to_string(),
        units(|progress| progress.reserved),
        units(|progress| progress.back_ordered),
        units(|progress| progress.shipped),
        units(|progress| progress.cancelled),
    ])
}

fn line<const N: usize>(cells: [String; N]) -> String {
    let mut writer = WriterBuilder::new()
        .quote_style(QuoteStyle::Necessary)
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Memory takes every record, and cells of text stay text.
    let _written = writer.write_record(cells.map(harmless));
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

/// A cell that a spreadsheet does not take for a formula: one that would begin like one begins with
/// an apostrophe.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_none_breaks_its_row() {
        let cells = ["=1+1", "@SUM(A1)", "-2", "a,b", "say \"so\"", "two\nlines"];
        assert_eq!(
            line(cells.map(str::to_owned)),
            "'=1+1,'@SUM(A1),'-2,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\"\r\n"
        );
    }
}
