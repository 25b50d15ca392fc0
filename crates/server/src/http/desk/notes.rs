//! `GET` and `POST /v1/desk/orders/{id}/notes`: what the desk writes on an order.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, NoteRequest, NoteView, Page};
use countersign_order::OrderId;
use countersign_store::NoteRecord;
use http::{HeaderMap, StatusCode};

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::path::Named;
use super::super::problem::Refused;
use crate::desk::operations::AddNote;

/// Lists the notes on an order.
pub(crate) async fn notes(
    State(app): State<Arc<App>>,
    Named(id): Named,
) -> Result<Json<Page<NoteView>>, Refused> {
    let id: OrderId = id.parse().map_err(|_| Code::NotFound)?;
    let mut store = app.desk.store().read().await?;
    if store.order(&id).await?.is_none() {
        return Err(Code::NotFound.into());
    }
    let notes = store.order_notes(&id).await?;
    Ok(Json(Page {
        data: notes.into_iter().map(note_view).collect(),
        next: None,
    }))
}

/// Writes a note on an order.
pub(crate) async fn note(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<NoteView>), Refused> {
    let order = id.parse().map_err(|_| Code::NotFound)?;
    let NoteRequest { note } = body::json(&app, signed_in.account(), &headers, body).await?;
    let written = app
        .desk
        .run(&signed_in.actor(), AddNote { order, note })
        .await?;
    Ok((StatusCode::CREATED, Json(note_view(written))))
}

/// A note for the outside.
pub(crate) fn note_view(note: NoteRecord) -> NoteView {
    NoteView {
        at: note.at,
        by: note.by,
        note: note.note,
    }
}
