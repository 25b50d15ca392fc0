//! The outside judge of the log: Go's `golang.org/x/mod/sumdb`, which shares no code with us.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::programs::run_with_input;

/// Where Debian's `golang-golang-x-mod-dev` puts its sources.
const GOPATH: &str = "/usr/share/gocode";

/// What Go is asked.
#[derive(Debug, Default, Serialize)]
pub struct Questions {
    /// Are these signed?
    pub notes: Vec<SignedNote>,
    /// Are these entries in their trees?
    pub records: Vec<Record>,
    /// Do these trees begin with the older ones?
    pub trees: Vec<Trees>,
    /// How are these leaves proved?
    pub tiles: Option<Published>,
}

/// A signed note, and the key it should be signed with.
#[derive(Debug, Serialize)]
pub struct SignedNote {
    /// As C2SP writes it.
    pub key: String,
    /// The whole note.
    pub note: String,
}

/// An entry, and the proof that it is in a tree.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// The number of the entry.
    pub leaf: u64,
    /// The size of the tree.
    pub size: u64,
    /// In base64.
    pub entry: String,
    /// The root of the tree.
    pub root: String,
    /// The hashes.
    pub proof: Vec<String>,
}

/// Two trees, and the proof that the new one begins with the old one.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trees {
    /// The size of the older tree.
    pub old_size: u64,
    /// Its root.
    pub old_root: String,
    /// The size of the newer tree.
    pub new_size: u64,
    /// Its root.
    pub new_root: String,
    /// The hashes.
    pub proof: Vec<String>,
}

/// A tree whose tiles are files, and the leaves to prove from them.
#[derive(Debug, Serialize)]
pub struct Published {
    /// The folder with the tiles.
    pub folder: PathBuf,
    /// The size of the tree.
    pub size: u64,
    /// Its root.
    pub root: String,
    /// The leaves to prove.
    pub leaves: Vec<u64>,
}

/// What Go answers: the errors with which it rejects, or empty texts; and proofs.
#[derive(Debug, Deserialize)]
pub struct Answers {
    /// One for each note.
    pub notes: Vec<String>,
    /// One for each record.
    pub records: Vec<String>,
    /// One for each pair of trees.
    pub trees: Vec<String>,
    /// One for each leaf: the hashes.
    pub proofs: Vec<Vec<String>>,
}

/// Asks Go.
#[track_caller]
pub fn asks(questions: &Questions) -> Answers {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("go");
    let mut go = Command::new("go");
    go.args(["run", "judge.go"])
        .current_dir(folder)
        .env("GO111MODULE", "off")
        .env("GOPATH", GOPATH)
        .env("CGO_ENABLED", "0");
    let questions = serde_json::to_vec(questions).expect("questions are JSON");
    let answer = run_with_input(&mut go, &questions).ok();
    serde_json::from_slice(&answer.stdout).expect("Go answers what it was asked")
}
