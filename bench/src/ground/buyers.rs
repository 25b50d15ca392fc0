//! Buyers: their keys, made on all cores; their accounts, enrolled by the rules; their sessions.

use std::sync::Arc;

use anyhow::Result;
use async_trait::async_trait;
use clap::ValueEnum;
use countersign_envelope::{
    CertificateUse, DsaParameters, DsaSize, EnrollableCertificate, RsaBits, Signer, SigningKey,
    self_signed,
};
use countersign_order::Digest;
use countersign_server::clock::Clock;
use countersign_server::desk::operations::AddBuyer;
use countersign_server::desk::passwords::{self, Password};
use countersign_server::desk::{Actor, Desk, DeskError, Operation, Work};
use countersign_server::random::Random;
use countersign_store::{NewSession, Store};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::orders::digest_of;
use crate::on_all_cores;

/// The password of every buyer.
pub(crate) const PASSWORD: &str = "a password for measuring";
/// How long the keys of buyers are valid.
const VALID: SignedDuration = SignedDuration::from_hours(24 * 365);
/// How long their sessions last.
const SESSION: SignedDuration = SignedDuration::from_hours(24);
/// Buyers that are added in one transaction.
const TOGETHER: usize = 256;

/// The key with which buyers sign.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyKind {
    /// RSA, 3072 bits.
    Rsa3072,
    /// DSA, (2048, 256), with the built-in parameters.
    Dsa2048,
    /// DSA, (3072, 256), with the built-in parameters.
    Dsa3072,
}

impl KeyKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rsa3072 => "RSA-3072",
            Self::Dsa2048 => "DSA-2048",
            Self::Dsa3072 => "DSA-3072",
        }
    }
}

/// The ID of a buyer.
pub(crate) fn buyer_id(number: usize) -> String {
    format!("buyer-{number}")
}

/// A key and its certificate for each of so many buyers.
pub(crate) fn signers(kind: KeyKind, count: usize) -> Result<Arc<Vec<Signer>>> {
    let signers = on_all_cores(0..count, |buyer| signer(kind, &buyer_id(buyer)))?;
    Ok(Arc::new(signers))
}

fn signer(kind: KeyKind, subject: &str) -> Result<Signer> {
    let mut rng = Random::system().rng();
    let mut dsa = |size| {
        let parameters = DsaParameters::built_in(size)?;
        SigningKey::generate_dsa(&parameters, &mut rng)
    };
    let key = match kind {
        KeyKind::Rsa3072 => SigningKey::generate_rsa(RsaBits::B3072),
        KeyKind::Dsa2048 => dsa(DsaSize::P2048Q256),
        KeyKind::Dsa3072 => dsa(DsaSize::P3072Q256),
    }?;
    let from = Clock::system().now();
    let certificate = self_signed(
        &key,
        subject,
        &CertificateUse::Buyer,
        from,
        from + VALID,
        &mut Random::system().rng(),
    )?;
    Ok(Signer::new(key, certificate)?)
}

/// Many buyers, added as one by one, but in one transaction.
struct AddBuyers(Vec<AddBuyer>);

#[async_trait]
impl Operation for AddBuyers {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        for buyer in &self.0 {
            buyer.apply(work).await?;
        }
        Ok(())
    }
}

/// Adds a buyer for each signer, and enrols its key. All have one password.
pub(super) async fn enrol(desk: &Desk, signers: &[Signer]) -> Result<()> {
    let password = Password::new(Zeroizing::new(PASSWORD.to_owned()))?;
    let verifier = passwords::hash(&password, Random::system())?;
    let mut buyers = on_all_cores(0..signers.len(), |number| {
        let certificate = signers.get(number).map(Signer::certificate).cloned();
        let checked = certificate.map(EnrollableCertificate::check).transpose()?;
        Ok(AddBuyer {
            buyer: buyer_id(number).parse()?,
            name: buyer_id(number).parse()?,
            email: format!("{}@buyers.example", buyer_id(number)).parse()?,
            verifier: Some(verifier.clone()),
            certificates: checked.into_iter().collect(),
        })
    })?
    .into_iter()
    .peekable();
    while buyers.peek().is_some() {
        let some = AddBuyers(buyers.by_ref().take(TOGETHER).collect());
        desk.run(&Actor::operator("bench"), some).await?;
    }
    Ok(())
}

/// A session for each buyer, opened in the store as a sign-in opens it; hashing ten thousand passwords would
/// take minutes.
pub(super) async fn sign_in(store: &dyn Store, buyers: usize) -> Result<Vec<String>> {
    let now = Clock::system().now();
    let mut transaction = store.begin().await?;
    let mut tokens = Vec::with_capacity(buyers);
    for buyer in 0..buyers {
        let random: [u8; 32] = Random::system().bytes();
        let token = Digest::from_bytes(random)
            .to_string()
            .replace("sha256:", "");
        let session = NewSession {
            token_sha256: digest_of(token.as_bytes()),
            account: buyer_id(buyer).parse()?,
            created_at: now,
            idle_ends_at: now + SESSION,
            ends_at: now + SESSION,
        };
        transaction.insert_session(&session).await?;
        tokens.push(token);
    }
    transaction.commit().await?;
    Ok(tokens)
}
