//! Every key: it must be enrolled and revoked as the statements say, and no other may be there.

use std::collections::BTreeMap;

use countersign_order::{Digest, KeyAction, KeyStatement, Statement};
use countersign_store::{KeyRecord, StatementKind, View};

use super::{Findings, ROWS};
use crate::desk::DeskError;
use crate::seller::Signers;

/// What the statements say of a key.
#[derive(Debug)]
struct Said {
    enrolled: (u64, KeyStatement),
    revoked: Option<(u64, KeyStatement)>,
}

/// Examines all keys.
pub(super) async fn examine(
    signers: &Signers,
    view: &mut dyn View,
    findings: &mut Findings,
) -> Result<(), DeskError> {
    let mut said = read(signers, view, findings).await?;
    let mut after = None;
    loop {
        let page = view.buyers(after.as_ref(), ROWS).await?;
        after = page.rows.last().map(|buyer| buyer.id.clone());
        for buyer in &page.rows {
            for account in view.accounts_of(Some(&buyer.id)).await? {
                for key in view.keys_of(&account.id).await? {
                    let said = said.remove(&key.key.certificate_sha256);
                    one_key(&key, said.as_ref(), findings);
                }
            }
        }
        if !page.more {
            break;
        }
    }
    for certificate in said.keys() {
        findings.add(
            &format!("key {certificate}"),
            "was enrolled, and is not there",
        );
    }
    Ok(())
}

/// What the statements say of each key, by its certificate.
async fn read(
    signers: &Signers,
    view: &mut dyn View,
    findings: &mut Findings,
) -> Result<BTreeMap<Digest, Said>, DeskError> {
    let mut keys: BTreeMap<Digest, Said> = BTreeMap::new();
    let mut next = 0;
    loop {
        let statements = view.statements_from(next, ROWS).await?;
        let Some(last) = statements.last() else {
            return Ok(keys);
        };
        next = last.number + 1;
        for record in statements {
            if record.kind != StatementKind::Key {
                continue;
            }
            let Some(Statement::Key(key)) = signers.read(&record) else {
                continue;
            };
            let certificate = key.certificate_fingerprint;
            let place = format!("statement {}", record.number);
            match (key.action, keys.get_mut(&certificate)) {
                (KeyAction::Enrolled, None) => {
                    let enrolled = (record.number, key);
                    let revoked = None;
                    keys.insert(certificate, Said { enrolled, revoked });
                }
                (KeyAction::Revoked, Some(said)) if said.revoked.is_none() => {
                    said.revoked = Some((record.number, key));
                }
                (KeyAction::Enrolled, Some(_)) => findings.add(&place, "enrols a key once more"),
                (KeyAction::Revoked, _) => findings.add(&place, "revokes what is no active key"),
            }
        }
    }
}

fn one_key(record: &KeyRecord, said: Option<&Said>, findings: &mut Findings) {
    let key = &record.key;
    let place = format!("key {}", key.certificate_sha256);
    let Some(said) = said else {
        findings.add(&place, "is there, and no statement enrolled it");
        return;
    };
    let (number, enrolment) = &said.enrolled;
    findings.same(
        &place,
        "enrolment_statement",
        &key.enrolment_statement,
        number,
    );
    findings.same(
        &place,
        "enrolled_at",
        &key.enrolled_at,
        &enrolment.common.issued_at,
    );
    findings.same(&place, "account", &key.account, &enrolment.account);
    findings.same(&place, "buyer", &key.buyer, &enrolment.buyer);
    findings.same(
        &place,
        "key_sha256",
        &key.key_sha256,
        &enrolment.key_fingerprint,
    );
    let certificate = enrolment.certificate.as_bytes();
    findings.same(
        &place,
        "certificate",
        &key.certificate.as_slice(),
        &certificate,
    );
    let stored = record
        .revocation
        .as_ref()
        .map(|end| (end.statement, end.at, end.reason.as_str()));
    let signed = said.revoked.as_ref().map(|(number, statement)| {
        let reason = statement
            .reason
            .as_ref()
            .map_or("", |reason| reason.as_str());
        (*number, statement.common.issued_at, reason)
    });
    findings.same(&place, "revocation", &stored, &signed);
}
