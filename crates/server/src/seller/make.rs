//! Founding a shop: a root, the keys under it, and the statement in which the root vouches for them.
//!
//! The root's key leaves this module encrypted and goes into a folder of its own. Nothing else in
//! the program reads it but what the operator has it sign later.

use std::io;
use std::path::PathBuf;

use countersign_envelope::{
    self as envelope, Certificate, CertificateUse, Host, IssueError, KeyError, PairError,
    SignError, Signer, SigningKey, self_signed,
};
use countersign_order as order;
use countersign_order::{
    Blind, Common, Der, Digest, EmailAddress, LogKey, LogOrigin, Origin, SellerCertificate,
    SellerStatement, Statement,
};
use jiff::{SignedDuration, Timestamp};
use rand_core::CryptoRng;

use super::directory::KeyFile;
use super::service::{
    BACKDATED, SERVICES, Service, file_of, good_until, key_text, make_key, subject,
};
use super::{DataDir, Passphrase};
use crate::files::{Readers, create_private_folder, write_new};
use crate::random::Random;

/// The root outlives any order's statute of limitations, as the receipt key does.
const ROOT_LIFE: SignedDuration = SignedDuration::from_hours(30 * 365 * 24);

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

    let passphrase = founding.service_passphrase.as_ref();
    create_folders(data)?;
    write_secret(data.root_key(), &sealed_root_key)?;
    write_public(
        data.root_certificate(),
        root.certificate().to_pem().as_bytes(),
    )?;
    for service in &services {
        let file = file_of(service.purpose);
        write_secret(
            data.key(file),
            &key_text(&service.key, passphrase, &mut rng)?,
        )?;
        let pem = service.certificate.to_pem();
        write_public(data.certificate(file), pem.as_bytes())?;
    }
    write_secret(
        data.key(KeyFile::Log),
        &key_text(&log_key, passphrase, &mut rng)?,
    )?;
    write_public(data.statement(), &statement_der)?;
    Ok(Founded {
        root_fingerprint: digest(root.certificate().fingerprint()),
        statement_der,
        root_key: data.root_key(),
    })
}

/// A key under the root, with its certificate.
struct Made {
    purpose: order::CertificateUse,
    key: SigningKey,
    certificate: Certificate,
}

fn services(
    founding: &Founding,
    root: &Signer,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Vec<Made>, FoundingError> {
    let mut services = Vec::with_capacity(SERVICES.len());
    for purpose in SERVICES {
        let key = make_key(purpose, rng)?;
        let usage = match purpose {
            order::CertificateUse::Tls => CertificateUse::Tls {
                hosts: founding.hosts.clone(),
            },
            order::CertificateUse::Recipient => CertificateUse::Recipient,
            order::CertificateUse::Receipt => CertificateUse::Receipt,
            order::CertificateUse::Mail => CertificateUse::Mail {
                address: founding.mail_from.to_string(),
            },
        };
        let service = Service {
            origin: &founding.origin,
            purpose,
            usage: &usage,
            key: key.public_key(),
        };
        let certificate = service.certify(root, now, rng)?;
        services.push(Made {
            purpose,
            key,
            certificate,
        });
    }
    Ok(services)
}

fn statement(
    founding: &Founding,
    root: &Signer,
    services: &[Made],
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
            to: Some(good_until(service.purpose, now)),
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
