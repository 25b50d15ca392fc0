//! What a path names; a name that is not text is nobody's.

use axum::extract::{FromRequestParts, Path};
use countersign_api::Code;
use http::request::Parts;

use super::problem::Refused;

/// The one parameter of a path.
#[derive(Debug)]
pub(super) struct Named(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, state).await;
        let Path(name) = path.map_err(|_not_text| Code::NotFound)?;
        Ok(Self(name))
    }
}

/// The two parameters of a path.
#[derive(Debug)]
pub(super) struct NamedTwice(pub(super) String, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for NamedTwice {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = Path::from_request_parts(parts, state).await;
        let Path((outer, inner)) = path.map_err(|_not_text| Code::NotFound)?;
        Ok(Self(outer, inner))
    }
}
