//! What SQLite keeps of a process that is killed, or whose writes fail: tests that run this program
//! once more as the victim.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use countersign_store::{OpenError, StatementRecord, Store, StoreError};

use crate::shop::found;
use crate::sqlite::{create, reopen};
use crate::statements::statement;

/// Tells a victim which folder its database is in. Without it the victims' tests do nothing.
const FOLDER: &str = "COUNTERSIGN_TEST_FOLDER";

fn folder() -> Option<OsString> {
    std::env::var_os(FOLDER)
}

/// Runs one test of this program in a process of its own, begun by some shell words.
fn victim(test: &str, folder: &Path, shell_words: &str) -> Child {
    Command::new("sh")
        .args([
            "-c",
            &format!("{shell_words} exec \"$0\" --exact \"$1\" --nocapture"),
        ])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn say(word: &str) {
    let mut stdout = std::io::stdout();
    writeln!(stdout, "\n{word}").unwrap();
    stdout.flush().unwrap();
}

/// A victim: serves until it is killed.
#[test]
fn serve_if_told() {
    let Some(folder) = folder() else { return };
    let store = reopen(Path::new(&folder)).unwrap();
    let _lock = store.lock_for_serving().unwrap();
    say("serving");
    std::thread::sleep(Duration::from_mins(1));
}

#[test]
fn the_lock_dies_with_its_process() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(folder.path());
    let mut child = victim("sqlite_process::serve_if_told", folder.path(), "");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "serving"));
    let answer = store.lock_for_serving();
    assert!(
        matches!(answer, Err(OpenError::AlreadyServed(_))),
        "{answer:?}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    store.lock_for_serving().unwrap();
}

fn large(number: u64) -> StatementRecord {
    StatementRecord {
        number,
        der: vec![0x30; 16 * 1024],
        ..statement(0)
    }
}

/// A victim: commits until it cannot, tells each number that was committed, then what went wrong,
/// then whether it can go on.
#[tokio::test]
async fn commit_until_writes_fail_if_told() {
    let Some(folder) = folder() else { return };
    let store = reopen(Path::new(&folder)).unwrap();
    let mut number = 0;
    let ending = loop {
        let mut work = store.begin().await.unwrap();
        work.append(&[large(number)]).await.unwrap();
        match work.commit().await {
            Ok(()) => say(&format!("committed {number}")),
            Err(StoreError::OutcomeUnknown(_)) => break "unknown".to_owned(),
            Err(other) => break format!("{other:?}"),
        }
        number += 1;
    };
    say(&ending);
    say(if store.begin().await.is_ok() {
        "goes on"
    } else {
        "stands still"
    });
}

#[tokio::test]
async fn a_commit_whose_write_fails_is_unknown_and_none_before_it_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    found(&create(folder.path())).await;
    // Files may grow to 1 MiB: a write beyond fails in the middle of a commit.
    let limits = "trap '' XFSZ; ulimit -f 2048;";
    let test = "sqlite_process::commit_until_writes_fail_if_told";
    let mut child = victim(test, folder.path(), limits);
    let said: Vec<String> = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map(|line| line.unwrap())
        .collect();
    child.wait().unwrap();
    let committed = said
        .iter()
        .filter(|line| line.starts_with("committed"))
        .count();
    assert!(committed > 5, "{said:?}");
    assert!(said.iter().any(|line| line == "unknown"), "{said:?}");
    // Not only the next process recovers: so does this one, by moving what counts as committed.
    assert!(said.iter().any(|line| line == "goes on"), "{said:?}");

    let store = reopen(folder.path()).unwrap();
    let mut work = store.begin().await.unwrap();
    let next = work.log_head().await.unwrap().unwrap().next_statement();
    let committed = u64::try_from(committed).unwrap();
    assert!(
        (committed..=committed + 1).contains(&next),
        "{next} of {committed}"
    );
    work.append(&[large(next)]).await.unwrap();
    work.commit().await.unwrap();
}
