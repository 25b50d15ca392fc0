//! `po evidence`: fetches the one file that proves a deal, and judges it before it is kept.

use std::path::PathBuf;

use super::status::find;
use crate::cli::Evidence;
use crate::context::Context;
use crate::evidence::{TrustedRoot, judge};
use crate::failure::{Exit, Failure};
use crate::files;

pub(crate) fn run(context: &Context, evidence: &Evidence) -> Result<Exit, Failure> {
    let pinned = context.pinned()?;
    let (api, _) = context.signed_in(&pinned)?;
    let order = find(&api, &evidence.order)?;
    let path = match &evidence.output {
        Some(path) => path.clone(),
        None => PathBuf::from(format!(
            "{}.evidence.json",
            order.purchase_order_number.as_str().replace('/', "_")
        )),
    };
    files::must_be_new(&path)?;
    let bytes = api.get_bytes(&format!("/v1/orders/{}/evidence", order.id))?;
    let root = TrustedRoot::Certificate(Box::new(pinned.root()?));
    let report = judge(&bytes, &root, &[]);
    if report.verdict.is_invalid() && !evidence.keep_invalid {
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
    Ok(if report.verdict.is_invalid() {
        Exit::Invalid
    } else {
        Exit::Ok
    })
}
