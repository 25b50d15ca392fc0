//! `po status`: how orders stand, as the server tells it now.

use countersign_api::{Event, OrderEvent, OrderView, Page};
use countersign_order::{OrderId, OrderState};

use crate::cli::Status;
use crate::context::Context;
use crate::describe;
use crate::failure::{Exit, Failure};
use crate::http::{Api, Listening, Told, percent_encode};

pub(crate) fn run(context: &Context, status: &Status) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    match &status.order {
        None if status.watch => watch_all(context, &api),
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
    let id = find(api, name)?.id;
    api.listen(&format!("/v1/orders/{id}/events"), |told| {
        let Told::Event(event) = told else {
            return Ok(Listening::On);
        };
        if event.order != id {
            return Err(Failure::invalid("the server tells of another order"));
        }
        let is_final = event.state.is_some_and(OrderState::is_final);
        context.output.text(&describe::event(&row(*event)))?;
        Ok(if is_final {
            Listening::Done
        } else {
            Listening::On
        })
    })?;
    if context.output.is_json() {
        let order: OrderView = api.get(&format!("/v1/orders/{id}"))?;
        context.output.data(&order, String::new)?;
    }
    Ok(Exit::Ok)
}

/// Shows how all orders stand, and then what happens to them, until somebody ends it.
fn watch_all(context: &Context, api: &Api) -> Result<Exit, Failure> {
    let mut is_listed = false;
    api.listen("/v1/events", |told| {
        match told {
            // Listed once the stream is open: what happens from now on is told.
            Told::Open if !is_listed => {
                is_listed = true;
                list(context, api)?;
            }
            Told::Open => {}
            Told::Event(event) => {
                let number = event.purchase_order_number.clone();
                let line = describe::event(&row(*event));
                context.output.text(&format!("{number}  {line}"))?;
            }
        }
        Ok(Listening::On)
    })?;
    Ok(Exit::Ok)
}

/// An event as a row of its order's timeline.
fn row(event: OrderEvent) -> Event {
    Event {
        at: event.at,
        by: event.by,
        event: event.event,
        detail: event.detail,
    }
}
