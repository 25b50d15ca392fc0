//! `opd seller rotate`: a new key in place of another.
//!
//! The new key is on the disk before the statement that lists it is committed, and the statement is in
//! force only after: a crash in between leaves a key that nobody uses, or a statement that the next
//! command puts in force.

use std::path::Path;

use countersign_envelope::{self as envelope, Certificate, SigningKey};
use countersign_order::{CertificateUse, Digest};
use serde::Serialize;

use super::{closed, root_key, word};
use crate::cli::RotateKey;
use crate::commands::moment;
use crate::context::{Context, Shop};
use crate::desk::rotate::StateSeller;
use crate::failure::{Exit, Failure};
use crate::files::{Readers, write_new};
use crate::mail::from_address;
use crate::output::facts;
use crate::seller::{Keys, Request, Rotation, Seller, keep_pending_key, lock_keys, make_key};

/// What was done, for programs.
#[derive(Debug, Serialize)]
struct Rotated {
    #[serde(rename = "use")]
    purpose: CertificateUse,
    statement: u64,
    certificate_fingerprint: Digest,
    /// Until when those before are good; null if they are revoked.
    overlaps_until: Option<String>,
    /// What has no key still.
    lost: Vec<CertificateUse>,
}

/// What was written for the root, for programs.
#[derive(Debug, Serialize)]
struct Requested<'a> {
    #[serde(rename = "use")]
    purpose: CertificateUse,
    key_fingerprint: String,
    request: &'a Path,
}

pub(super) async fn run(context: &Context, rotate: &RotateKey) -> Result<(), Failure> {
    let purpose = rotate.purpose.into();
    let keys = if rotate.lost { Keys::Left } else { Keys::All };
    let shop = context.shop_with(keys).await?;
    if rotate.lost {
        must_be_lost(shop.desk.seller(), purpose)?;
    }
    let key =
        make_key(purpose, &mut context.random.rng()).map_err(|error| Failure::caused_by(&error))?;
    let rotation = Rotation {
        purpose,
        usage: usage(&shop, purpose, rotate)?,
        key: key.public_key().clone(),
        revokes: rotate.revoke,
    };
    match (&rotate.root, &rotate.request) {
        (Some(root), _) => {
            let folder = (root.as_path(), rotate.passphrase_file.as_deref());
            at_once(context, &shop, rotation, &key, folder).await
        }
        (None, Some(file)) => request(context, &shop, &rotation, &key, file),
        (None, None) => Err(Failure::new(
            Exit::Usage,
            "it takes --root DIR or --request FILE",
        )),
    }
}

/// Refuses to give up a key that is here.
fn must_be_lost(seller: &Seller, purpose: CertificateUse) -> Result<(), Failure> {
    let lost = seller.lost();
    if lost.contains(&purpose) {
        return Ok(());
    }
    let message = format!("the {} key is not lost: it is here", word(purpose));
    let failure = Failure::new(Exit::Failure, message);
    let words: Vec<_> = lost.iter().map(|purpose| word(*purpose)).collect();
    Err(if words.is_empty() {
        failure.advise("leave out --lost; nothing was changed")
    } else {
        failure.advise(format!(
            "what is lost is: {}; nothing was changed",
            words.join(" ")
        ))
    })
}

/// The root is at hand.
async fn at_once(
    context: &Context,
    shop: &Shop,
    rotation: Rotation,
    key: &SigningKey,
    (folder, passphrase_file): (&Path, Option<&Path>),
) -> Result<(), Failure> {
    let seller = shop.desk.seller();
    let _lock = closed(shop, rotation.purpose, rotation.revokes)?;
    let named = (seller.origin(), seller.root());
    let root = root_key(context, named, folder, passphrase_file)?;
    let _keys = lock_keys(&context.data)?;
    keep(context, rotation.purpose, key)?;
    let (purpose, revokes) = (rotation.purpose, rotation.revokes);
    let der = shop.run(StateSeller::ByRoot { root, rotation }).await?;
    let next = context.put_in_force(seller, der)?;
    report(context, purpose, revokes, &next)
}

/// The root is elsewhere. The new key waits here for what it signs.
fn request(
    context: &Context,
    shop: &Shop,
    rotation: &Rotation,
    key: &SigningKey,
    file: &Path,
) -> Result<(), Failure> {
    let must_rest = rotation.revokes && rotation.purpose == CertificateUse::Receipt;
    if must_rest {
        // Whatever a server still signed would count for nothing.
        drop(shop.database.lock_for_serving()?);
    }
    let now = context.clock.now();
    let bytes = Request::write(shop.desk.seller(), rotation, now);
    let bytes = bytes.map_err(|error| Failure::caused_by(&error))?;
    // A request without its key does no harm: what the root signs for it cannot be imported.
    write_new(file, &bytes, Readers::Everyone).map_err(|error| unwritten(file, &error))?;
    keep(context, rotation.purpose, key)?;
    let requested = Requested {
        purpose: rotation.purpose,
        key_fingerprint: rotation.key.fingerprint().to_string(),
        request: file,
    };
    context.output.data(&requested, || {
        let wait = if must_rest {
            "Do not start the server before: what it signs meanwhile would count for nothing."
        } else {
            ""
        };
        format!(
            "Asked for a new {purpose} key:\n\n    {fingerprint}\n\n\
             Nothing is changed yet. Now:\n\
             \x20 1. Take {file} to the machine with the root's key, and there:\n\
             \x20    opd seller sign {file} --root DIR --out statement.p7m\n\
             \x20    It shows the same fingerprint: if not, somebody has changed the file on its way.\n\
             \x20 2. Bring statement.p7m back, within 7 days, and here:\n\
             \x20    opd seller import statement.p7m{revoke}\n\
             {wait}",
            purpose = word(rotation.purpose),
            revoke = if rotation.revokes { " --revoke" } else { "" },
            fingerprint = requested.key_fingerprint,
            file = file.display(),
        )
        .trim_end()
        .to_owned()
    })
}

