//! `po join`: accepts an invite, from the link to the first order.

use countersign_api::{Code, InviteRedemption, ItemView, Session};
use serde_json::json;

use super::{login, trust};
use crate::cli::Join;
use crate::context::Context;
use crate::describe;
use crate::enrolment::{AllowedBy, enrol};
use crate::failure::{Exit, Failure};
use crate::key_file;

pub(crate) fn run(context: &Context, join: &Join) -> Result<Exit, Failure> {
    let pinned = trust::pin_invited(context, &join.link)?;
    context
        .output
        .message(&format!("{} is pinned: {}", pinned.origin, join.link.root));
    let (mut api, seller) = context.connect(&pinned)?;
    let redemption = InviteRedemption {
        code: join.link.code.clone(),
        password: context.new_password()?.to_string(),
    };
    let session: Session = api
        .post("/v1/invites/redeem", &redemption)
        .map_err(not_redeemed)?;
    let session = login::keep(context, &pinned, &mut api, session)?;
    context
        .output
        .message(&format!("the password of {} is set", session.account));
    let (path, signer) = if let Some(path) = &join.key {
        (path.clone(), key_file::open(context, path)?)
    } else {
        let account = &session.account;
        let path = key_file::own_path(context, &pinned, account, join.kind.algorithm)?;
        let signer = key_file::open_or_make(context, &join.kind, account, &path)?;
        (path, signer)
    };
    let allowed_by = AllowedBy::Invite(&join.link.code);
    let label = join.label.as_ref();
    let key = enrol(
        context,
        (&api, &seller),
        (&path, &signer),
        allowed_by,
        label,
    )?;
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

/// An invite answers again, with the password it was accepted with, until its key is enrolled.
fn not_redeemed(failure: Failure) -> Failure {
    if failure.code() != Some(Code::SignInNotAccepted) {
        return failure;
    }
    Failure {
        message: "the invite was not accepted".to_owned(),
        ..failure
    }
    .advise("it may be used up or out of date, or have got another password: ask the seller for a new one")
}
