//! `opd seller show`: who sells here.

use countersign_envelope::Certificate;
use countersign_order::{Der, Digest, Origin, SellerCertificate};
use serde::Serialize;

use super::word;
use crate::checkpoint_file::log_key;
use crate::commands::moment;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{facts, table};
use crate::seller::Seller;

/// The seller as a buyer reads it over HTTP, and the fingerprint to compare.
#[derive(Debug, Serialize)]
struct SellerView<'a> {
    origin: &'a Origin,
    root_fingerprint: Digest,
    statement: Der,
    certificates: countersign_api::SellerCertificates,
    log_key: Der,
    /// What a witness trusts each log by, the newest last.
    log_key_lines: Vec<String>,
}

pub(super) fn run(context: &Context) -> Result<(), Failure> {
    let seller = context.seller()?;
    let certificates = seller.certificates().clone();
    let view = SellerView {
        origin: seller.origin(),
        root_fingerprint: seller.root_fingerprint(),
        statement: Der::from(seller.statement_der().to_vec()),
        certificates: countersign_api::SellerCertificates {
            root: certificates.root,
            tls: certificates.tls,
            recipient: certificates.recipient,
            receipt: certificates.receipt,
            mail: certificates.mail,
        },
        log_key: Der::from(seller.log_key().public_key().to_spki_der()),
        log_key_lines: log_key_lines(&seller),
    };
    context.output.data(&view, || describe(&seller, context))
}

fn describe(seller: &Seller, context: &Context) -> String {
    let root = seller.root();
    let statement = seller.statement();
    let head = facts(&[
        ("seller", seller.origin().to_string()),
        ("root fingerprint", seller.root_fingerprint().to_string()),
        ("root valid until", moment(root.not_after())),
        (
            "statement",
            format!(
                "{}, of {}",
                statement.number,
                moment(statement.common.issued_at)
            ),
        ),
        ("data directory", context.data.path().display().to_string()),
        (
            "log, for witnesses",
            log_key_lines(seller).join("\n                    "),
        ),
    ]);
    let cells: Vec<_> = statement.certificates.iter().map(cells).collect();
    let certificates = table(&["USE", "UNTIL", "CERTIFICATE FINGERPRINT"], &cells);
    format!("{head}\n{certificates}")
}

/// The key line of each log; a log is one of the seller's if its key is.
fn log_key_lines(seller: &Seller) -> Vec<String> {
    let listed = &seller.statement().log_keys;
    let origins = listed
        .iter()
        .filter_map(|log| log.origin.as_str().parse().ok());
    origins
        .map(|origin| log_key(seller, &origin).to_string())
        .collect()
}

fn cells(listed: &SellerCertificate) -> Vec<String> {
    let until = match (listed.revoked_at, listed.to) {
        (Some(at), _) => format!("revoked {}", moment(at)),
        (None, Some(to)) => moment(to),
        (None, None) => String::new(),
    };
    let certificate = Certificate::from_der(listed.certificate.as_bytes());
    let fingerprint = certificate.map_or_else(
        |error| error.to_string(),
        |certificate| certificate.fingerprint().to_string(),
    );
    vec![word(listed.purpose).to_owned(), until, fingerprint]
}
