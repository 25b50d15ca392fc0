//! The outside judge: OpenSSL's command line, which shares no code with us.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::programs::{Ran, run};

/// Runs `openssl` in a folder; the arguments are separated by spaces.
pub fn openssl(folder: &Path, arguments: &str) -> Ran {
    run(Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(folder))
}

/// Verifies an attached `SignedData` against certificates that are trusted as they are, and
/// returns its content.
#[track_caller]
pub fn verified_content(folder: &Path, signed: &[u8], trusted_pem: &str) -> Vec<u8> {
    fs::write(folder.join("signed.der"), signed).unwrap();
    fs::write(folder.join("trusted.pem"), trusted_pem).unwrap();
    openssl(
        folder,
        "cms -verify -binary -inform DER -in signed.der -CAfile trusted.pem -certfile trusted.pem \
         -purpose any -cades",
    )
    .ok()
    .stdout
}
