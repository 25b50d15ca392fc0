//! Founding a shop: a root, the keys under it, and the statement in which the root vouches for them.
//!
//! The root's key leaves this module encrypted and goes into a folder of its own. Nothing else in
//! the program ever reads it.

use std::io;
use std::path::PathBuf;

use countersign_envelope::{
    self as envelope, Certificate, CertificateUse, Host, IssueError, KeyError, PairError, RsaBits,
    SignError, Signer, SigningKey, issue, self_signed,
};
use countersign_order as order;
use countersign_order::{
    Blind, Common, Der, Digest, EmailAddress, LogKey, LogOrigin, Origin, SellerCertificate,
    SellerStatement, Statement,
};
use jiff::{SignedDuration, Timestamp};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::directory::KeyFile;
use super::{DataDir, Passphrase};
use crate::files::{Readers, create_private_folder, write_new};
use crate::random::Random;

/// Receipts must stay verifiable by tools that look at dates: the root and the receipt key outlive
/// any order's statute of limitations.
const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(30 * 365 * 24);
const RECEIPT_LIFE: SignedDuration = SignedDuration::from_hours(15 * 365 * 24);
const SERVICE_LIFE: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);

/// How long before it is made a certificate is valid: peers' clocks run behind ours.
const BACKDATED: SignedDuration = SignedDuration::from_hours(1);

/// X.509 common names end here.
const SUBJECT_MAX_CHARS: usize = 64;

/// What a new shop is called, and how it is reached.
#[derive(Clone, Debug)]
pub struct Founding {
    /// The seller's name in everything that is signed.
    pub origin: Origin,
    /// Names and addresses the server is reached under.
    pub hosts: Vec<Host>,
    /// The address mail comes from.
    pub mail_from: EmailAddress,
    /// What encrypts the root's key.
    pub root_passphrase: Passphrase,
    /// What encrypts the service keys, if anything.
    pub service_passphrase: Option<Passphrase>,
}

/// A shop that was just founded.
#[derive(Clone, Debug)]
pub struct Founded {
    /// The digest of the root certificate: what buyers pin.
    pub root_fingerprint: Digest,
    /// The first seller statement, as the root signed it.
    pub statement_der: Vec<u8>,
    /// Where the root's key lies until it is taken away.
    pub root_key: PathBuf,
}

