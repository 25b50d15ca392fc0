//! Buyers and clerks.

use std::sync::Arc;

use countersign_envelope::{
    Certificate, CertificateUse, DsaParameters, DsaSize, EnrollableCertificate, RsaBits, Signer,
    SigningKey, seal, self_signed,
};
use countersign_order::{
    CancellationRequest, Digest, Draft, DraftLine, Fulfilment, KeyEnrolment, PurchaseOrder,
    Quantity,
};
use countersign_server::desk::operations::AddBuyer;
use countersign_server::random::Random;
use countersign_server::seller::Seller;
use http::Method;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};

use super::shop::{operator, verifier};
use super::{Answer, Client, TestServer, offer};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse";

/// A buyer with one key, signed in.
pub(crate) struct Buyer {
    pub(crate) id: String,
    pub(crate) client: Client,
    pub(crate) key: Arc<Signer>,
    pub(crate) now: Timestamp,
    seller: Arc<Seller>,
}

/// A clerk, signed in.
pub(crate) struct Clerk {
    pub(crate) client: Client,
}

impl Buyer {
    pub(super) async fn join(server: &TestServer, id: &str, has_key: bool) -> Self {
        let key = Arc::new(rsa_key(id));
        let certificates = if has_key {
            vec![enrollable(&key)]
        } else {
            Vec::new()
        };
        let operation = AddBuyer {
            buyer: id.parse().unwrap(),
            name: format!("{id} Ltd").parse().unwrap(),
            email: format!("{id}@buyers.example").parse().unwrap(),
            verifier: Some(verifier().await),
            certificates,
        };
        server.desk.run(&operator(), operation).await.unwrap();
        let mut client = server.client().await;
        assert_eq!(client.signs_in(id, PASSWORD).await.verdict(), "201 ");
        Self {
            id: id.to_owned(),
            client,
            key,
            now: server.clock.now(),
            seller: Arc::clone(server.desk.seller()),
        }
    }

    /// The same buyer on another connection, in the same session.
    pub(crate) async fn again(&self, server: &TestServer) -> Self {
        let mut client = server.client().await;
        client.token.clone_from(&self.client.token);
        Self {
            id: self.id.clone(),
            client,
            key: Arc::clone(&self.key),
            now: self.now,
            seller: Arc::clone(&self.seller),
        }
    }

    /// An order for some units of one item.
    pub(crate) fn order(&self, number: &str, sku: &str, quantity: u32) -> Draft {
        Draft {
            seller: self.seller.origin().clone(),
            seller_root: self.seller.root_fingerprint(),
            buyer: self.id.parse().unwrap(),
            purchase_order_number: number.parse().unwrap(),
            issued_at: self.now,
            lapses_at: None,
            fulfilment: Fulfilment::Complete,
            lines: vec![DraftLine::of(
                offer(sku),
                Quantity::try_from(quantity).unwrap(),
            )],
            ship_to: None,
            requested_delivery: None,
            contract: None,
            contact: None,
            replaces: None,
            references: Vec::new(),
            note: None,
        }
    }

    /// Signs and seals some content for the seller.
    pub(crate) fn envelope(&self, content: &[u8]) -> Vec<u8> {
        self.envelope_by(&self.key, content)
    }

    /// Seals what another key has signed.
    pub(crate) fn envelope_by(&self, key: &Signer, content: &[u8]) -> Vec<u8> {
        self.sealed(&key.sign(content, self.now).unwrap())
    }

    /// Seals some signed bytes for the seller.
    pub(crate) fn sealed(&self, signed: &[u8]) -> Vec<u8> {
        let recipient = Certificate::from_pem(&self.seller.certificates().recipient).unwrap();
        seal(signed, &[&recipient], &mut Random::system().rng()).unwrap()
    }

    /// A request to cancel the order that this answer was given to.
    pub(crate) fn cancellation(&self, answered: &Answer) -> CancellationRequest {
        let receipt = answered.der("receipt");
        let number = answered.json()["order"]["purchase_order_number"].clone();
        CancellationRequest {
            seller: self.seller.origin().clone(),
            seller_root: self.seller.root_fingerprint(),
            buyer: self.id.parse().unwrap(),
            purchase_order_number: number.as_str().unwrap().parse().unwrap(),
            receipt_sha256: sha256(&receipt),
            reason: "ordered twice".parse().unwrap(),
            issued_at: self.now,
        }
    }

