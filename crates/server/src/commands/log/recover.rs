//! `opd log recover`: goes on after the end of the log was lost.

use countersign_order::{LogKey, LogOrigin};
use countersign_transparency::{Checkpoint, SignedCheckpoint};
use serde::Serialize;

use crate::checkpoint_file::{CheckpointFile, Standing, compare};
use crate::cli::RecoverLog;
use crate::context::{Context, Shop};
use crate::desk::operations;
use crate::failure::{Exit, Failure};
use crate::output::facts;
use crate::seller::{lock_keys, root_signer};

/// What was done, for programs.
#[derive(Debug, Serialize)]
struct Recovered {
    lost: LogOrigin,
    known_size: u64,
    kept_size: u64,
    successor: LogOrigin,
}

pub(super) async fn run(context: &Context, recover: &RecoverLog) -> Result<(), Failure> {
    let shop = context.shop_as_it_is().await?;
    // No server may answer from the log that is about to be closed.
    let _lock = shop.database.lock_for_serving()?;
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
    must_be_of_the_last_log(&known, &kept.origin)?;
    let prompt = "Passphrase of the root's key: ";
    let passphrase = context
        .input
        .secret(recover.passphrase_file.as_deref(), prompt)?;
    let folder = recover.root.clone().unwrap_or_else(|| context.data.root());
    let root = root_signer(seller.root(), &folder, &passphrase).map_err(|error| {
        Failure::caused_by(&error).advise(
            "--root DIR names the folder of the root's key, --passphrase-file FILE opens it",
        )
    })?;

    let successor = successor(&kept.origin, &known, &seller.statement().log_keys);
    let now = kept.last_issued_at.max(Some(context.clock.now()));
    let now = now.unwrap_or_else(|| context.clock.now());
    let statement = seller.statement_with_log(&successor, context.random, now);
    let seller_statement = root
        .sign(&statement.to_json(), now)
        .map_err(|error| Failure::caused_by(&error))?;
    // First the statement, then the log: a crash in between leaves a statement that lists a log which
    // is never opened, and the same command opens the one after it.
    let keys = lock_keys(&context.data)?;
    context.put_in_force(seller, seller_statement.clone())?;
    drop(keys);
    let recovered = Recovered {
        lost: kept.origin.clone(),
        known_size: known.size(),
        kept_size: kept.tree.size(),
        successor: successor.clone(),
    };
    let operation = operations::RecoverLog {
        kept,
        successor,
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

/// The log that is here may have lost nothing, whatever one that it followed has lost.
fn must_be_of_the_last_log(known: &Checkpoint, kept: &LogOrigin) -> Result<(), Failure> {
    let is_earlier = origin(known).is_some_and(|log| log.generation() < kept.generation());
    if !is_earlier {
        return Ok(());
    }
    let message = format!(
        "the checkpoint is of {}, which {kept} follows already",
        known.origin()
    );
    Err(Failure::new(Exit::Conflict, message)
        .advise(format!("name the last checkpoint of {kept} that is known")))
}

/// The log after all that were ever opened, as far as is known. A database from before an earlier
/// recovery does not hold the log that was opened then, and no log may begin twice.
fn successor(kept: &LogOrigin, known: &Checkpoint, listed: &[LogKey]) -> LogOrigin {
    let listed = listed.iter().map(|key| key.origin.clone());
    let of_seller = listed
        .chain(origin(known))
        .filter(|log| log.seller() == kept.seller());
    let last = of_seller.max_by_key(LogOrigin::generation);
    last.filter(|log| log.generation() > kept.generation())
        .unwrap_or_else(|| kept.clone())
        .successor()
}

fn origin(known: &Checkpoint) -> Option<LogOrigin> {
    known.origin().as_str().parse().ok()
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

#[cfg(test)]
mod tests {
    use countersign_order::Der;
    use countersign_transparency::Hash;
    use jiff::Timestamp;

    use super::*;

    fn log(name: &str) -> LogOrigin {
        name.parse().unwrap()
    }

    fn known(name: &str) -> Checkpoint {
        Checkpoint::new(name.parse().unwrap(), 5, Hash::from_bytes([7; 32])).unwrap()
    }

    fn listed(names: &[&str]) -> Vec<LogKey> {
        let key = |name: &&str| LogKey {
            origin: log(name),
            key: Der::from(vec![0x30, 0]),
            from: Timestamp::UNIX_EPOCH,
        };
        names.iter().map(key).collect()
    }

    #[test]
    fn no_log_begins_twice() {
        let (first, second) = ("shop.example", "shop.example/2");
        for (kept, seen, stated, expected) in [
            (first, first, &[first][..], "shop.example/2"),
            (second, second, &[first, second], "shop.example/3"),
            // A database from before an earlier recovery.
            (first, second, &[first], "shop.example/3"),
            (first, first, &[first, second], "shop.example/3"),
            // Another's log is none of this succession.
            (first, "other.example/7", &[first], "shop.example/2"),
        ] {
            let found = successor(&log(kept), &known(seen), &listed(stated));
            assert_eq!(found, log(expected), "{kept}, {seen}, {stated:?}");
        }
    }

    #[test]
    fn what_an_earlier_log_lost_is_no_reason_to_close_the_one_that_followed() {
        let refused = must_be_of_the_last_log(&known("shop.example"), &log("shop.example/2"));
        assert_eq!(refused.unwrap_err().exit, Exit::Conflict);
        for seen in ["shop.example/2", "shop.example/3"] {
            must_be_of_the_last_log(&known(seen), &log("shop.example/2")).unwrap();
        }
    }
}