/// Why no shop was founded.
#[derive(Debug, thiserror::Error)]
pub enum FoundingError {
    /// A key could not be made.
    #[error("a key could not be made")]
    Key(#[from] KeyError),
    /// A certificate could not be made.
    #[error("a certificate could not be made")]
    Certificate(#[from] IssueError),
    /// A key and its certificate did not fit each other.
    #[error("a key and its certificate do not fit")]
    Pair(#[from] PairError),
    /// The seller statement could not be signed.
    #[error("the seller statement could not be signed")]
    Sign(#[from] SignError),
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Makes all keys, certificates and the seller statement, and writes them into the data directory.
pub fn found(
    founding: &Founding,
    data: &DataDir,
    random: Random,
    now: Timestamp,
) -> Result<Founded, FoundingError> {
    let mut rng = random.rng();
    let root_key = SigningKey::generate_p256(&mut rng)?;
    let sealed_root_key = root_key.to_encrypted_pem(founding.root_passphrase.as_str(), &mut rng)?;
    let root_certificate = self_signed(
        &root_key,
        &subject(&founding.origin, " root"),
        &CertificateUse::Root,
        now - BACKDATED,
        now + ROOT_LIFE,
        &mut rng,
    )?;
    let root = Signer::new(root_key, root_certificate)?;
    let services = services(founding, &root, now, &mut rng)?;
    let log_key = SigningKey::generate_ed25519(&mut rng)?;
    let statement = statement(founding, &root, &services, &log_key, random, now);
    let statement_der = root.sign(&statement.to_json(), now)?;

    create_folders(data)?;
    write_secret(data.root_key(), &sealed_root_key)?;
    write_public(
        data.root_certificate(),
        root.certificate().to_pem().as_bytes(),
    )?;
    for service in &services {
        let key = service_pem(&service.key, founding, &mut rng)?;
        write_secret(data.key(service.file), &key)?;
        let pem = service.certificate.to_pem();
        write_public(data.certificate(service.file), pem.as_bytes())?;
    }
    write_secret(
        data.key(KeyFile::Log),
        &service_pem(&log_key, founding, &mut rng)?,
    )?;
    write_public(data.statement(), &statement_der)?;
    Ok(Founded {
        root_fingerprint: digest(root.certificate().fingerprint()),
        statement_der,
        root_key: data.root_key(),
    })
}

/// A key under the root, with its certificate.
struct Service {
    file: KeyFile,
    purpose: order::CertificateUse,
    key: SigningKey,
    certificate: Certificate,
    until: Timestamp,
}

fn services(
    founding: &Founding,
    root: &Signer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Service>, FoundingError> {
    let hosts = founding.hosts.clone();
    let address = founding.mail_from.to_string();
    let plans = [
        (
            KeyFile::Tls,
            order::CertificateUse::Tls,
            CertificateUse::Tls { hosts },
            SERVICE_LIFE,
        ),
        (
            KeyFile::Recipient,
            order::CertificateUse::Recipient,
            CertificateUse::Recipient,
            SERVICE_LIFE,
        ),
        (
            KeyFile::Receipt,
            order::CertificateUse::Receipt,
            CertificateUse::Receipt,
            RECEIPT_LIFE,
        ),
        (
            KeyFile::Mail,
            order::CertificateUse::Mail,
            CertificateUse::Mail { address },
            SERVICE_LIFE,
        ),
    ];
    let mut services = Vec::with_capacity(plans.len());
    for (file, purpose, usage, life) in plans {
        let (key, role) = match file {
            // Mail readers know RSA; nothing else here needs to please them.
            KeyFile::Mail => (SigningKey::generate_rsa(RsaBits::B3072)?, " mail"),
            KeyFile::Tls => (SigningKey::generate_p256(rng)?, ""),
            KeyFile::Recipient => (SigningKey::generate_p256(rng)?, " recipient"),
            KeyFile::Receipt | KeyFile::Log => (SigningKey::generate_p256(rng)?, " receipt"),
        };
        let until = now + life;
        let certificate = issue(
            root,
            key.public_key(),
            &subject(&founding.origin, role),
            &usage,
            now - BACKDATED,
            until,
            rng,
        )?;
        services.push(Service {
            file,
            purpose,
            key,
            certificate,
            until,
        });
    }
    Ok(services)
}

fn statement(
    founding: &Founding,
    root: &Signer,
    services: &[Service],
    log_key: &SigningKey,
    random: Random,
    now: Timestamp,
) -> Statement {
    let certificates = services
        .iter()
        .map(|service| SellerCertificate {
            purpose: service.purpose,
            certificate: Der::from(service.certificate.der().to_vec()),
            from: now,
            to: Some(service.until),
            revoked_at: None,
        })
        .collect();
    Statement::Seller(SellerStatement {
        common: Common {
            seller: founding.origin.clone(),
            seller_root: digest(root.certificate().fingerprint()),
            issued_at: now,
            previous: None,
            log: None,
            blind: Blind::from_bytes(random.bytes()),
        },
        number: 0,
        certificates,
        log_keys: vec![LogKey {
            origin: LogOrigin::from(&founding.origin),
            key: Der::from(log_key.public_key().spki_der().to_vec()),
            from: now,
        }],
    })
}

fn service_pem(
    key: &SigningKey,
    founding: &Founding,
    rng: &mut impl CryptoRng,
) -> Result<Zeroizing<String>, KeyError> {
    match &founding.service_passphrase {
        Some(passphrase) => key.to_encrypted_pem(passphrase.as_str(), rng),
        None => key.to_pem(),
    }
}

/// The origin and the role, the origin cut where the two would be too long.
fn subject(origin: &Origin, role: &str) -> String {
    let room = SUBJECT_MAX_CHARS.saturating_sub(role.len());
    let name: String = origin.as_str().chars().take(room).collect();
    name + role
}

fn digest(digest: envelope::Digest) -> Digest {
    Digest::from_bytes(*digest.as_bytes())
}

fn create_folders(data: &DataDir) -> Result<(), FoundingError> {
    for path in [
        data.path().to_owned(),
        data.keys(),
        data.root(),
        data.mail(),
    ] {
        create_private_folder(&path).map_err(|source| FoundingError::Write { path, source })?;
    }
    Ok(())
}

fn write_secret(path: PathBuf, pem: &str) -> Result<(), FoundingError> {
    write_new(&path, pem.as_bytes(), Readers::Owner)
        .map_err(|source| FoundingError::Write { path, source })
}

fn write_public(path: PathBuf, bytes: &[u8]) -> Result<(), FoundingError> {
    write_new(&path, bytes, Readers::Everyone)
        .map_err(|source| FoundingError::Write { path, source })
}
