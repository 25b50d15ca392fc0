//! The router, built from the contract's table of routes: what is not in the table is not served.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use countersign_api::{Code, Method, Route, Tag, routes};

use super::problem::Refused;
use super::{
    App, access, account, answer, desk, items, keys, live, log, orders, refusals, seller, service,
    sessions,
};

type Handler = MethodRouter<Arc<App>>;

/// Serves every route of the contract.
pub(crate) fn router(app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        if let Some(handler) = handler(route) {
            let guard = access::Guard::new(Arc::clone(&app), route);
            let guarded = handler.layer(from_fn_with_state(guard, access::admit));
            router = router.route(route.path, guarded);
        }
    }
    router
        .fallback(async || Refused::from(Code::NotFound))
        .method_not_allowed_fallback(async || Refused::from(Code::MethodNotAllowed))
        .layer(from_fn_with_state(Arc::clone(&app), answer::finish))
        .with_state(app)
}

/// The handler of a route; a test asserts that every route has one.
fn handler(route: &Route) -> Option<Handler> {
    let filter = match route.method {
        Method::Get => MethodFilter::GET,
        Method::Post => MethodFilter::POST,
        Method::Patch => MethodFilter::PATCH,
        Method::Delete => MethodFilter::DELETE,
    };
    if route.tag == Tag::Desk {
        return of_the_desk(route, filter);
    }
    Some(match route.name {
        "sign_in" => on(filter, sessions::sign_in),
        "sign_out" => on(filter, sessions::sign_out),
        "redeem_invite" => on(filter, sessions::redeem_invite),
        "change_password" => on(filter, account::password),
        "change_email" => on(filter, account::email),
        "seller" => on(filter, seller::show),
        "items" => on(filter, items::list),
        "submit_order" => on(filter, orders::submit),
        "orders" => on(filter, orders::list),
        "order" => on(filter, orders::show),
        "receipt" => on(filter, orders::receipt),
        "statements" => on(filter, orders::statements),
        "evidence" => on(filter, orders::evidence),
        "request_cancellation" => on(filter, orders::request_cancellation),
        "order_events" => on(filter, live::order_events),
        "events" => on(filter, live::events),
        "refusals" => on(filter, refusals::list),
        "keys" => on(filter, keys::list),
        "key_challenge" => on(filter, keys::challenge),
        "enrol_key" => on(filter, keys::enrol),
        "revoke_key" => on(filter, keys::revoke),
        "label_key" => on(filter, keys::label),
        "log_checkpoint" => on(filter, log::checkpoint),
        "log_tile" => on(filter, log::tile),
        "numbered_log_checkpoint" => on(filter, log::numbered_checkpoint),
        "numbered_log_tile" => on(filter, log::numbered_tile),
        "health" => on(filter, service::health),
        "readiness" => on(filter, service::readiness),
        "metrics" => on(filter, service::metrics),
        "openapi" => on(filter, service::openapi),
        _ => return None,
    })
}

/// The handler of a route of the seller's own people.
fn of_the_desk(route: &Route, filter: MethodFilter) -> Option<Handler> {
    Some(match route.name {
        "desk_events" => on(filter, live::desk_events),
        "desk_orders" => on(filter, desk::orders),
        "prepare_order" => on(filter, desk::prepare),
        "pack_order" => on(filter, desk::pack),
        "ship_order" => on(filter, desk::ship),
        "approve_order" => on(filter, desk::approve),
        "decline_order" => on(filter, desk::decline),
        "cancel_order" => on(filter, desk::cancel),
        "order_notes" => on(filter, desk::notes),
        "note_order" => on(filter, desk::note),
        "stock_movements" => on(filter, desk::movements),
        "desk_items" => on(filter, desk::items),
        "receive_stock" => on(filter, desk::receive_stock),
        "desk_buyers" => on(filter, desk::buyers),
        "packing_slip" => on(filter, desk::packing_slip),
        "import_items" => on(filter, desk::import_items),
        "keep_item" => on(filter, desk::keep_item),
        "buyer_terms" => on(filter, desk::buyer_terms),
        "change_buyer" => on(filter, desk::change_buyer),
        "buyer_accounts" => on(filter, desk::buyer_accounts),
        "change_account" => on(filter, desk::change_account),
        "prices" => on(filter, desk::prices),
        "import_prices" => on(filter, desk::import_prices),
        "end_price" => on(filter, desk::end_price),
        "outbox" => on(filter, desk::outbox),
        "retry_mail" => on(filter, desk::retry_mail),
        "webhooks" => on(filter, desk::webhooks),
        "webhook" => on(filter, desk::webhook),
        "deliveries" => on(filter, desk::deliveries),
        "replay_webhook" => on(filter, desk::replay_webhook),
        "desk_refusals" => on(filter, desk::refusals),
        "change_item" => on(filter, desk::change_item),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_contract_is_served() {
        let missing: Vec<_> = routes()
            .filter(|route| handler(route).is_none())
            .map(|route| route.name)
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
