//! `po join`: accepts an invite, from the link to the first order.

use std::path::PathBuf;

use countersign_api::{InviteRedemption, ItemView, Session};
use countersign_order::AccountId;
use serde_json::json;

use super::{login, trust};
use crate::cli::Join;
use crate::context::Context;
use crate::describe;
use crate::enrolment::{AllowedBy, enrol};
use crate::failure::{Exit, Failure};
use crate::home::Pinned;
use crate::http::Api;
use crate::key_file;

pub(crate) fn run(context: &Context, join: &Join) -> Result<Exit, Failure> {
    let pinned = trust::pin_invited(context, &join.link)?;
    context
        .output
        .message(&format!("{} is pinned: {}", pinned.origin, join.link.root));
    let mut api = Api::to(&pinned.address(), &pinned.root()?);
    let redemption = InviteRedemption {
        code: join.link.code.clone(),
        password: context.new_password()?.to_string(),
    };
    let session: Session = api.post("/v1/invites/redeem", &redemption)?;
    let session = login::keep(context, &pinned, &mut api, session)?;
    context
        .output
        .message(&format!("the password of {} is set", session.account));
    let path = match &join.key {
        Some(path) => path.clone(),
        None => own_key(context, join, &pinned, &session.account)?,
    };
    let seller = context.current(&pinned, &api)?;
    let signer = key_file::open(context, &path)?;
    let allowed_by = AllowedBy::Invite(&join.link.code);
    let key = enrol(context, (&api, &seller), (&path, &signer), allowed_by)?;
    context.output.message(&format!(
        "enrolled {}: {}",
        path.display(),
        key.key_fingerprint
    ));
    let items: Vec<ItemView> = api.get_all("/v1/items", &[])?;
    context.output.data(
        &json!({ "account": session.account, "seller": pinned.origin, "key": key, "items": items }),
        || describe::catalogue(&items),
    )?;
    context.output.message("order with: po order SKU=QUANTITY");
    Ok(Exit::Ok)
}

/// The key that is kept for this account. One made by a join that was interrupted is used, not made
/// again.
fn own_key(
    context: &Context,
    join: &Join,
    pinned: &Pinned,
    account: &AccountId,
) -> Result<PathBuf, Failure> {
    let path = key_file::own_path(context, pinned, account, join.kind.algorithm)?;
    if !path.exists() {
        context.output.message("making a key …");
        key_file::make(context, &join.kind, false, account.as_str(), &path)?;
    }
    Ok(path)
}
