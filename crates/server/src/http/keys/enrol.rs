//! `POST /v1/keys`: a new key, proved to be held and allowed by somebody entitled to it.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use countersign_api::{Code, KeyEnrolmentRequest, KeyView, Problem};
use countersign_envelope::Certificate;
use http::{HeaderMap, StatusCode};

use super::super::App;
use super::super::access::SignedIn;
use super::super::body;
use super::super::problem::Refused;
use super::view;
use crate::desk::enrol::{Application, ClaimedPermission};

/// Enrols a key.
pub(crate) async fn enrol(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<KeyView>), Refused> {
    let request: KeyEnrolmentRequest =
        body::json(&app, signed_in.account(), &headers, body).await?;
    let permission = match (request.authorisation, request.invite) {
        (Some(document), None) => ClaimedPermission::Authorisation(document.into_bytes()),
        (None, Some(code)) => ClaimedPermission::Invite(code),
        (None, None) => return Err(Code::EnrolmentNotAuthorised.into()),
        (Some(_), Some(_)) => {
            return Err(Problem::from(Code::BadRequest)
                .with_detail("give one of authorisation and invite, not both")
                .into());
        }
    };
    let certificate = Certificate::from_der(request.certificate.as_bytes())
        .map_err(|error| Problem::from(Code::KeyNotAccepted).with_detail(error.to_string()))?;
    let application = Application {
        account: signed_in.account().clone(),
        certificate,
        label: request.label,
        possession: request.possession.into_bytes(),
        permission,
    };
    let operation = app.examiner.examine(&app.desk, application).await?;
    let key = app.desk.run(&signed_in.actor(), operation).await?;
    Ok((StatusCode::CREATED, Json(view(key))))
}
