//! `po status`: how orders stand, as the server tells it now.

use std::time::Duration;

use countersign_api::{OrderView, Page};
use countersign_order::time::write_instant;
use countersign_order::{OrderId, OrderState};

use crate::cli::Status;
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::http::{Api, percent_encode};
use crate::output::table;

/// How often a watched order is looked at.
const WATCH_PAUSE: Duration = Duration::from_secs(1);

pub(crate) fn run(context: &Context, status: &Status) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    match &status.order {
        None => list(context, &api),
        Some(name) if status.watch => watch(context, &api, name),
        Some(name) => {
            let order = find(&api, name)?;
            context.output.data(&order, || describe(&order))?;
            Ok(Exit::Ok)
        }
    }
}

/// The order of this ID, or the newest attempt under this number.
pub(crate) fn find(api: &Api, name: &str) -> Result<OrderView, Failure> {
    if name.parse::<OrderId>().is_ok() {
        return api.get(&format!("/v1/orders/{name}"));
    }
    let path = format!(
        "/v1/orders?limit=1&purchase_order_number={}",
        percent_encode(name)
    );
    let page: Page<OrderView> = api.get(&path)?;
    page.data.into_iter().next().ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no order {name}"))
            .advise("see: po status, and: po pending")
    })
}

fn list(context: &Context, api: &Api) -> Result<Exit, Failure> {
    let page = Page {
        data: api.get_all::<OrderView>("/v1/orders", &[])?,
        next: None,
    };
    let rows: Vec<Vec<String>> = page
        .data
        .iter()
        .map(|order| {
            vec![
                order.purchase_order_number.to_string(),
                state(order.state),
                format!("{} {}", order.total, order.currency),
                write_instant(order.received_at),
                order.id.to_string(),
            ]
        })
        .collect();
    context.output.data(&page, || {
        if rows.is_empty() {
            "no orders".to_owned()
        } else {
            table(
                &["number", "state", "total", "received at", "order"],
                &rows,
                &[2],
            )
        }
    })?;
    Ok(Exit::Ok)
}

/// Shows what happens to an order until nothing more can.
fn watch(context: &Context, api: &Api, name: &str) -> Result<Exit, Failure> {
    let mut order = find(api, name)?;
    let mut seen = 0;
    loop {
        for event in order.timeline.iter().skip(seen) {
            context.output.text(&event_line(event))?;
        }
        seen = order.timeline.len();
        if is_final(order.state) {
            if context.output.is_json() {
                context.output.data(&order, String::new)?;
            }
            return Ok(Exit::Ok);
        }
        std::thread::sleep(WATCH_PAUSE);
        order = api.get(&format!("/v1/orders/{}", order.id))?;
    }
}

/// Whether nothing more will happen to an order.
pub(crate) const fn is_final(state: OrderState) -> bool {
    match state {
        OrderState::Shipped | OrderState::Closed | OrderState::Cancelled | OrderState::Declined => {
            true
        }
        OrderState::Held
        | OrderState::Accepted
        | OrderState::Preparing
        | OrderState::Packed
        | OrderState::PartShipped => false,
    }
}

/// An order as a person reads it.
pub(crate) fn describe(order: &OrderView) -> String {
    let rows: Vec<Vec<String>> = order
        .lines
        .iter()
        .map(|line| {
            let progress = &line.progress;
            vec![
                progress.line.to_string(),
                line.sku.to_string(),
                progress.ordered.to_string(),
                progress.reserved.to_string(),
                progress.back_ordered.to_string(),
                progress.shipped.to_string(),
                progress.cancelled.to_string(),
            ]
        })
        .collect();
    let head = [
        "",
        "SKU",
        "ordered",
        "reserved",
        "back-ordered",
        "shipped",
        "cancelled",
    ];
    let sales_order = order
        .sales_order_number
        .map_or_else(String::new, |number| format!(", sales order {number}"));
    let timeline: String = order
        .timeline
        .iter()
        .map(|event| event_line(event) + "\n")
        .collect();
    format!(
        "{}: {}{sales_order}, {} {}\norder {}\n{}{timeline}",
        order.purchase_order_number,
        state(order.state),
        order.total,
        order.currency,
        order.id,
        table(&head, &rows, &[0, 2, 3, 4, 5, 6]),
    )
}

/// A row of the timeline.
pub(crate) fn event_line(event: &countersign_api::Event) -> String {
    let detail = event
        .detail
        .as_ref()
        .map_or_else(String::new, |detail| format!("  {detail}"));
    format!(
        "{}  {:<12} {}{detail}",
        write_instant(event.at),
        event.event,
        event.by
    )
}

/// A state as it is written everywhere.
pub(crate) fn state(state: OrderState) -> String {
    let text = serde_json::to_string(&state).unwrap_or_default();
    text.trim_matches('"').replace('_', " ")
}
