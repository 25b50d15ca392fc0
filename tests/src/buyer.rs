//! A buyer who holds keys and speaks the HTTP contract directly, so that a test can do what `po` never would.

use countersign_envelope::{
    Certificate, CertificateUse, Digest, DsaParameters, DsaSize, Opened, RsaBits, Signer,
    SigningKey, seal, self_signed,
};
use jiff::{Span, Timestamp};
use serde_json::{Value, json};

use crate::chance::{now, rng};
use crate::document::Draft;
use crate::http::{Answer, Request, Server};
use crate::shop::ORIGIN;

/// What a buyer knows of a shop.
#[derive(Debug, Clone)]
pub struct Front {
    /// Where it answers.
    pub server: Server,
    /// Its root certificate.
    pub root: Certificate,
    /// The certificate orders are sealed to.
    pub recipient: Certificate,
    /// The certificate its statements are signed with.
    pub receipt: Certificate,
}

/// The kinds of key a buyer may choose.
#[derive(Debug, Clone, Copy)]
pub enum KeyKind {
    /// RSA, 2048 bits: the fastest to make.
    Rsa,
    /// DSA (2048, 256), with the built-in domain parameters.
    Dsa,
}

/// A buyer with a key, and the shop it trades with.
#[derive(Debug)]
pub struct Buyer {
    /// The buyer's and the account's ID.
    pub id: String,
    /// The account's password.
    pub password: String,
    /// The shop.
    pub front: Front,
    /// The key that signs, with its certificate.
    pub signer: Signer,
}

/// Makes a key and a self-signed certificate.
pub fn new_signer(subject: &str, kind: KeyKind) -> Signer {
    certified(new_key(kind), subject)
}

/// Makes a key.
pub fn new_key(kind: KeyKind) -> SigningKey {
    let key = match kind {
        KeyKind::Rsa => SigningKey::generate_rsa(RsaBits::B2048),
        KeyKind::Dsa => {
            let parameters =
                DsaParameters::built_in(DsaSize::P2048Q256).expect("they are built in");
            SigningKey::generate_dsa(&parameters, &mut rng())
        }
    };
    key.expect("a key can be made")
}

/// Joins a key with a self-signed certificate for it.
pub fn certified(key: SigningKey, subject: &str) -> Signer {
    let from = now();
    let until = from.checked_add(Span::new().hours(24 * 365)).unwrap();
    certified_between(key, subject, from, until)
}

/// The same, with a certificate of these dates.
pub fn certified_between(
    key: SigningKey,
    subject: &str,
    from: Timestamp,
    until: Timestamp,
) -> Signer {
    let certificate = self_signed(
        &key,
        subject,
        &CertificateUse::Buyer,
        from,
        until,
        &mut rng(),
    )
    .unwrap();
    Signer::new(key, certificate).unwrap()
}

impl Buyer {
    /// A buyer with a fresh key; nobody knows it yet.
    pub fn new(id: &str, kind: KeyKind, front: Front) -> Self {
        let password = format!("password of {id}");
        Self {
            id: id.to_owned(),
            password,
            front,
            signer: new_signer(id, kind),
        }
    }

    /// The same account with another key.
    #[must_use]
    pub fn with_key(&self, signer: Signer) -> Self {
        let (id, password) = (self.id.clone(), self.password.clone());
        Self {
            id,
            password,
            front: self.front.clone(),
            signer,
        }
    }

    /// The certificate of the key.
    pub const fn certificate(&self) -> &Certificate {
        self.signer.certificate()
    }

    /// Where mail reaches the account.
    pub fn email(&self) -> String {
        format!("{}@buyer.example", self.id.replace('/', "."))
    }

    /// A draft without lines under a purchase order number.
    pub fn draft(&self, number: &str) -> Draft {
        Draft::new(
            ORIGIN,
            &self.front.root.fingerprint().to_string(),
            &self.id,
            number,
        )
    }

