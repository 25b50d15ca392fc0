//! The books of a shop, made here: every statement can be changed before it is signed.

use std::sync::Arc;

use countersign_api::{
    Evidence, EvidenceDocument, EvidenceSeller, EvidenceSigned, EvidenceStatement,
};
use countersign_envelope::{Certificate, Opened, Signer};
use countersign_order::{
    Authorisation, Cancellation, CancellationRequest, CancelledBy, CancelledLine, CertificateUse,
    Common, Decided, DecidedLine, Decision, Der, Entry, KeyAction, KeyStatement, Line, LogKey,
    LogOrigin, LogPlace, OrderId, OrderReference, Receipt, SalesOrderNumber, SellerCertificate,
    SellerStatement, Shipment, ShipmentLine, SignedOrder, Statement,
};
use countersign_transparency::{Checkpoint, Entry as Leaf, Tree, cosign};
use jiff::SignedDuration;

use crate::receipt::{Sent, facts};
use crate::seller::digest;

use super::world::{World, now, sha256};

/// What a log holds, leaf by leaf.
pub(super) struct Books<'a> {
    pub(super) world: &'a World,
    pub(super) log: &'static str,
    pub(super) statements: Vec<Vec<u8>>,
}

impl<'a> Books<'a> {
    pub(super) fn open(world: &'a World) -> Self {
        let mut books = Self::blank(world, "shop.example");
        books.seller(|_| {});
        books
    }

    /// A log that does not even hold who the seller is.
    pub(super) const fn blank(world: &'a World, log: &'static str) -> Self {
        Self {
            world,
            log,
            statements: Vec::new(),
        }
    }

    pub(super) fn seller(&mut self, change: impl FnOnce(&mut SellerStatement)) {
        let world = self.world;
        let mut statement = SellerStatement {
            common: world.common(None, None),
            number: 0,
            certificates: vec![SellerCertificate {
                purpose: CertificateUse::Receipt,
                certificate: Der::from(world.receipt.certificate().der().to_vec()),
                from: now() - SignedDuration::from_mins(30),
                to: None,
                revoked_at: None,
            }],
            log_keys: ["shop.example", "shop.example/2"]
                .map(|log| LogKey {
                    origin: log.parse().unwrap(),
                    key: Der::from(world.log.public_key().to_spki_der()),
                    from: now(),
                })
                .to_vec(),
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
        let place = LogPlace {
            origin: self.log.parse().unwrap(),
            leaf: u64::try_from(self.statements.len()).unwrap(),
        };
        let document = write(self.world.common(Some(place), previous)).to_json();
        self.statements
            .push(self.world.receipt.sign(&document, now()).unwrap());
    }

    pub(super) fn key(&mut self, action: KeyAction, change: impl FnOnce(&mut KeyStatement)) {
        let certificate = self.world.buyer.certificate().clone();
        self.key_of(&certificate, action, change);
    }

    pub(super) fn key_of(
        &mut self,
        certificate: &Certificate,
        action: KeyAction,
        change: impl FnOnce(&mut KeyStatement),
    ) {
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

    /// Cancels one bottle, because the buyer asked for it like this, or for the seller's own reasons.
    pub(super) fn cancellation(&mut self, previous: usize, request: Option<&[u8]>) {
        self.cancellation_but(previous, request, |_| {});
    }

    pub(super) fn cancellation_but(
        &mut self,
        previous: usize,
        request: Option<&[u8]>,
        change: impl FnOnce(&mut Cancellation),
    ) {
        self.state_after(Some(previous), |common| {
            let mut cancellation = Cancellation {
                common,
                order: reference(),
                lines: vec![CancelledLine {
                    line: 1,
                    sku: "WATER".parse().unwrap(),
                    quantity: 1,
                }],
                by: match request {
                    Some(_) => CancelledBy::Buyer,
                    None => CancelledBy::Seller,
                },
                request_sha256: request.map(sha256),
                reason: "ordered twice".parse().unwrap(),
            };
            change(&mut cancellation);
            Statement::Cancellation(cancellation)
        });
    }

    /// What the buyer says to call off the order that this leaf is the receipt of.
    pub(super) fn request(&self, receipt: usize) -> CancellationRequest {
        CancellationRequest {
            seller: "shop.example".parse().unwrap(),
            seller_root: self.world.root_digest(),
            buyer: "acme".parse().unwrap(),
            purchase_order_number: "PO-1".parse().unwrap(),
            receipt_sha256: sha256(&self.statements[receipt]),
            reason: "ordered twice".parse().unwrap(),
            issued_at: now(),
        }
    }

    /// A signed request as evidence has it: these leaves tell of the key.
    pub(super) fn requested(&self, by: &Signer, signed: &[u8], key: &[usize]) -> EvidenceSigned {
        EvidenceSigned {
            signed_data: Der::from(signed.to_vec()),
            certificate: Der::from(by.certificate().der().to_vec()),
            key_statements: key.iter().map(|leaf| self.proved(*leaf)).collect(),
        }
    }

    fn tree(&self) -> Tree {
        let mut tree = Tree::empty();
        tree.append(&self.leaves()).unwrap();
        tree
    }

    fn leaves(&self) -> Vec<Leaf> {
        let leaf = |der: &Vec<u8>| Leaf::from_bytes(*sha256(der).as_bytes());
        self.statements.iter().map(leaf).collect()
    }

    /// What the log says of all its leaves.
    pub(super) fn said(&self) -> Checkpoint {
        let tree = self.tree();
        Checkpoint::new(self.log.parse().unwrap(), tree.size(), tree.root()).unwrap()
    }

    /// The checkpoint of all leaves, cosigned by the witness if wanted.
    pub(super) fn checkpoint(&self, witnessed: bool) -> String {
        let (world, checkpoint) = (self.world, self.said());
        let mut signed = checkpoint.sign(&world.log).unwrap();
        if witnessed {
            // Each log was seen a minute after the one before.
            let minutes = u64::from(self.log.parse::<LogOrigin>().unwrap().generation());
            let at = u64::try_from(now().as_second()).unwrap() + 60 * minutes;
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
            log: self.log.parse().unwrap(),
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
        lines: entry.order.lines.iter().map(whole).collect(),
        sales_order_number: Some(SalesOrderNumber::from_sequence(1)),
        held_until: None,
        decided_at: now(),
    };
    Receipt::of(common, &entry, &decided, None, signed)
}

fn whole(line: &Line) -> DecidedLine {
    DecidedLine {
        line: line.line,
        accepted: line.quantity.units(),
        back_ordered: 0,
    }
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
