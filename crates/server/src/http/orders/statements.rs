//! `GET /v1/orders/{id}/receipt` and `…/statements`: what the seller signed, as it was signed, once it is durable.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use countersign_api::{Code, Page, StatementView, media};
use countersign_order::Der;
use countersign_store::{StatementKind, StatementRecord};
use http::header::CONTENT_TYPE;

use super::super::App;
use super::super::access::SignedIn;
use super::super::path::Named;
use super::super::problem::Refused;
use super::show::find;

/// Gives the receipt.
pub(crate) async fn receipt(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<impl IntoResponse, Refused> {
    let mut store = app.desk.store().read().await?;
    let order = find(store.as_mut(), &signed_in, &id).await?;
    let receipt = store
        .statement(order.receipt)
        .await?
        .ok_or(Code::NotFound)?;
    drop(store);
    app.desk.store().settle(receipt.number + 1).await?;
    Ok(([(CONTENT_TYPE, media::PKCS7)], receipt.der))
}

/// Lists all statements about an order, oldest first.
pub(crate) async fn statements(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Named(id): Named,
) -> Result<Json<Page<StatementView>>, Refused> {
    let mut store = app.desk.store().read().await?;
    let order = find(store.as_mut(), &signed_in, &id).await?;
    let statements = store.statements_of(&order.id).await?;
    drop(store);
    if let Some(last) = statements.last() {
        app.desk.store().settle(last.number + 1).await?;
    }
    Ok(Json(Page {
        data: statements.into_iter().map(statement_view).collect(),
        next: None,
    }))
}

fn statement_view(statement: StatementRecord) -> StatementView {
    StatementView {
        number: statement.number,
        document: document_of(statement.kind).to_owned(),
        issued_at: statement.issued_at,
        sha256: statement.sha256,
        statement: Der::from(statement.der),
    }
}

fn document_of(kind: StatementKind) -> &'static str {
    match kind {
        StatementKind::Receipt => "countersign/receipt/1",
        StatementKind::Shipment => "countersign/shipment/1",
        StatementKind::Cancellation => "countersign/cancellation/1",
        StatementKind::Key => "countersign/key/1",
        StatementKind::Seller => "countersign/seller/1",
        StatementKind::Recovery => "countersign/recovery/1",
    }
}
