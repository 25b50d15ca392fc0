//! A seller's keys and how they are replaced, for stories of it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::buyer::Buyer;
use crate::programs::Ran;
use crate::shop::Shop;

/// What keys are for.
pub const USES: [&str; 4] = ["tls", "recipient", "receipt", "mail"];

/// Replaces a key; the root is where `opd init` has put it.
pub fn rotates(shop: &Shop, arguments: &[&str]) -> Ran {
    let mut all = vec!["seller", "rotate"];
    all.extend(arguments);
    all.extend(["--root", "data/root", "--passphrase-file", "passphrase"]);
    shop.opd(&all)
}

/// The number of the seller statement that commands go by.
pub fn statement(shop: &Shop) -> u64 {
    let shown = shop.opd(&["seller", "show"]).ok().text();
    let line = shown.lines().find(|line| line.contains("statement "));
    let number = line.unwrap().split_whitespace().nth(1).unwrap();
    number.trim_end_matches(',').parse().unwrap()
}

/// The files with private keys of a use.
pub fn key_files(shop: &Shop, purpose: &str) -> Vec<PathBuf> {
    let folder = fs::read_dir(shop.data().join("keys")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let is_of = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(purpose) && name.ends_with(".key.pem")
    };
    paths.filter(|path| is_of(path)).collect()
}

/// An order of one line, sealed to the seller.
pub fn envelope(buyer: &Buyer, number: &str) -> Vec<u8> {
    buyer.envelope(&buyer.draft(number).line("WATER", 1, "15.00"))
}
