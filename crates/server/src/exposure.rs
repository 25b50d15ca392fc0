//! Keys whose secret others can compute: RSA keys that share a prime, and DSA keys that used one nonce
//! twice, or one that another used. Poor randomness makes all of these, and no key and no signature
//! shows it alone.
//!
//! An order by such a key is valid by every rule, so nothing is refused here: the operator is told. All
//! keys and signatures are compared, so it is done by a command of its own, and no order waits.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use countersign_envelope::{
    self as envelope, Certificate, DsaNumbers, KeyAlgorithm, Opened, shared_primes,
};
use countersign_order::{AccountId, BuyerId, Digest, KeyId, OrderId};
use countersign_store::{KeyRecord, OrderFilter, View};
use serde::Serialize;

use crate::desk::DeskError;

/// Rows read from the store at a time.
const ROWS: u32 = 200;

/// What an examination of keys and signatures came to.
#[derive(Debug, Serialize)]
pub(crate) struct Examined {
    /// How many keys there are, revoked ones too.
    pub(crate) keys: usize,
    /// How many signatures of DSA keys were compared.
    pub(crate) signatures: u64,
    /// The active keys whose secret others can compute.
    pub(crate) exposed: Vec<ExposedKey>,
}

/// A key whose secret others can compute.
#[derive(Debug, Serialize)]
pub(crate) struct ExposedKey {
    pub(crate) account: AccountId,
    pub(crate) key_fingerprint: Digest,
    /// By what.
    pub(crate) why: String,
}

impl fmt::Display for ExposedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account,
            key_fingerprint,
            why,
        } = self;
        write!(f, "key {key_fingerprint} of {account}: {why}")
    }
}

/// Examines all keys, and all that is kept of what DSA keys have signed.
pub(crate) async fn examine(mut view: Box<dyn View>) -> Result<Examined, DeskError> {
    let mut examination = Examination::default();
    let mut after = None;
    loop {
        let page = view.buyers(after.as_ref(), ROWS).await?;
        after = page.rows.last().map(|buyer| buyer.id.clone());
        for buyer in &page.rows {
            examination.read(view.as_mut(), &buyer.id).await?;
        }
        if !page.more {
            break;
        }
    }
    // What follows takes its time, and while a view is open the database's own log only grows.
    drop(view);
    examination.find_shared_primes();
    Ok(examination.ends())
}

/// A key as it is kept, and its certificate as it is read.
struct Key {
    record: KeyRecord,
    certificate: Certificate,
}

impl Key {
    fn new(record: KeyRecord) -> Result<Self, DeskError> {
        let certificate = Certificate::from_der(&record.key.certificate)
            .map_err(|_unreadable| DeskError::Inconsistent("certificate"))?;
        Ok(Self {
            record,
            certificate,
        })
    }

    fn is_dsa(&self) -> bool {
        let algorithm = self.certificate.public_key().algorithm();
        matches!(algorithm, KeyAlgorithm::Dsa { .. })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = &self.record.key;
        write!(f, "key {} of {}", key.key_sha256, key.account)
    }
}

/// What was signed.
#[derive(Clone, Copy)]
enum Document {
    Order(OrderId),
    Cancellation(OrderId),
    Enrolment(KeyId),
}

impl Document {
    /// What it is called when it makes no sense.
    const fn kind(self) -> &'static str {
        match self {
            Self::Order(_) => "order",
            Self::Cancellation(_) => "cancellation",
            Self::Enrolment(_) => "enrolment",
        }
    }
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

/// A use of a nonce.
#[derive(Clone, Copy)]
struct Use {
    /// Whose it was: the key's place.
    key: usize,
    s_sha256: envelope::Digest,
    document: Document,
}

#[derive(Default)]
struct Examination {
    keys: Vec<Key>,
    signatures: u64,
    /// The first use of each nonce.
    used: HashMap<envelope::Digest, Use>,
    /// The places of keys that are exposed, active or not, and by what each is first.
    exposed: BTreeMap<usize, String>,
}

/// The DSA keys of a buyer, whose signatures are looked for in what the buyer signed.
struct Watched {
    certificates: Vec<Certificate>,
    /// The place of each.
    places: HashMap<envelope::Digest, usize>,
}

impl Examination {
    /// Takes in the keys of a buyer, and what they have signed if there is a DSA key among them.
    async fn read(&mut self, view: &mut dyn View, buyer: &BuyerId) -> Result<(), DeskError> {
        let start = self.keys.len();
        for account in view.accounts_of(Some(buyer)).await? {
            for record in view.keys_of(&account.id).await? {
                self.keys.push(Key::new(record)?);
            }
        }
        let watched = self.dsa_keys_from(start);
        if watched.certificates.is_empty() {
            return Ok(());
        }
        self.find_repeated_nonces(view, buyer, start, &watched)
            .await
    }

