//! `POST /v1/desk/orders/{id}/{prepare|pack|ship|cancel}`.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use countersign_api::{CancelRequest, Code, PackRequest, ShipRequest};
use countersign_order::LineUnits;
use http::HeaderMap;

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::orders::view;
use super::super::path::Named;
use super::super::problem::Refused;
use super::super::revision::{self, Tagged};
use crate::desk::operations::{MoveOrder, Step};

type Moved = Result<Tagged, Refused>;

/// Starts picking an order.
pub(crate) async fn prepare(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
) -> Moved {
    take(&app, &signed_in, (&id, &headers), Step::Prepare).await
}

/// Says that an order, or some of it, is ready to go.
pub(crate) async fn pack(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Moved {
    let request: PackRequest =
        body::json_or_nothing(&app, signed_in.account(), &headers, body).await?;
    let units = request.lines.into_iter().map(|line| LineUnits {
        line: line.line,
        units: line.quantity,
    });
    let step = Step::Pack {
        lines: units.collect(),
        missing: request.missing,
    };
    take(&app, &signed_in, (&id, &headers), step).await
}

/// Hands an order, or some of it, to a carrier.
pub(crate) async fn ship(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Moved {
    let request: ShipRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    let lines = request.lines.map(|lines| {
        let units = lines.into_iter().map(|line| LineUnits {
            line: line.line,
            units: line.quantity.units(),
        });
        units.collect()
    });
    let step = Step::Ship {
        lines,
        carrier: request.carrier,
        tracking: request.tracking,
    };
    take(&app, &signed_in, (&id, &headers), step).await
}

/// Cancels what is not shipped of an order.
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Moved {
    let request: CancelRequest = body::json(&app, signed_in.account(), &headers, body).await?;
    take(
        &app,
        &signed_in,
        (&id, &headers),
        Step::Cancel {
            reason: request.reason,
            request: None,
        },
    )
    .await
}

async fn take(
    app: &App,
    signed_in: &SignedIn,
    (id, headers): (&str, &HeaderMap),
    step: Step,
) -> Moved {
    let order = id.parse().map_err(|_| Code::NotFound)?;
    let revision = revision::asked(headers)?;
    let moved = app
        .desk
        .run(
            &signed_in.actor(),
            MoveOrder {
                order,
                step,
                revision,
            },
        )
        .await?;
    Ok(Tagged(view(moved, signed_in.role())))
}
