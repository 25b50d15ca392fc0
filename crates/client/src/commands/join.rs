//! `po join`: accepts an invite, from the link to the first order.

use countersign_api::{InviteRedemption, ItemView, KeyView, Session};
use serde_json::json;

use super::items::catalogue;
use super::key::enrol;
use super::{login, trust};
use crate::cli::{Algorithm, Join};
use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::key_file;

pub(crate) fn run(context: &Context, join: &Join) -> Result<Exit, Failure> {
    let pinned = trust::pin_invited(context, &join.link)?;
    context
        .output
        .message(&format!("{} is pinned: {}", pinned.origin, join.link.root));
    let mut api = Api::to(&pinned.address(), &pinned.root()?)?;
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
        None => {
            let algorithm = match join.kind.algorithm {
                Algorithm::Rsa => "rsa",
                Algorithm::Dsa => "dsa",
            };
            let name = format!(
                "{}-{algorithm}.pem",
                session.account.as_str().replace('/', "_")
            );
            let path = context.home.keys(&pinned.origin)?.join(name);
            // A key made by a join that was interrupted is used, not made again.
            if !path.exists() {
                context.output.message("making a key …");
                key_file::make(context, &join.kind, false, session.account.as_str(), &path)?;
            }
            path
        }
    };
    let seller = context.current(&pinned, &api)?;
    let signer = key_file::open(context, &path)?;
    let key: KeyView = enrol(
        context,
        &api,
        &seller,
        &path,
        &signer,
        None,
        Some(&join.link.code),
    )?;
    context.output.message(&format!(
        "enrolled {}: {}",
        path.display(),
        key.key_fingerprint
    ));
    let items: Vec<ItemView> = api.get_all("/v1/items", &[])?;
    context.output.data(
        &json!({ "account": session.account, "seller": pinned.origin, "key": key, "items": items }),
        || catalogue(&items),
    )?;
    context.output.message("order with: po order SKU=QUANTITY");
    Ok(Exit::Ok)
}
