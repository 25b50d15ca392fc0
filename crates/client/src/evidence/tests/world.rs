//! A seller and a buyer, their keys, and what they sign.

use countersign_envelope::{
    Certificate, CertificateUse as Use, RsaBits, Signer, SigningKey, issue, self_signed,
};
use countersign_order::{
    Address, Blind, Common, Digest, Draft, DraftLine, Fulfilment, LogPlace, Offer, Quantity,
};
use countersign_transparency::{SigningKey as LogSigningKey, WitnessKey};
use jiff::{SignedDuration, Timestamp};

use crate::evidence::TrustedRoot;
use crate::random::rng;
use crate::seller::digest;

/// When it all happens.
pub(super) fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().unwrap()
}

/// A seller and a buyer.
pub(super) struct World {
    pub(super) root: Signer,
    pub(super) receipt: Signer,
    pub(super) buyer: Signer,
    pub(super) log: LogSigningKey,
    pub(super) witness: LogSigningKey,
}

impl World {
    pub(super) fn new() -> Self {
        let (from, to) = (
            now() - SignedDuration::from_hours(1),
            now() + SignedDuration::from_hours(9),
        );
        let key = SigningKey::generate_p256(&mut rng()).unwrap();
        let root = self_signed(&key, "Root", &Use::Root, from, to, &mut rng()).unwrap();
        let root = Signer::new(key, root).unwrap();
        let key = SigningKey::generate_p256(&mut rng()).unwrap();
        let public = key.public_key();
        let receipt = issue(
            &root,
            public,
            "Receipts",
            &Use::Receipt,
            from,
            to,
            &mut rng(),
        )
        .unwrap();
        let receipt = Signer::new(key, receipt).unwrap();
        Self {
            root,
            receipt,
            buyer: buyer_key(),
            log: LogSigningKey::from_seed(&[1; 32]).unwrap(),
            witness: LogSigningKey::from_seed(&[2; 32]).unwrap(),
        }
    }

    pub(super) fn trusted(&self) -> TrustedRoot {
        TrustedRoot::Fingerprint(digest(self.root.certificate().fingerprint()))
    }

    pub(super) fn witness_key(&self) -> WitnessKey {
        WitnessKey::new(
            "witness.example".parse().unwrap(),
            self.witness.public_key(),
        )
    }

    pub(super) fn root_digest(&self) -> Digest {
        digest(self.root.certificate().fingerprint())
    }

    pub(super) fn common(&self, log: Option<LogPlace>, previous: Option<Digest>) -> Common {
        Common {
            seller: "shop.example".parse().unwrap(),
            seller_root: self.root_digest(),
            issued_at: now(),
            previous,
            log,
            blind: Blind::from_bytes([7; 32]),
        }
    }
}

/// A key a buyer could have, certified by itself.
pub(super) fn buyer_key() -> Signer {
    let key = SigningKey::generate_rsa(RsaBits::B2048).unwrap();
    let (from, to) = (
        now() - SignedDuration::from_hours(1),
        now() + SignedDuration::from_hours(9),
    );
    let certificate = self_signed(&key, "acme", &Use::Buyer, from, to, &mut rng()).unwrap();
    Signer::new(key, certificate).unwrap()
}

/// An order for three bottles, signed.
pub(super) fn signed_order(world: &World) -> Vec<u8> {
    signed_order_but(world, |_| {})
}

pub(super) fn signed_order_but(world: &World, change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let offer = Offer {
        sku: "WATER".parse().unwrap(),
        name: "Water, 1 l".parse().unwrap(),
        unit: "EA".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        unit_price: "15.00".parse().unwrap(),
        per: Quantity::ONE,
    };
    let mut draft = Draft {
        seller: "shop.example".parse().unwrap(),
        seller_root: world.root_digest(),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: "PO-1".parse().unwrap(),
        issued_at: now(),
        lapses_at: None,
        fulfilment: Fulfilment::Complete,
        lines: vec![DraftLine::of(offer, Quantity::try_from(3_u32).unwrap())],
        ship_to: None,
        requested_delivery: None,
        contract: None,
        contact: None,
        replaces: None,
        references: Vec::new(),
        note: None,
    };
    change(&mut draft);
    let document = draft.complete().unwrap().to_json();
    world.buyer.sign(&document, now()).unwrap()
}

/// Somewhere goods may go.
pub(super) fn address() -> Address {
    Address {
        name: "Acme Ltd".parse().unwrap(),
        attention: None,
        street: "1 Main St".parse().unwrap(),
        street_2: None,
        city: "Fullerton".parse().unwrap(),
        region: None,
        postal_code: None,
        country: "US".parse().unwrap(),
        phone: None,
    }
}

pub(super) fn sha256(bytes: &[u8]) -> Digest {
    digest(countersign_envelope::Digest::of(bytes))
}

pub(super) fn other_certificate(world: &World) -> Certificate {
    let key = SigningKey::generate_p256(&mut rng()).unwrap();
    let (from, to) = (
        now() - SignedDuration::from_hours(1),
        now() + SignedDuration::from_hours(9),
    );
    let public = key.public_key();
    issue(
        &world.root,
        public,
        "Other",
        &Use::Receipt,
        from,
        to,
        &mut rng(),
    )
    .unwrap()
}
