//! `po evidence`: fetches the one file that proves a deal, and judges it before it is kept.

use std::path::PathBuf;

use countersign_api::OrderView;
use countersign_envelope::Certificate;
use countersign_order::{OrderId, PurchaseOrderNumber};

use super::status::find;
use crate::cli;
use crate::context::Context;
use crate::evidence::{TrustedRoot, judge};
use crate::failure::{Exit, Failure};
use crate::files;
use crate::receipt::Sent;
use crate::seller::Seller;
use crate::watch::{Freshness, Watch};

pub(crate) fn run(context: &Context, command: &cli::Evidence) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, seller) = context.signed_in(&pinned)?;
    let order = find(&api, &command.order)?;
    let path = command
        .output
        .clone()
        .unwrap_or_else(|| usual_name(&order.purchase_order_number));
    files::must_be_new(&path)?;
    let watch = Watch::begin(context, &api, &seller)?;
    let bytes = api.get_bytes(&format!("/v1/orders/{}/evidence", order.id))?;
    let root = TrustedRoot::Certificate(Box::new(pinned.root()?));
    let mut report = judge(&bytes, &root, &[]);
    if !report.verdict.is_invalid()
        && let Some(reason) = objection(context, &seller, &order, command, &bytes)?
    {
        report = report.refuted(reason);
    }
    if report.verdict.is_invalid() && !command.keep_invalid {
        return Err(
            Failure::new(Exit::Invalid, report.verdict.to_string()).advise(
                "nothing was written; --keep-invalid keeps it, to show what the seller gave you",
            ),
        );
    }
    files::write_private(&path, &bytes)?;
    context.output.data(&report, || {
        format!("{}\nkept in   {}", report.verdict, path.display())
    })?;
    if report.verdict.is_invalid() {
        return Ok(Exit::Invalid);
    }
    follow(&seller, &watch, &bytes)?;
    Ok(Exit::Ok)
}

fn usual_name(number: &PurchaseOrderNumber) -> PathBuf {
    PathBuf::from(format!(
        "{}.evidence.json",
        number.as_str().replace('/', "_")
    ))
}

/// Why a file that is good in itself is not what was asked for, if it is not: it is about another
/// order, or not about the signatures that are kept here.
fn objection(
    context: &Context,
    seller: &Seller,
    order: &OrderView,
    command: &cli::Evidence,
    bytes: &[u8],
) -> Result<Option<&'static str>, Failure> {
    let file = countersign_api::Evidence::parse(bytes).map_err(Failure::because)?;
    let signed_data = file.order.signed_data.as_bytes();
    let certificate =
        Certificate::from_der(file.order.certificate.as_bytes()).map_err(Failure::because)?;
    let sent = Sent::read(signed_data, &certificate)?;
    let number = &sent.order().purchase_order_number;
    let is_named = command.order.parse::<OrderId>().is_ok() || command.order == number.as_str();
    if !is_named || *number != order.purchase_order_number {
        return Ok(Some(
            "the file is about another order than the one asked for",
        ));
    }
    let receipt = file
        .statements
        .first()
        .map(|first| first.statement.as_bytes());
    let home = &context.home;
    let kept = home.kept_order(&seller.origin, &order.id)?;
    let kept_receipt = home.kept_receipt(&seller.origin, &order.id)?;
    let is_kept = kept.is_none_or(|kept| kept.signed_data == signed_data)
        && kept_receipt.is_none_or(|kept| receipt == Some(&kept[..]));
    Ok((!is_kept).then_some("the file is about other signatures than those kept here"))
}

/// Compares the logs in the file with what is known of them.
fn follow(seller: &Seller, watch: &Watch<'_>, bytes: &[u8]) -> Result<(), Failure> {
    let file = countersign_api::Evidence::parse(bytes).map_err(Failure::because)?;
    for note in &file.checkpoints {
        watch.follow(&seller.checkpoint(note)?, Freshness::Any)?;
    }
    Ok(())
}
