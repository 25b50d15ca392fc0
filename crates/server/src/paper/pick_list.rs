//! The pick list: what to fetch from the shelves, item by item, then order by order.

use std::collections::BTreeMap;

use countersign_api::OrderView;
use countersign_order::{
    BuyerId, Name, Note, OrderId, PurchaseOrderNumber, SalesOrderNumber, Sku, Unit,
};
use serde::Serialize;

use super::layout::{across, escaped, hanging, page, rule, table};

/// What to fetch for some orders.
#[derive(Debug, Serialize)]
pub(crate) struct PickList {
    /// When it was printed, as it is shown.
    pub(crate) printed_at: String,
    pub(crate) orders: Vec<PickOrder>,
}

/// What to fetch for one order.
#[derive(Debug, Serialize)]
pub(crate) struct PickOrder {
    pub(crate) id: OrderId,
    pub(crate) buyer: BuyerId,
    pub(crate) purchase_order_number: PurchaseOrderNumber,
    pub(crate) sales_order_number: Option<SalesOrderNumber>,
    /// The buyer's note.
    pub(crate) note: Option<Note>,
    pub(crate) lines: Vec<PickLine>,
}

/// What to fetch for one line.
#[derive(Debug, Serialize)]
pub(crate) struct PickLine {
    pub(crate) line: u32,
    pub(crate) sku: Sku,
    pub(crate) description: Name,
    pub(crate) units: u32,
    pub(crate) unit: Unit,
}

impl PickOrder {
    /// What is reserved of an order and not packed yet.
    pub(crate) fn of(order: OrderView) -> Self {
        let lines = order.lines.into_iter().filter_map(|line| {
            let units = line.progress.reserved - line.progress.packed.min(line.progress.reserved);
            (units > 0).then_some(PickLine {
                line: line.progress.line,
                sku: line.sku,
                description: line.description,
                units,
                unit: line.unit,
            })
        });
        Self {
            lines: lines.collect(),
            id: order.id,
            buyer: order.buyer,
            purchase_order_number: order.purchase_order_number,
            sales_order_number: order.sales_order_number,
            note: order.note,
        }
    }

    fn name(&self) -> String {
        let ours = self.sales_order_number;
        let ours = ours.map_or_else(|| self.id.to_string(), |number| number.to_string());
        format!("{ours}: {} of {}", self.purchase_order_number, self.buyer)
    }
}

impl PickList {
    /// The list as text.
    pub(crate) fn text(&self) -> String {
        let mut text = across("PICK LIST", &self.printed_at);
        if self.orders.len() > 1 {
            text += "\nAll of it\n";
            for (sku, (units, line)) in self.totals() {
                text += &hanging(&tick(units, &line.unit), sku.as_str());
            }
        }
        for order in &self.orders {
            text += "\n";
            text += &rule();
            text += &hanging("", &order.name());
            for line in &order.lines {
                let head = tick(line.units, &line.unit);
                text += &hanging(&head, line.sku.as_str());
                text += &hanging(&" ".repeat(head.len()), line.description.as_str());
            }
            if let Some(note) = &order.note {
                text += &hanging("Buyer's note: ", note.as_str());
            }
        }
        text
    }

    /// The list as a page.
    pub(crate) fn html(&self) -> String {
        let mut body = format!("<h1>Pick list</h1>\n<p>{}</p>\n", escaped(&self.printed_at));
        if self.orders.len() > 1 {
            let rows: Vec<_> = self
                .totals()
                .into_iter()
                .map(|(sku, (units, line))| cells(units, line, sku))
                .collect();
            body += "<h2>All of it</h2>\n";
            body += &table(&HEAD, &rows);
        }
        for order in &self.orders {
            let rows: Vec<_> = order
                .lines
                .iter()
                .map(|line| cells(u64::from(line.units), line, &line.sku))
                .collect();
            body.extend(["<section>\n<h2>", &escaped(&order.name()), "</h2>\n"]);
            body += &table(&HEAD, &rows);
            if let Some(note) = &order.note {
                body.extend(["<p>Buyer's note: ", &escaped(note.as_str()), "</p>\n"]);
            }
            body += "</section>\n";
        }
        page("Pick list", &body)
    }

    /// Units of each item, with a line that names it.
    fn totals(&self) -> BTreeMap<&Sku, (u64, &PickLine)> {
        let mut totals: BTreeMap<&Sku, (u64, &PickLine)> = BTreeMap::new();
        for line in self.orders.iter().flat_map(|order| &order.lines) {
            let (units, _) = totals.entry(&line.sku).or_insert((0, line));
            *units += u64::from(line.units);
        }
        totals
    }
}

const HEAD: [&str; 5] = ["Picked", ">Units", "Unit", "Item", "Description"];

fn cells(units: u64, line: &PickLine, sku: &Sku) -> Vec<String> {
    vec![
        "\u{2610}".to_owned(),
        units.to_string(),
        line.unit.to_string(),
        sku.to_string(),
        line.description.to_string(),
    ]
}

fn tick(units: impl Into<u64>, unit: &Unit) -> String {
    let units: u64 = units.into();
    format!("[ ] {units:>8} {unit:<3}  ")
}