    /// Signs, seals and sends a request to cancel the order of this ID.
    pub(crate) async fn cancels(&mut self, id: &str, request: &CancellationRequest) -> Answer {
        let envelope = self.envelope(&request.to_json());
        self.sends_to(&cancellation_path(id), envelope).await
    }

    /// Sends an envelope as it is.
    pub(crate) async fn sends(&mut self, envelope: Vec<u8>) -> Answer {
        self.sends_to("/v1/orders", envelope).await
    }

    /// Sends an envelope somewhere else.
    pub(crate) async fn sends_to(&mut self, path: &str, envelope: Vec<u8>) -> Answer {
        let body = Some(("application/pkcs7-mime", envelope));
        self.client.send(Method::POST, path, body).await
    }

    /// Completes, signs, seals and sends an order.
    pub(crate) async fn submits(&mut self, draft: Draft) -> Answer {
        let order = draft.complete().unwrap();
        self.submits_document(&order).await
    }

    /// Signs, seals and sends an order.
    pub(crate) async fn submits_document(&mut self, order: &PurchaseOrder) -> Answer {
        let envelope = self.envelope(&order.to_json());
        self.sends(envelope).await
    }

    /// What an application to enrol a key consists of, but for who allows it.
    pub(crate) async fn enrolment(&mut self, key: &Signer) -> (Value, Vec<u8>) {
        let challenge = self
            .client
            .post("/v1/keys/challenges", json!({}))
            .await
            .json();
        let document = KeyEnrolment {
            seller: self.seller.origin().clone(),
            seller_root: self.seller.root_fingerprint(),
            account: self.id.parse().unwrap(),
            certificate_sha256: digest(key.certificate()),
            challenge: challenge["challenge"].as_str().unwrap().parse().unwrap(),
            issued_at: self.now,
        }
        .to_json();
        let possession = key.sign(&document, self.now).unwrap();
        let body = json!({
            "certificate": base64(key.certificate().der()),
            "possession": base64(&possession),
        });
        (body, document)
    }

    /// The codes of what was refused so far, the newest first.
    pub(crate) async fn refusals(&mut self) -> Vec<String> {
        let page = self.client.get("/v1/refusals").await.json();
        let rows = page["data"].as_array().unwrap().iter();
        rows.map(|row| row["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

impl Clerk {
    pub(crate) async fn sign_in(server: &TestServer, id: &str) -> Self {
        let mut client = server.client().await;
        assert_eq!(client.signs_in(id, PASSWORD).await.verdict(), "201 ");
        Self { client }
    }
}

/// A fresh RSA key with its certificate.
pub(crate) fn rsa_key(name: &str) -> Signer {
    let key = SigningKey::generate_rsa(RsaBits::B2048).unwrap();
    certified(key, name, &CertificateUse::Buyer)
}

/// A fresh DSA key with its certificate.
pub(crate) fn dsa_key(name: &str) -> Signer {
    let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
    let key = SigningKey::generate_dsa(&parameters, &mut Random::system().rng()).unwrap();
    certified(key, name, &CertificateUse::Buyer)
}

/// A fresh key with its certificate, of a kind that signs no orders.
pub(crate) fn p256_key(name: &str) -> Signer {
    let key = SigningKey::generate_p256(&mut Random::system().rng()).unwrap();
    certified(key, name, &CertificateUse::Receipt)
}

pub(crate) fn enrollable(key: &Signer) -> EnrollableCertificate {
    EnrollableCertificate::check(key.certificate().clone()).unwrap()
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn certified(key: SigningKey, name: &str, usage: &CertificateUse) -> Signer {
    let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let to = from + 8760.hours();
    let mut rng = Random::system().rng();
    let certificate = self_signed(&key, name, usage, from, to, &mut rng).unwrap();
    Signer::new(key, certificate).unwrap()
}

/// Where the order of this ID is cancelled.
pub(crate) fn cancellation_path(id: &str) -> String {
    format!("/v1/orders/{id}/cancellation")
}

/// The digest of some bytes, as documents write it.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest::from_bytes(*countersign_envelope::Digest::of(bytes).as_bytes())
}

fn digest(certificate: &Certificate) -> Digest {
    Digest::from_bytes(*certificate.fingerprint().as_bytes())
}
