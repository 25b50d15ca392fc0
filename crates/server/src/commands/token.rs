//! `opd token`: what machines of buyers ask with.

use countersign_order::time::write_instant;
use countersign_order::{AccountId, TokenId};
use countersign_store::{TokenRecord, TokenScope};
use jiff::Timestamp;
use serde::Serialize;

use super::{moment, whole};
use crate::cli::{Scope, Token, TokenAdd, TokenList};
use crate::context::Context;
use crate::desk::operations::{AddToken, RevokeToken};
use crate::failure::Failure;
use crate::output::table;

/// A token as the operator sees it; the token itself is shown once, when it is made.
#[derive(Debug, Serialize)]
struct TokenView {
    id: TokenId,
    account: AccountId,
    scope: &'static str,
    label: String,
    state: &'static str,
    created_at: String,
    ends_at: Option<String>,
    revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

pub(super) async fn run(context: &Context, token: &Token) -> Result<(), Failure> {
    match token {
        Token::Add(add) => self::add(context, add).await,
        Token::List(list) => self::list(context, list).await,
        Token::Revoke(revoke) => self::revoke(context, revoke.id).await,
    }
}

async fn add(context: &Context, add: &TokenAdd) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let handed_out = shop
        .run(AddToken {
            account: add.account.clone(),
            scope: match add.scope {
                Scope::Order => TokenScope::Order,
                Scope::Read => TokenScope::Read,
            },
            label: add.label.clone(),
            ends_at: add.until,
        })
        .await?;
    let secret = handed_out.expose().to_owned();
    let record = TokenRecord {
        token: handed_out.token,
        revoked_at: None,
    };
    context.output.message(
        "This is shown once, and kept nowhere. The machine sends it as Authorization: Bearer TOKEN.",
    );
    let view = TokenView {
        token: Some(secret.clone()),
        ..view(&record, context.clock.now())
    };
    context.output.data(&view, || secret.clone())
}

async fn list(context: &Context, list: &TokenList) -> Result<(), Failure> {
    let shop = context.shop().await?;
    let tokens = shop.look().await?.tokens(list.account.as_ref()).await?;
    let now = context.clock.now();
    let views: Vec<_> = tokens.iter().map(|token| view(token, now)).collect();
    context.output.data(&whole(&views), || {
        let cells: Vec<_> = tokens
            .iter()
            .zip(&views)
            .map(|(token, view)| cells(token, view))
            .collect();
        table(
            &["ID", "ACCOUNT", "SCOPE", "STATE", "UNTIL", "LABEL"],
            &cells,
        )
    })
}

async fn revoke(context: &Context, id: TokenId) -> Result<(), Failure> {
    context.shop().await?.run(RevokeToken { id }).await?;
    context
        .output
        .message(&format!("{id} opens nothing any more."));
    Ok(())
}

fn view(record: &TokenRecord, now: Timestamp) -> TokenView {
    let TokenRecord { token, revoked_at } = record;
    TokenView {
        id: token.id,
        account: token.account.clone(),
        scope: match token.scope {
            TokenScope::Order => "order",
            TokenScope::Read => "read",
        },
        label: token.label.to_string(),
        state: if revoked_at.is_some() {
            "revoked"
        } else if token.ends_at.is_some_and(|end| end <= now) {
            "ended"
        } else {
            "active"
        },
        created_at: write_instant(token.created_at),
        ends_at: token.ends_at.map(write_instant),
        revoked_at: revoked_at.map(write_instant),
        token: None,
    }
}

fn cells(record: &TokenRecord, view: &TokenView) -> Vec<String> {
    vec![
        view.id.to_string(),
        view.account.to_string(),
        view.scope.to_owned(),
        view.state.to_owned(),
        record.token.ends_at.map_or_else(String::new, moment),
        view.label.clone(),
    ]
}
