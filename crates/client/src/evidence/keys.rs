//! Whether a key was the buyer's to sign with: enrolled before, and not revoked before.

use countersign_api::EvidenceStatement;
use countersign_envelope::Certificate;
use countersign_order::{Digest, KeyAction, KeyStatement, Statement};

use super::place::Place;
use super::report::Steps;
use super::statements::{Party, receipt_certificate, sha256};
use crate::failure::Failure;
use crate::seller::{Seller, digest, invalid};

/// Examines the key statements beside a message that a key signed, against the place in the log where
/// the message counted.
pub(super) fn examine(
    statements: &[EvidenceStatement],
    certificate: &Certificate,
    party: &Party,
    counted: &Place,
    seller: &Seller,
    steps: &mut Steps,
) -> Result<(), Failure> {
    let (enrolment, revocation) = match statements {
        [enrolment] => (enrolment, None),
        [enrolment, revocation] => (enrolment, Some(revocation)),
        _ => {
            return Err(invalid(
                "the file does not hold the enrolment of the buyer's key",
            ));
        }
    };
    let place = Place::of(enrolment);
    let signer = says(
        enrolment.statement.as_bytes(),
        &place,
        KeyAction::Enrolled,
        certificate,
        party,
        seller,
    )?;
    if !place.is_before(counted) {
        return Err(invalid(
            "the buyer's key was enrolled only after it was used",
        ));
    }
    steps.passed(
        &format!(
            "that key was enrolled for {} in {place}, before {counted}, where it was used",
            party.buyer
        ),
        &signer,
    );
    if let Some(revocation) = revocation {
        let place = Place::of(revocation);
        let action = KeyAction::Revoked;
        let signer = says(
            revocation.statement.as_bytes(),
            &place,
            action,
            certificate,
            party,
            seller,
        )?;
        if !counted.is_before(&place) {
            return Err(invalid("the buyer's key was revoked before it was used"));
        }
        steps.passed(
            &format!("that key was revoked only in {place}, after it was used"),
            &signer,
        );
    }
    Ok(())
}

/// Examines a statement about the key: it must say this, of this certificate, for this account. Gives
/// what the statement was checked against.
fn says(
    statement: &[u8],
    place: &Place,
    action: KeyAction,
    certificate: &Certificate,
    party: &Party,
    seller: &Seller,
) -> Result<String, Failure> {
    let verified = seller.verify(statement)?;
    place.is_signed_in(verified.content())?;
    let Statement::Key(said) = verified.content() else {
        return Err(invalid(
            "what should tell of the buyer's key is another statement",
        ));
    };
    let KeyStatement {
        buyer,
        account,
        action: said_action,
        certificate: said_certificate,
        key_fingerprint,
        certificate_fingerprint,
        ..
    } = said;
    let is_this: [bool; 6] = [
        *buyer == party.buyer,
        party.account.as_ref().is_none_or(|meant| account == meant),
        *said_action == action,
        said_certificate.as_bytes() == certificate.der(),
        *key_fingerprint == key_digest(certificate),
        *certificate_fingerprint == sha256(certificate.der()),
    ];
    if is_this.contains(&false) {
        return Err(invalid("a key statement is not about the key that signed"));
    }
    Ok(receipt_certificate(verified.signature()))
}

fn key_digest(certificate: &Certificate) -> Digest {
    digest(certificate.public_key().fingerprint())
}
