//! `opd refusals`: messages that never became orders.

use countersign_api::RefusalView;
use countersign_order::PurchaseOrderNumber;

use super::place::Place;
use super::{moment, whole};
use crate::cli::Refusals;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::table;

pub(super) async fn run(context: &Context, refusals: &Refusals) -> Result<(), Failure> {
    let place = Place::of(context).await?;
    let (rows, forgotten) = place.refusals(refusals.buyer.as_ref()).await?;
    if forgotten > 0 {
        context
            .output
            .message(&format!("{forgotten} older ones are counted but not kept."));
    }
    context.output.data(&whole(&rows), || {
        let cells: Vec<_> = rows.iter().map(cells).collect();
        table(&["RECEIVED", "ACCOUNT", "CODE", "NUMBER", "ITEMS"], &cells)
    })
}

fn cells(refusal: &RefusalView) -> Vec<String> {
    let number = refusal.purchase_order_number.as_ref();
    let items: Vec<String> = refusal
        .items
        .iter()
        .map(|item| format!("{}={}", item.sku, item.quantity))
        .collect();
    vec![
        moment(refusal.received_at),
        refusal.account.to_string(),
        refusal.code.clone(),
        number.map_or_else(String::new, PurchaseOrderNumber::to_string),
        items.join(" "),
    ]
}
