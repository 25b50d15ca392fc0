//! Judging an evidence file: offline, against a root and witnesses that the reader trusts, and
//! believing nothing in the file that is not signed, digested or proved.
//!
//! Whatever is in the file is checked or the file is invalid; there is no part that may be wrong.

mod keys;
mod place;
mod report;
mod requests;
mod statements;
#[cfg(test)]
mod tests;
mod units;

use countersign_api::{Evidence, EvidenceSigned};
use countersign_envelope::Certificate;
use countersign_order::Digest;
use countersign_transparency::WitnessKey;

use crate::failure::Failure;
use crate::receipt::Sent;
use crate::seller::{Seller, digest, invalid};

use place::Logs;
use report::Steps;
pub(crate) use report::{Report, Verdict};
use statements::Deal;

/// The root that the reader trusts.
#[derive(Clone, Debug)]
pub(crate) enum TrustedRoot {
    /// The certificate itself.
    Certificate(Box<Certificate>),
    /// The digest of the certificate.
    Fingerprint(Digest),
}

impl TrustedRoot {
    fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Certificate(trusted) => trusted.der() == certificate.der(),
            Self::Fingerprint(trusted) => *trusted == digest(certificate.fingerprint()),
        }
    }
}

/// Judges an evidence file.
pub(crate) fn judge(bytes: &[u8], root: &TrustedRoot, witnesses: &[WitnessKey]) -> Report {
    let mut steps = Steps::default();
    let verdict = match examine(bytes, root, witnesses, &mut steps) {
        Ok(verdict) => verdict,
        Err(failure) => Verdict::Invalid {
            reason: failure.message,
        },
    };
    steps.report(verdict)
}

fn examine(
    bytes: &[u8],
    root: &TrustedRoot,
    witnesses: &[WitnessKey],
    steps: &mut Steps,
) -> Result<Verdict, Failure> {
    let file = Evidence::parse(bytes)
        .map_err(|error| invalid(&on_one_line(&format!("the file {error}"))))?;
    steps.passed("the file is an evidence file, every member known", "");
    place::must_be_digests(&file)?;
    let seller = seller(&file, root, steps)?;
    let (sent, certificate) = signed(&file.order, steps)?;
    let deal = Deal::examine(&file, &seller, &sent, steps)?;
    keys::examine(
        &file.order.key_statements,
        &certificate,
        &deal.party,
        deal.first_place(),
        &seller,
        steps,
    )?;
    requests::examine(&file, &seller, &sent, &deal, steps)?;
    let logs = Logs::examine(&file, &seller, witnesses, steps)?;
    steps.conclude(&deal);
    Ok(logs.verdict())
}

/// What is said of a file may repeat its words, which must not pass for another line: a verdict is one.
fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// The seller that the trusted root speaks for.
fn seller(file: &Evidence, root: &TrustedRoot, steps: &mut Steps) -> Result<Seller, Failure> {
    let certificate = Certificate::from_der(file.seller.root.as_bytes())
        .map_err(|_| invalid("the root certificate cannot be read"))?;
    if !root.is(&certificate) {
        return Err(invalid(
            "the file is about a seller with another root than the one trusted",
        ));
    }
    let against = format!("root certificate {}", certificate.fingerprint());
    steps.passed("the root is the one that is trusted", &against);
    let seller = Seller::verified(file.seller.statement.statement.as_bytes(), &certificate)?;
    steps.passed(
        &format!(
            "seller statement {} of {} is signed by the root, and lists the seller's keys",
            seller.statement.number, seller.origin
        ),
        &against,
    );
    Ok(seller)
}

/// The order that the buyer signed, and the certificate it verifies under.
fn signed(order: &EvidenceSigned, steps: &mut Steps) -> Result<(Sent, Certificate), Failure> {
    let certificate = certificate(order)?;
    let sent = Sent::read(order.signed_data.as_bytes(), &certificate)?;
    let document = sent.order();
    steps.passed(
        &format!(
            "order {} by {} over {} {} is signed by the buyer's key",
            document.purchase_order_number,
            document.buyer,
            document.total.amount(),
            document.currency
        ),
        &format!("the buyer's certificate {}", certificate.fingerprint()),
    );
    Ok((sent, certificate))
}

fn certificate(signed: &EvidenceSigned) -> Result<Certificate, Failure> {
    Certificate::from_der(signed.certificate.as_bytes())
        .map_err(|_| invalid("the buyer's certificate cannot be read"))
}
