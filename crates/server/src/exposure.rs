//! Keys whose secret anyone can compute who has what others can see: RSA keys that share a prime, and
//! DSA keys that used one nonce twice. Poor randomness makes both, and no signature shows it alone.
//!
//! An order by such a key is valid by every rule, so nothing here is refused; it is for the operator
//! to hear of. Looked for aside, since all keys and signatures are compared, and no order waits.

use std::collections::HashMap;
use std::fmt;

use countersign_envelope::{
    self as envelope, Certificate, DsaNumbers, KeyAlgorithm, Opened, shared_primes,
};
use countersign_order::{BuyerId, KeyId, OrderId};
use countersign_store::{KeyRecord, OrderFilter, View};

use crate::books::Findings;
use crate::desk::DeskError;

/// Rows read from the store at a time.
const ROWS: u32 = 200;

/// What an examination of keys and signatures came to.
#[derive(Debug, Default)]
pub(crate) struct Examined {
    /// How many keys there are, revoked ones too.
    pub(crate) keys: usize,
    /// How many signatures of active DSA keys are kept.
    pub(crate) signatures: u64,
    /// Which active keys are exposed, and by what.
    pub(crate) findings: Findings,
}

/// Examines all keys, and all that is kept of what active DSA keys have signed.
pub(crate) async fn examine(view: &mut dyn View) -> Result<Examined, DeskError> {
    let mut examined = Examined::default();
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = view.buyers(after.as_ref(), ROWS).await?;
        after = page.rows.last().map(|buyer| buyer.id.clone());
        for buyer in &page.rows {
            let start = keys.len();
            for account in view.accounts_of(Some(&buyer.id)).await? {
                keys.extend(view.keys_of(&account.id).await?.into_iter().map(Key::new));
            }
            let theirs = keys.get(start..).unwrap_or_default();
            nonces(view, &buyer.id, theirs, &mut examined).await?;
        }
        if !page.more {
            break;
        }
    }
    examined.keys = keys.len();
    primes(&keys, &mut examined.findings);
    Ok(examined)
}

/// A key as it is kept, and its certificate as it is read.
struct Key {
    record: KeyRecord,
    certificate: Option<Certificate>,
}

impl Key {
    fn new(record: KeyRecord) -> Self {
        let certificate = Certificate::from_der(&record.key.certificate).ok();
        Self {
            record,
            certificate,
        }
    }

    const fn is_active(&self) -> bool {
        self.record.revocation.is_none()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.record.key;
        write!(f, "key {} of {}", key.key_sha256, key.account)
    }
}

/// Active keys that share a prime with any other: one that was revoked still gives the other away.
fn primes(keys: &[Key], findings: &mut Findings) {
    let (keys, public): (Vec<&Key>, Vec<_>) = keys
        .iter()
        .filter_map(|key| Some((key, key.certificate.as_ref()?.public_key().clone())))
        .unzip();
    for (place, other) in shared_primes(&public) {
        if let (Some(key), Some(other)) = (keys.get(place), keys.get(other))
            && key.is_active()
        {
            findings.add(&key.to_string(), format!("shares a prime with {other}"));
        }
    }
}

/// Active DSA keys of a buyer that used one nonce twice.
async fn nonces(
    view: &mut dyn View,
    buyer: &BuyerId,
    keys: &[Key],
    examined: &mut Examined,
) -> Result<(), DeskError> {
    let mut nonces = Nonces::of(keys);
    if nonces.certificates.is_empty() {
        return Ok(());
    }
    for Key { record, .. } in keys {
        let enrolment = Document::Enrolment(record.key.id);
        let documents = [&record.key.possession, &record.key.authorisation];
        for signed_data in documents.into_iter().flatten() {
            nonces.note(enrolment, signed_data.clone(), examined);
        }
    }
    let filter = OrderFilter {
        buyer: Some(buyer.clone()),
        ..OrderFilter::default()
    };
    let mut before = None;
    loop {
        let page = view.orders(&filter, before.as_ref(), ROWS).await?;
        before = page.rows.last().map(|order| order.id);
        for order in &page.rows {
            if let Some(signed_data) = view.signed_data(&order.id).await? {
                nonces.note(Document::Order(order.id), signed_data, examined);
            }
            for request in view.cancellation_requests(&order.id).await? {
                nonces.note(
                    Document::Cancellation(order.id),
                    request.signed_data,
                    examined,
                );
            }
        }
        if !page.more {
            return Ok(());
        }
    }
}

fn is_dsa(certificate: &Certificate) -> bool {
    matches!(
        certificate.public_key().algorithm(),
        KeyAlgorithm::Dsa { .. }
    )
}

/// What was signed.
#[derive(Clone, Copy)]
enum Document {
    Order(OrderId),
    Cancellation(OrderId),
    Enrolment(KeyId),
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order(id) => write!(f, "order {id}"),
            Self::Cancellation(id) => write!(f, "the cancellation of {id}"),
            Self::Enrolment(id) => write!(f, "the enrolment of {id}"),
        }
    }
}

/// The nonces that DSA keys were seen to use: whose and which, and what was signed how.
struct Nonces<'a> {
    /// Those that are still looked for: a key is exposed once.
    certificates: Vec<Certificate>,
    keys: &'a [Key],
    used: HashMap<(envelope::Digest, envelope::Digest), (envelope::Digest, Document)>,
}

impl<'a> Nonces<'a> {
    fn of(keys: &'a [Key]) -> Self {
        let certificates = keys
            .iter()
            .filter(|key| key.is_active())
            .filter_map(|key| key.certificate.clone())
            .filter(is_dsa)
            .collect();
        Self {
            certificates,
            keys,
            used: HashMap::new(),
        }
    }

    /// Takes in what a buyer signed, and notes if its nonce was used before for something else.
    fn note(&mut self, document: Document, signed_data: Vec<u8>, examined: &mut Examined) {
        let numbers = Opened::from_signed_data(signed_data)
            .ok()
            .and_then(|opened| opened.claimed_dsa_numbers(&self.certificates));
        let Some(DsaNumbers {
            certificate_sha256,
            r_sha256,
            s_sha256,
        }) = numbers
        else {
            return;
        };
        examined.signatures += 1;
        let (first_s, first) = *self
            .used
            .entry((certificate_sha256, r_sha256))
            .or_insert((s_sha256, document));
        if first_s == s_sha256 {
            return;
        }
        self.certificates
            .retain(|certificate| certificate.fingerprint() != certificate_sha256);
        let key = self.keys.iter().find(|key| {
            key.certificate
                .as_ref()
                .is_some_and(|certificate| certificate.fingerprint() == certificate_sha256)
        });
        if let Some(key) = key {
            let what = format!("signed {first} and {document} with one nonce");
            examined.findings.add(&key.to_string(), what);
        }
    }
}
