//! A desk elsewhere, over HTTPS: what `opd login` pins and keeps, and the requests that a clerk's
//! commands make.

mod api;
mod login;
mod orders;
mod stream;
mod trust;

pub(crate) use api::Remote;
pub(crate) use login::{Logins, Session};
pub(crate) use stream::Told;
pub(crate) use trust::pin;