    /// A request to cancel the order that was answered like this.
    #[track_caller]
    pub fn cancellation(&self, answer: &Value) -> Draft {
        let number = &answer["order"]["purchase_order_number"];
        Draft::cancellation(
            ORIGIN,
            &self.front.root.fingerprint().to_string(),
            &self.id,
            number.as_str().expect("an order has a number"),
            &sha256(&der(answer, "receipt")),
        )
    }

    /// Signs a draft, at the time it says it was issued.
    pub fn signs(&self, draft: &Draft) -> Vec<u8> {
        self.signs_at(&draft.bytes(), draft.time())
    }

    /// Signs a content at a time.
    pub fn signs_at(&self, content: &[u8], signing_time: Timestamp) -> Vec<u8> {
        self.signer.sign(content, signing_time).unwrap()
    }

    /// Seals a signed message to the shop.
    pub fn seals(&self, signed: &[u8]) -> Vec<u8> {
        seal(signed, &[&self.front.recipient], &mut rng()).unwrap()
    }

    /// Signs and seals a draft.
    pub fn envelope(&self, draft: &Draft) -> Vec<u8> {
        self.seals(&self.signs(draft))
    }

    /// Tries to sign in.
    #[track_caller]
    pub fn tries_password(&self, password: &str) -> Answer {
        let body = json!({"id": self.id, "password": password});
        self.front
            .server
            .ask(&Request::post_json("/v1/sessions", &body))
    }

    /// Signs in.
    #[track_caller]
    pub fn signs_in(&self) -> Session {
        let answer = self.tries_password(&self.password).with_status(201).json();
        let token = answer["token"]
            .as_str()
            .expect("a session has a token")
            .to_owned();
        Session {
            server: self.front.server.clone(),
            token,
        }
    }

    /// The document inside a statement, once its signature is checked against the receipt certificate.
    #[track_caller]
    pub fn statement(&self, signed: &[u8]) -> Value {
        let opened = Opened::from_signed_data(signed.to_vec()).unwrap();
        let verified = opened
            .verify(std::slice::from_ref(&self.front.receipt))
            .unwrap();
        serde_json::from_slice(verified.content()).unwrap()
    }
}

/// A signed-in account.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where it is signed in.
    pub server: Server,
    /// What proves it.
    pub token: String,
}

impl Session {
    /// Asks something in this session.
    #[track_caller]
    pub fn ask(&self, request: Request) -> Answer {
        self.server.ask(&request.token(&self.token))
    }

    /// Reads something.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path))
    }

    /// Reads a page of rows.
    #[track_caller]
    pub fn rows(&self, path: &str) -> Vec<Value> {
        crate::shop::rows(&self.get(path).with_status(200).json())
    }

    /// Sends an envelope as an order.
    #[track_caller]
    pub fn submits(&self, envelope: &[u8]) -> Answer {
        self.ask(Request::post_sealed("/v1/orders", envelope.to_vec()))
    }

    /// Sends an envelope as a request to cancel the order that was answered like this.
    #[track_caller]
    pub fn cancels(&self, answer: &Value, envelope: &[u8]) -> Answer {
        let id = answer["order"]["id"].as_str().expect("an order has an ID");
        let path = format!("/v1/orders/{id}/cancellation");
        self.ask(Request::post_sealed(&path, envelope.to_vec()))
    }

    /// How many units of an item can be promised.
    #[track_caller]
    pub fn available(&self, sku: &str) -> i64 {
        let items = self.rows("/v1/items");
        let item = items.iter().find(|item| item["sku"] == sku);
        item.and_then(|item| item["available"].as_i64())
            .unwrap_or_else(|| panic!("no {sku}"))
    }

    /// The codes of this buyer's refusals, newest first.
    #[track_caller]
    pub fn refusal_codes(&self) -> Vec<String> {
        let refusals = self.rows("/v1/refusals");
        refusals
            .iter()
            .map(|row| row["code"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// The bytes of a member that holds base64 DER.
#[track_caller]
pub fn der(body: &Value, member: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text = body[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {body}"));
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

/// SHA-256 as documents write it.
pub fn sha256(bytes: &[u8]) -> String {
    Digest::of(bytes).to_string()
}
