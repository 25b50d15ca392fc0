//! A shop and a deal, made here: every part can be changed before it is signed.

use std::sync::Arc;

use countersign_api::{
    Evidence, EvidenceDocument, EvidenceSeller, EvidenceSigned, EvidenceStatement,
};
use countersign_envelope::{
    Certificate, CertificateUse as Use, Opened, RsaBits, Signer, SigningKey, issue, self_signed,
};
use countersign_order::{
    Authorisation, Blind, CertificateUse, Common, Decided, DecidedLine, Decision, Der, Digest,
    Draft, DraftLine, Entry, Fulfilment, KeyAction, KeyStatement, LogKey, LogPlace, Offer, OrderId,
    OrderReference, Quantity, Receipt, SalesOrderNumber, SellerCertificate, SellerStatement,
    Shipment, ShipmentLine, SignedOrder, Statement,
};
use countersign_transparency::{
    Checkpoint, Entry as Leaf, SigningKey as LogSigningKey, Tree, WitnessKey, cosign,
};
use jiff::{SignedDuration, Timestamp};

use crate::evidence::TrustedRoot;
use crate::random::rng;
use crate::receipt::{Sent, facts};
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

/// What the log holds, leaf by leaf.
pub(super) struct Books<'a> {
    pub(super) world: &'a World,
    pub(super) statements: Vec<Vec<u8>>,
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

    fn common(&self, leaf: Option<usize>, previous: Option<Digest>) -> Common {
        Common {
            seller: "shop.example".parse().unwrap(),
            seller_root: digest(self.root.certificate().fingerprint()),
            issued_at: now(),
            previous,
            log: leaf.map(|leaf| LogPlace {
                origin: "shop.example".parse().unwrap(),
                leaf: u64::try_from(leaf).unwrap(),
            }),
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

impl<'a> Books<'a> {
    pub(super) fn open(world: &'a World) -> Self {
        let mut books = Self {
            world,
            statements: Vec::new(),
        };
        books.seller(|_| {});
        books
    }

    pub(super) fn seller(&mut self, change: impl FnOnce(&mut SellerStatement)) {
        let world = self.world;
        let mut statement = SellerStatement {
            common: world.common(None, None),
            number: 0,
            certificates: vec![SellerCertificate {
                purpose: CertificateUse::Receipt,
                certificate: Der::from(world.receipt.certificate().der().to_vec()),
                from: now(),
                to: None,
                revoked_at: None,
            }],
            log_keys: vec![LogKey {
                origin: "shop.example".parse().unwrap(),
                key: Der::from(world.log.public_key().to_spki_der()),
                from: now(),
            }],
        };
        change(&mut statement);
        let document = Statement::Seller(statement).to_json();
        self.statements
            .push(world.root.sign(&document, now()).unwrap());
    }

    /// Signs a statement into the next leaf.
    pub(super) fn state(&mut self, write: impl FnOnce(Common) -> Statement) {
        self.state_after(None, write);
    }

    pub(super) fn state_after(
        &mut self,
        previous: Option<usize>,
        write: impl FnOnce(Common) -> Statement,
    ) {
        let previous = previous.map(|leaf| sha256(&self.statements[leaf]));
        let common = self.world.common(Some(self.statements.len()), previous);
        let document = write(common).to_json();
        self.statements
            .push(self.world.receipt.sign(&document, now()).unwrap());
    }

    pub(super) fn key(&mut self, action: KeyAction, change: impl FnOnce(&mut KeyStatement)) {
        let certificate = self.world.buyer.certificate().clone();
        self.state(|common| {
            let mut statement = KeyStatement {
                common,
                buyer: "acme".parse().unwrap(),
                account: "acme".parse().unwrap(),
                action,
                key_fingerprint: digest(certificate.public_key().fingerprint()),
                certificate_fingerprint: digest(certificate.fingerprint()),
                certificate: Der::from(certificate.der().to_vec()),
                authorised_by: Authorisation::Operator,
                possession_sha256: None,
                authorisation_sha256: None,
                reason: None,
            };
            change(&mut statement);
            Statement::Key(statement)
        });
    }

    pub(super) fn receipt(&mut self, signed_data: &[u8], change: impl FnOnce(&mut Receipt)) {
        let certificate = self.world.buyer.certificate();
        let sent = Sent::read(signed_data, certificate).unwrap();
        let order = sent.order().clone();
        let opened = Opened::from_signed_data(signed_data.to_vec()).unwrap();
        let verified = opened.verify(std::slice::from_ref(certificate)).unwrap();
        let signed = facts(verified.signature());
        self.state(|common| {
            let mut receipt = receipt(common, order, signed);
            change(&mut receipt);
            Statement::Receipt(Box::new(receipt))
        });
    }

    pub(super) fn shipment(&mut self, previous: usize, change: impl FnOnce(&mut Shipment)) {
        self.state_after(Some(previous), |common| {
            let mut shipment = Shipment {
                common,
                order: reference(),
                shipment: 1,
                lines: vec![ShipmentLine {
                    line: 1,
                    sku: "WATER".parse().unwrap(),
                    quantity: 3,
                    back_ordered: 0,
                }],
                carrier: "none".parse().unwrap(),
                tracking: None,
                shipped_at: now(),
            };
            change(&mut shipment);
            Statement::Shipment(shipment)
        });
    }

    pub(super) fn tree(&self) -> Tree {
        let mut tree = Tree::empty();
        tree.append(&self.leaves()).unwrap();
        tree
    }

    fn leaves(&self) -> Vec<Leaf> {
        let leaf = |der: &Vec<u8>| Leaf::from_bytes(*sha256(der).as_bytes());
        self.statements.iter().map(leaf).collect()
    }

    /// The checkpoint of all leaves, cosigned by the witness if wanted.
    pub(super) fn checkpoint(&self, witnessed: bool) -> String {
        let (world, tree) = (self.world, self.tree());
        let origin = "shop.example".parse().unwrap();
        let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
        let mut signed = checkpoint.sign(&world.log).unwrap();
        if witnessed {
            let at = u64::try_from(now().as_second()).unwrap() + 60;
            let name = "witness.example".parse().unwrap();
            signed
                .add(cosign(&checkpoint, &name, &world.witness, at).unwrap())
                .unwrap();
        }
        signed.to_string()
    }

    /// A leaf with its proof.
    pub(super) fn proved(&self, leaf: usize) -> EvidenceStatement {
        let appended = Tree::empty().append(&self.leaves()).unwrap();
        let number = u64::try_from(leaf).unwrap();
        EvidenceStatement {
            statement: Der::from(self.statements[leaf].clone()),
            log: "shop.example".parse().unwrap(),
            leaf: number,
            entry: sha256(&self.statements[leaf]),
            proof: appended.proof(number).unwrap().hashes().to_vec(),
        }
    }

    /// The evidence of a deal: these leaves tell of the key, and these of the order.
    pub(super) fn evidence(
        &self,
        signed_data: Vec<u8>,
        key: &[usize],
        order: &[usize],
    ) -> Evidence {
        let world = self.world;
        let proved = |leaves: &[usize]| leaves.iter().map(|leaf| self.proved(*leaf)).collect();
        Evidence {
            document: EvidenceDocument::V1,
            seller: EvidenceSeller {
                root: Der::from(world.root.certificate().der().to_vec()),
                statement: self.proved(0),
            },
            order: EvidenceSigned {
                signed_data: Der::from(signed_data),
                certificate: Der::from(world.buyer.certificate().der().to_vec()),
                key_statements: proved(key),
            },
            statements: proved(order),
            cancellation_requests: Vec::new(),
            checkpoints: vec![self.checkpoint(true)],
        }
    }
}

/// An order for three bottles, signed.
pub(super) fn signed_order(world: &World) -> Vec<u8> {
    let offer = Offer {
        sku: "WATER".parse().unwrap(),
        name: "Water, 1 l".parse().unwrap(),
        unit: "EA".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        unit_price: "15.00".parse().unwrap(),
        per: Quantity::ONE,
    };
    let order = Draft {
        seller: "shop.example".parse().unwrap(),
        seller_root: digest(world.root.certificate().fingerprint()),
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
    let document = order.complete().unwrap().to_json();
    world.buyer.sign(&document, now()).unwrap()
}

fn receipt(
    common: Common,
    order: countersign_order::PurchaseOrder,
    signed: SignedOrder,
) -> Receipt {
    let entry = Entry {
        order_id: OrderId::from_uuid_bytes([5; 16]),
        account: "acme".parse().unwrap(),
        certificate: signed.certificate_sha256,
        content: signed.content_sha256,
        signing_time: now(),
        received_at: now(),
        order: Arc::new(order),
    };
    let decided = Decided {
        order_id: entry.order_id,
        attempt: 1,
        decision: Decision::Accepted,
        reasons: Vec::new(),
        lines: vec![DecidedLine {
            line: 1,
            accepted: 3,
            back_ordered: 0,
        }],
        sales_order_number: Some(SalesOrderNumber::from_sequence(1)),
        held_until: None,
        decided_at: now(),
    };
    Receipt::of(common, &entry, &decided, None, signed)
}

pub(super) fn reference() -> OrderReference {
    OrderReference {
        id: OrderId::from_uuid_bytes([5; 16]),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: "PO-1".parse().unwrap(),
        attempt: 1,
        sales_order_number: Some(SalesOrderNumber::from_sequence(1)),
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
