//! `GET /v1/seller`: who sells here, provable by the root.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_api::{SellerCertificates, SellerView, media};
use countersign_order::Der;
use http::header::CONTENT_TYPE;

use super::App;
use crate::seller::Seller;

/// Tells who the seller is.
pub(super) async fn show(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, media::JSON)], app.seller.clone())
}

/// The seller, for the outside.
pub(super) fn view(seller: &Seller) -> SellerView {
    let certificates = seller.certificates();
    SellerView {
        origin: seller.origin().clone(),
        statement: Der::from(seller.statement_der().to_vec()),
        certificates: SellerCertificates {
            root: certificates.root.clone(),
            tls: certificates.tls.clone(),
            recipient: certificates.recipient.clone(),
            receipt: certificates.receipt.clone(),
            mail: certificates.mail.clone(),
        },
        log_key: STANDARD.encode(seller.log_key().public_key().to_spki_der()),
    }
}
