//! Who may ask: the contract's table says, and this enforces it before the handler runs.
//!
//! Signed in but not entitled looks like "not found": nobody learns what the others can do. The
//! seller's own people may know what the desk does, and learn that their role is not enough for it.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use countersign_api::{Access, Code, Method, Route, Tag};
use countersign_order::{AccountId, Role};
use countersign_store::TokenScope;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::App;
use super::connections::Slot;
use super::problem::Refused;
use crate::desk::Actor;
use crate::desk::receive::Sender;
use crate::desk::sessions::{self, Current};

/// The longest bearer token that is looked up, in bytes: far longer than any of ours.
const TOKEN_MAX_BYTES: usize = 128;

/// The guard of one route.
#[derive(Clone)]
pub(super) struct Guard {
    app: Arc<App>,
    route: &'static Route,
}

impl Guard {
    pub(super) fn new(app: Arc<App>, route: &'static Route) -> Self {
        Self { app, route }
    }
}

/// Lets a request pass to its handler, with its session, or answers in its stead.
pub(super) async fn admit(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Response {
    let access = guard.route.access;
    let is_open = match access {
        Access::Anyone => true,
        Access::LogReader => guard.app.desk.settings().log.public,
        Access::SignedIn
        | Access::Buyer
        | Access::DeskReader
        | Access::Desk
        | Access::Supervisor => false,
    };
    if is_open {
        return next.run(request).await;
    }
    let current = match find(&guard.app, token_of(&request)).await {
        Ok(current) => current,
        Err(refused) => return refused.into_response(),
    };
    if !is_entitled(access, &current) {
        return Refused::from(told(access, &current)).into_response();
    }
    if !is_sufficient(current.machine, guard.route) {
        return Refused::from(Code::TokenNotSufficient).into_response();
    }
    request.extensions_mut().insert(current);
    // Nobody who is being answered has to make room for a connection that nobody signed in over.
    let _working = request.extensions().get::<Slot>().map(Slot::works);
    next.run(request).await
}

fn token_of(request: &Request) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_token = scheme.eq_ignore_ascii_case("bearer") && token.len() <= TOKEN_MAX_BYTES;
    is_token.then(|| token.to_owned())
}

async fn find(app: &App, token: Option<String>) -> Result<Current, Refused> {
    let token = token.ok_or(Code::SignInRequired)?;
    let current = sessions::find(&app.desk, &token).await?;
    Ok(current.ok_or(Code::SignInRequired)?)
}

fn is_entitled(access: Access, current: &Current) -> bool {
    let session = &current.session;
    match access {
        Access::Anyone | Access::LogReader | Access::SignedIn => true,
        Access::Buyer => session.role == Role::Buyer && session.buyer.is_some(),
        Access::DeskReader => match session.role {
            Role::Clerk | Role::Supervisor | Role::Auditor => true,
            Role::Buyer => false,
        },
        Access::Desk => match session.role {
            Role::Clerk | Role::Supervisor => true,
            Role::Auditor | Role::Buyer => false,
        },
        Access::Supervisor => match session.role {
            Role::Supervisor => true,
            Role::Clerk | Role::Auditor | Role::Buyer => false,
        },
    }
}

/// What those learn who are not entitled.
fn told(access: Access, current: &Current) -> Code {
    let is_desk = matches!(access, Access::Desk | Access::Supervisor);
    if is_desk && current.session.role != Role::Buyer {
        Code::RoleNotEnough
    } else {
        Code::NotFound
    }
}

/// Whether the token may do this: a machine reads, and orders and cancels if it may; keys, passwords
/// and addresses are for people.
fn is_sufficient(machine: Option<TokenScope>, route: &Route) -> bool {
    match (machine, route.method, route.tag) {
        (None, _, _)
        | (Some(TokenScope::Order | TokenScope::Read), Method::Get, _)
        | (Some(TokenScope::Order), Method::Post, Tag::Orders) => true,
        (Some(TokenScope::Order | TokenScope::Read), _, _) => false,
    }
}

/// Whoever is signed in.
#[derive(Debug)]
pub(super) struct SignedIn(pub(super) Current);

impl SignedIn {
    /// The account, as who does something.
    pub(super) fn actor(&self) -> Actor {
        Actor::account(&self.0.session.account)
    }

    /// The account.
    pub(super) fn account(&self) -> &AccountId {
        &self.0.session.account
    }

    /// What the account may do.
    pub(super) fn role(&self) -> Role {
        self.0.session.role
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refused> {
        let current = parts.extensions.get::<Current>().cloned();
        Ok(Self(current.ok_or(Code::SignInRequired)?))
    }
}

/// A buyer's account, for what is the buyer's own.
#[derive(Debug)]
pub(super) struct BuyerSignedIn(pub(super) Sender);

impl<S: Send + Sync> FromRequestParts<S> for BuyerSignedIn {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let SignedIn(current) = SignedIn::from_request_parts(parts, state).await?;
        let buyer = current.session.buyer.ok_or(Code::NotFound)?;
        let account = current.session.account;
        Ok(Self(Sender { account, buyer }))
    }
}
