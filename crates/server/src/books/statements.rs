//! Every statement: its digest, its signature, its place; and the tree over all of them.

use countersign_envelope as envelope;
use countersign_order::Statement;
use countersign_store::{LogHead, StatementKind, StatementRecord, View};
use countersign_transparency::{Appended, Entry, Tree};

use super::{Findings, ROWS};
use crate::desk::{DeskError, signed_digest};
use crate::seller::{Signers, is_by_root};

/// Examines all logs, and tells how many statements there are.
pub(super) async fn examine(
    signers: &Signers,
    view: &mut dyn View,
    findings: &mut Findings,
) -> Result<u64, DeskError> {
    let logs = match view.logs().await {
        Ok(logs) => logs,
        Err(error) => {
            findings.add("logs", error.to_string());
            return Ok(0);
        }
    };
    let mut next = 0;
    for log in &logs {
        findings.same("logs", "first_statement", &log.first_statement, &next);
        next = one_log(signers, view, log, findings).await?;
    }
    if !view.statements_from(next, 1).await?.is_empty() {
        findings.add(&format!("statement {next}"), "no log holds it");
    }
    Ok(next)
}

/// Examines one log, and gives the number of the statement after it.
async fn one_log(
    signers: &Signers,
    view: &mut dyn View,
    log: &LogHead,
    findings: &mut Findings,
) -> Result<u64, DeskError> {
    let end = log.next_statement();
    let mut next = log.first_statement;
    let mut tree = Tree::empty();
    while next < end {
        let left = u32::try_from(end - next).unwrap_or(ROWS).min(ROWS);
        let statements = view.statements_from(next, left).await?;
        let mut entries = Vec::with_capacity(statements.len());
        for statement in &statements {
            if statement.number != next {
                findings.add(&place(next), "is missing");
                return Ok(end);
            }
            entries.push(Entry::from_bytes(*sha256(statement).as_bytes()));
            one_statement(signers, log, statement, findings);
            next += 1;
        }
        if statements.is_empty() {
            findings.add(&place(next), "is missing");
            return Ok(end);
        }
        match tree.append(&entries) {
            Ok(appended) => tiles(view, log, &appended, findings).await?,
            Err(error) => findings.add(log.origin.as_str(), error.to_string()),
        }
    }
    if tree != log.tree {
        findings.add(
            log.origin.as_str(),
            "its root is not that of its statements",
        );
    }
    Ok(end)
}

/// The hashes that were kept for tiles must be those that the statements make.
async fn tiles(
    view: &mut dyn View,
    log: &LogHead,
    appended: &Appended,
    findings: &mut Findings,
) -> Result<(), DeskError> {
    for made in appended.tile_hashes() {
        let range = made.index..made.index + 1;
        let kept = view.tile_hashes(log, made.level, range).await;
        if !kept.is_ok_and(|kept| kept == [made.hash]) {
            let place = format!("{} level {} hash {}", log.origin, made.level, made.index);
            findings.add(&place, "is not that of its statements");
        }
    }
    Ok(())
}

fn one_statement(
    signers: &Signers,
    log: &LogHead,
    statement: &StatementRecord,
    findings: &mut Findings,
) {
    let place = place(statement.number);
    findings.same(&place, "sha256", &statement.sha256, &sha256(statement));
    match signers.read(statement) {
        None => findings.add(&place, "is not signed by the seller"),
        Some(said) => says(log, statement, &said, &place, findings),
    }
}

/// The columns beside a statement must say what it says.
fn says(
    log: &LogHead,
    statement: &StatementRecord,
    said: &Statement,
    place: &str,
    findings: &mut Findings,
) {
    let common = said.common();
    findings.same(place, "issued_at", &statement.issued_at, &common.issued_at);
    // An account that the document does not name is the order's, which is compared there.
    let (kind, order, account) = match said {
        Statement::Receipt(receipt) => (
            StatementKind::Receipt,
            statement.order,
            Some(&receipt.account),
        ),
        Statement::Shipment(shipment) => (
            StatementKind::Shipment,
            Some(shipment.order.id),
            statement.account.as_ref(),
        ),
        Statement::Cancellation(cancellation) => (
            StatementKind::Cancellation,
            Some(cancellation.order.id),
            statement.account.as_ref(),
        ),
        Statement::Key(key) => (StatementKind::Key, None, Some(&key.account)),
        Statement::Seller(_) => (StatementKind::Seller, None, None),
        Statement::Recovery(_) => (StatementKind::Recovery, None, None),
    };
    findings.same(place, "kind", &statement.kind, &kind);
    findings.same(place, "order_id", &statement.order, &order);
    findings.same(place, "account", &statement.account.as_ref(), &account);
    let stands = log.leaf_of(statement.number);
    match &common.log {
        None if is_by_root(kind) => {}
        Some(signed) if signed.origin == log.origin && Some(signed.leaf) == stands => {}
        Some(_) | None => findings.add(place, "was signed for another place in the log"),
    }
}

fn sha256(statement: &StatementRecord) -> countersign_order::Digest {
    signed_digest(envelope::Digest::of(&statement.der))
}

fn place(number: u64) -> String {
    format!("statement {number}")
}
