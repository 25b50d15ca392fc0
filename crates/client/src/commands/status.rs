//! `po status`: how orders stand, as the server tells it now.

use std::time::Duration;

use countersign_api::{OrderView, Page};
use countersign_order::OrderId;

use crate::cli::Status;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};
use crate::http::{Api, percent_encode};

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
            context.output.data(&order, || describe::standing(&order))?;
            Ok(Exit::Ok)
        }
    }
}

/// The order of this ID, or the newest attempt under this number.
pub(crate) fn find(api: &Api, name: &str) -> Result<OrderView, Failure> {
    if let Ok(id) = name.parse::<OrderId>() {
        let order: OrderView = api.get(&format!("/v1/orders/{id}"))?;
        return must_be(order, |order| order.id == id);
    }
    let path = format!(
        "/v1/orders?limit=1&purchase_order_number={}",
        percent_encode(name)
    );
    let page: Page<OrderView> = api.get(&path)?;
    let order = page.data.into_iter().next().ok_or_else(|| {
        Failure::new(Exit::NotFound, format!("there is no order {name}"))
            .advise("see: po status, and: po pending")
    })?;
    must_be(order, |order| order.purchase_order_number.as_str() == name)
}

fn must_be(
    order: OrderView,
    is_asked_for: impl Fn(&OrderView) -> bool,
) -> Result<OrderView, Failure> {
    if is_asked_for(&order) {
        Ok(order)
    } else {
        Err(Failure::invalid("the server answers with another order"))
    }
}

fn list(context: &Context, api: &Api) -> Result<Exit, Failure> {
    let page = Page {
        data: api.get_all::<OrderView>("/v1/orders", &[])?,
        next: None,
    };
    context
        .output
        .data(&page, || describe::standings(&page.data))?;
    Ok(Exit::Ok)
}

/// Shows what happens to an order until nothing more can.
fn watch(context: &Context, api: &Api, name: &str) -> Result<Exit, Failure> {
    let mut order = find(api, name)?;
    let mut seen = 0;
    loop {
        for event in order.timeline.iter().skip(seen) {
            context.output.text(&describe::event(event))?;
        }
        seen = order.timeline.len();
        if order.state.is_final() {
            if context.output.is_json() {
                context.output.data(&order, String::new)?;
            }
            return Ok(Exit::Ok);
        }
        std::thread::sleep(WATCH_PAUSE);
        order = api.get(&format!("/v1/orders/{}", order.id))?;
    }
}