fn keep(context: &Context, purpose: CertificateUse, key: &SigningKey) -> Result<(), Failure> {
    let passphrase = Context::service_passphrase()?;
    let (data, random) = (&context.data, context.random);
    Ok(keep_pending_key(
        data,
        purpose,
        key,
        passphrase.as_ref(),
        random,
    )?)
}

/// The names that the new certificate gets.
fn usage(
    shop: &Shop,
    purpose: CertificateUse,
    rotate: &RotateKey,
) -> Result<envelope::CertificateUse, Failure> {
    if !rotate.hosts.is_empty() && purpose != CertificateUse::Tls {
        let message = "--host is for tls only: no other certificate names hosts";
        return Err(Failure::new(Exit::Usage, message));
    }
    let seller = shop.desk.seller();
    Ok(match purpose {
        CertificateUse::Tls if rotate.hosts.is_empty() => {
            let before = Certificate::from_pem(&seller.certificates().tls);
            let before = before.map_err(|error| Failure::caused_by(&error))?;
            envelope::CertificateUse::Tls {
                hosts: before.hosts(),
            }
        }
        CertificateUse::Tls => envelope::CertificateUse::Tls {
            hosts: rotate.hosts.clone(),
        },
        CertificateUse::Recipient => envelope::CertificateUse::Recipient,
        CertificateUse::Receipt => envelope::CertificateUse::Receipt,
        CertificateUse::Mail => envelope::CertificateUse::Mail {
            address: from_address(shop.desk.settings(), seller)?.to_string(),
        },
    })
}

/// Says what is in force now: the last certificate that is listed has replaced those for its use.
pub(super) fn report(
    context: &Context,
    purpose: CertificateUse,
    revokes: bool,
    seller: &Seller,
) -> Result<(), Failure> {
    let statement = seller.statement();
    let mut listed = statement.certificates.iter().rev();
    let added = listed
        .next()
        .map(|added| fingerprint(added.certificate.as_bytes()));
    let certificate_fingerprint = added.ok_or_else(|| Failure::not_found("certificate"))?;
    let replaced = listed.filter(|listed| listed.purpose == purpose);
    let overlaps_until = replaced.filter_map(|listed| listed.to).max();
    let rotated = Rotated {
        purpose,
        statement: statement.number,
        certificate_fingerprint,
        overlaps_until: overlaps_until
            .filter(|_| !revokes)
            .map(countersign_order::time::write_instant),
        lost: seller.lost().to_owned(),
    };
    let keys = context.data.keys();
    context.output.data(&rotated, || {
        let before = match overlaps_until {
            Some(end) if !revokes => format!("good until {}", moment(end)),
            Some(_) | None => format!("revoked at {}", moment(statement.common.issued_at)),
        };
        let head = facts(&[
            ("seller statement", statement.number.to_string()),
            (
                "new certificate",
                rotated.certificate_fingerprint.to_string(),
            ),
            ("those before", before),
        ]);
        let purpose = word(purpose);
        let steps = steps(rotated.purpose, &rotated.lost, &keys.display().to_string());
        format!("Replaced the {purpose} key.\n\n{head}\nNow:\n{steps}")
    })
}

/// What is to be done now, in turn: without all its keys no server starts.
fn steps(replaced: CertificateUse, lost: &[CertificateUse], keys: &str) -> String {
    let others = lost.iter().map(|purpose| {
        let word = word(*purpose);
        format!(
            "The {word} key is lost, too. Replace it: opd seller rotate {word} --root DIR --lost"
        )
    });
    let rest = [
        restart(replaced).to_owned(),
        format!("Back up {keys}: its newest key is in no copy yet."),
        format!("If other servers serve this shop: copy {keys} to them and restart them, too."),
    ];
    let numbered = (1..).zip(others.chain(rest));
    let lines = numbered.map(|(number, step)| format!("  {number}. {step}"));
    lines.collect::<Vec<_>>().join("\n")
}

const fn restart(purpose: CertificateUse) -> &'static str {
    match purpose {
        CertificateUse::Tls => {
            "Restart the server: until then it shows the certificate and the statement from before."
        }
        CertificateUse::Recipient => {
            "Restart the server: until then buyers are told to seal to the key from before."
        }
        CertificateUse::Receipt => "Start the server: it signs with the new key.",
        CertificateUse::Mail => "Restart the server: until then it signs letters as before.",
    }
}

fn fingerprint(der: &[u8]) -> Digest {
    Digest::from_bytes(*envelope::Digest::of(der).as_bytes())
}

/// Nothing that was there is written over.
pub(super) fn unwritten(file: &Path, error: &std::io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", file.display());
    Failure::new(Exit::Failure, message).advise("name a new file; nothing was changed")
}
