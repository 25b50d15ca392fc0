//! `po verify`: judges an evidence file, offline and with nothing but what is named.

use std::path::Path;

use countersign_envelope::Certificate;
use countersign_transparency::{VerifierKeyError, WitnessKey};

use crate::cli::Verify;
use crate::evidence::{TrustedRoot, judge};
use crate::failure::{Exit, Failure};
use crate::files;
use crate::output::Output;

pub(crate) fn run(output: Output, verify: &Verify) -> Result<Exit, Failure> {
    let root = root(&verify.root)?;
    let witnesses = verify
        .witnesses
        .iter()
        .map(|named| witness(named))
        .collect::<Result<Vec<_>, _>>()?;
    let report = judge(&files::read(&verify.file)?, &root, &witnesses);
    output.data(&report, || {
        if verify.explain {
            format!("{}\n\n{}", report.explained(), report.verdict)
        } else {
            report.verdict.to_string()
        }
    })?;
    Ok(if report.verdict.is_invalid() {
        Exit::Invalid
    } else {
        Exit::Ok
    })
}

/// A fingerprint, or a file with the certificate.
fn root(named: &str) -> Result<TrustedRoot, Failure> {
    if let Ok(fingerprint) = named.parse() {
        return Ok(TrustedRoot::Fingerprint(fingerprint));
    }
    let pem = files::read(Path::new(named)).map_err(|failure| {
        failure.advise("--root takes sha256:… or a file with the seller's root certificate in PEM")
    })?;
    let certificate = Certificate::from_pem(&String::from_utf8_lossy(&pem))
        .map_err(|error| Failure::because(format!("{named}: {error}")))?;
    Ok(TrustedRoot::Certificate(Box::new(certificate)))
}

/// A witness's key, or a file with it.
fn witness(named: &str) -> Result<WitnessKey, Failure> {
    let advice = "--witness takes a key, NAME+ID+KEY, or a file that holds one";
    let refused =
        |error: VerifierKeyError| Failure::because(format!("{named}: {error}")).advise(advice);
    let unreadable = match named.parse() {
        Ok(key) => return Ok(key),
        Err(error) => error,
    };
    if named.contains('+') && !Path::new(named).exists() {
        return Err(refused(unreadable));
    }
    let text = files::read(Path::new(named)).map_err(|failure| failure.advise(advice))?;
    String::from_utf8_lossy(&text)
        .trim()
        .parse()
        .map_err(refused)
}