    fn dsa_keys_from(&self, start: usize) -> Watched {
        let keys = self.keys.iter().enumerate().skip(start);
        let (places, certificates) = keys
            .filter(|(_, key)| key.is_dsa())
            .map(|(place, key)| {
                let certificate = key.certificate.clone();
                ((certificate.fingerprint(), place), certificate)
            })
            .unzip();
        Watched {
            certificates,
            places,
        }
    }

    async fn find_repeated_nonces(
        &mut self,
        view: &mut dyn View,
        buyer: &BuyerId,
        start: usize,
        watched: &Watched,
    ) -> Result<(), DeskError> {
        let mut signed = Vec::new();
        for Key { record, .. } in self.keys.iter().skip(start) {
            let enrolment = Document::Enrolment(record.key.id);
            let documents = [&record.key.possession, &record.key.authorisation];
            let documents = documents.into_iter().flatten().cloned();
            signed.extend(documents.map(|signed_data| (enrolment, signed_data)));
        }
        self.note(watched, signed)?;
        let filter = OrderFilter {
            buyer: Some(buyer.clone()),
            ..OrderFilter::default()
        };
        let mut before = None;
        loop {
            let page = view.orders(&filter, before.as_ref(), ROWS).await?;
            before = page.rows.last().map(|order| order.id);
            for order in &page.rows {
                let of_order = view.signed_data(&order.id).await?;
                let of_order = of_order.map(|signed_data| (Document::Order(order.id), signed_data));
                let requests = view.cancellation_requests(&order.id).await?;
                let of_requests = requests
                    .into_iter()
                    .map(|request| (Document::Cancellation(order.id), request.signed_data));
                self.note(watched, of_order.into_iter().chain(of_requests))?;
            }
            if !page.more {
                return Ok(());
            }
        }
    }

    /// Takes in what a buyer signed, and notes whose nonce was used before for something else.
    fn note(
        &mut self,
        watched: &Watched,
        signed: impl IntoIterator<Item = (Document, Vec<u8>)>,
    ) -> Result<(), DeskError> {
        for (document, signed_data) in signed {
            let nonsense = || DeskError::Inconsistent(document.kind());
            let opened = Opened::from_signed_data(signed_data).map_err(|_refused| nonsense())?;
            let numbers = opened
                .claimed_dsa_numbers(&watched.certificates)
                .map_err(|_refused| nonsense())?;
            let Some(DsaNumbers {
                certificate_sha256,
                nonce_sha256,
                s_sha256,
            }) = numbers
            else {
                continue;
            };
            let Some(&key) = watched.places.get(&certificate_sha256) else {
                continue;
            };
            self.signatures += 1;
            let this = Use {
                key,
                s_sha256,
                document,
            };
            let first = *self.used.entry(nonce_sha256).or_insert(this);
            self.compare(first, this);
        }
        Ok(())
    }

    /// Notes what two uses of one nonce give away.
    fn compare(&mut self, first: Use, this: Use) {
        if first.key != this.key {
            for (one, other) in [(first, this), (this, first)] {
                if let Some(key) = self.keys.get(other.key) {
                    let why = format!(
                        "signed {} with the nonce with which {key} signed {}",
                        one.document, other.document
                    );
                    self.exposed.entry(one.key).or_insert(why);
                }
            }
        } else if first.s_sha256 != this.s_sha256 {
            let [first, second] = [first, this].map(|used| used.document);
            let why = format!("signed {first} and {second} with one nonce");
            self.exposed.entry(this.key).or_insert(why);
        }
    }

    fn find_shared_primes(&mut self) {
        let public_keys = self.keys.iter().map(|key| &key.certificate);
        let public_keys: Vec<_> = public_keys
            .map(|certificate| certificate.public_key().clone())
            .collect();
        for (place, other) in shared_primes(&public_keys) {
            if let Some(other) = self.keys.get(other) {
                let why = format!("shares a prime with {other}");
                self.exposed.entry(place).or_insert(why);
            }
        }
    }

    /// Leaves out what is revoked: it was looked at since it still gives others away.
    fn ends(mut self) -> Examined {
        let keys = self.keys.len();
        let active = self.keys.into_iter().enumerate();
        let active = active.filter(|(_, key)| key.record.revocation.is_none());
        let exposed = active.filter_map(|(place, key)| {
            Some(ExposedKey {
                why: self.exposed.remove(&place)?,
                account: key.record.key.account,
                key_fingerprint: key.record.key.key_sha256,
            })
        });
        Examined {
            keys,
            signatures: self.signatures,
            exposed: exposed.collect(),
        }
    }
}
