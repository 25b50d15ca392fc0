//! `opd log recover`: goes on after the end of the log was lost.

use countersign_order::LogOrigin;
use countersign_transparency::{Checkpoint, SignedCheckpoint};
use serde::Serialize;

use crate::checkpoint_file::{CheckpointFile, Standing, compare};
use crate::cli::RecoverLog;
use crate::context::{Context, Shop};
use crate::desk::operations;
use crate::failure::{Exit, Failure};
use crate::output::facts;
use crate::seller::put_in_force;

/// What was done, for programs.
#[derive(Debug, Serialize)]
struct Recovered {
    lost: LogOrigin,
    known_size: u64,
    kept_size: u64,
    successor: LogOrigin,
}

pub(super) async fn run(context: &Context, recover: &RecoverLog) -> Result<(), Failure> {
    let shop = context.shop_as_it_is()?;
    // No server may answer from the log that is about to be closed.
    let _lock = shop.store.lock_for_serving()?;
    let seller = shop.desk.seller();
    let (known, note) = known(&shop, recover)?;
    let mut view = shop.look().await?;
    if compare(view.as_mut(), &known).await? == Standing::Holds {
        return Err(Failure::new(
            Exit::Conflict,
            format!(
                "nothing is lost: the log holds all {} statements that are known",
                known.size()
            ),
        )
        .advise("name a later checkpoint with --checkpoint FILE if you have one"));
    }
    let kept = view
        .log_head()
        .await?
        .ok_or_else(|| Failure::not_found("log"))?;
    drop(view);
    let prompt = "Passphrase of the root's key: ";
    let passphrase = context
        .input
        .secret(recover.passphrase_file.as_deref(), prompt)?;
    let folder = recover.root.clone().unwrap_or_else(|| context.data.root());
    let root = seller.root_signer(&folder, &passphrase).map_err(|error| {
        Failure::caused_by(&error).advise(
            "--root DIR names the folder of the root's key, --passphrase-file FILE opens it",
        )
    })?;

    let successor = kept.origin.successor();
    let now = kept.last_issued_at.max(Some(context.clock.now()));
    let now = now.unwrap_or_else(|| context.clock.now());
    let statement = seller.statement_with_log(&successor, context.random, now);
    let seller_statement = root
        .sign(&statement.to_json(), now)
        .map_err(|error| Failure::caused_by(&error))?;
    // First the statement, then the log: a crash in between leaves a statement that lists a log which
    // is not there yet, and the same command goes on from there.
    put_in_force(&context.data, &seller_statement)?;
    let recovered = Recovered {
        lost: kept.origin.clone(),
        known_size: known.size(),
        kept_size: kept.tree.size(),
        successor,
    };
    let operation = operations::RecoverLog {
        kept,
        known: note.to_string(),
        root,
        seller_statement,
        at: now,
        reason: recover.reason.clone(),
    };
    shop.run(operation).await?;
    context.output.data(&recovered, || describe(&recovered))
}

/// The last checkpoint that is known: the file that was named, or the one that remembers it.
fn known(shop: &Shop, recover: &RecoverLog) -> Result<(Checkpoint, SignedCheckpoint), Failure> {
    let file = match &recover.checkpoint {
        Some(path) => CheckpointFile::at(path),
        None => shop.checkpoint.clone(),
    };
    let known = file.read_signed(shop.desk.seller())?;
    known.ok_or_else(|| {
        Failure::not_found(format!("checkpoint in {}", file.path().display())).advise(
            "name one with --checkpoint FILE: a witness or a buyer has the last one they saw",
        )
    })
}

fn describe(recovered: &Recovered) -> String {
    facts(&[
        (
            "closed",
            format!(
                "{}, {} of {} statements kept",
                recovered.lost, recovered.kept_size, recovered.known_size
            ),
        ),
        ("opened", recovered.successor.to_string()),
        (
            "next",
            "start the server; tell your buyers, whose receipts from the lost range still prove \
                  what was agreed"
                .to_owned(),
        ),
    ])
}
