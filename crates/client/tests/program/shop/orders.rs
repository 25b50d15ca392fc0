//! Taking in orders and keys: opened and verified as a desk does, then always accepted.

use std::sync::Arc;

use countersign_api::{
    Code, KeyChallenge, KeyEnrolmentRequest, KeyState, KeyView, OrderAnswer, OrderView, Page,
    StatementView,
};
use countersign_envelope::{Certificate, Sealed, SignatureFacts};
use countersign_order::{
    Common, Decided, DecidedLine, Decision, Digest, Entry, KeyId, LogOrigin, LogPlace, OrderId,
    Progress, PurchaseOrder, Receipt, SalesOrderNumber, SignedOrder, Statement,
};
use jiff::ToSpan as _;

use super::log::Log;
use super::{ACCOUNT, Desk, Keys, Shop, cancellations, json, now, problem};
use crate::wire::{Answer, Request};

/// What the shop remembers.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) certificates: Vec<Certificate>,
    pub(super) orders: Vec<Taken>,
    pub(super) cancellations_received: usize,
    received: usize,
    pub(super) log: Log,
}

/// An order that was taken in, and what was signed about it.
pub(super) struct Taken {
    pub(super) view: OrderView,
    receipt: Receipt,
    pub(super) statements: Vec<Vec<u8>>,
}

impl Shop {
    /// Signs another statement about the newest order, which follows those before it unless the test
    /// says otherwise.
    pub(crate) fn signs(&self, statement: impl FnOnce(Common, &Receipt) -> Statement) {
        let mut book = self.desk.book.lock().unwrap();
        let order = book.orders.last_mut().unwrap();
        let common = Common {
            previous: order.statements.last().map(|last| digest_of(last)),
            ..self.keys.common()
        };
        let document = statement(common, &order.receipt).to_json();
        let signed = self.keys.receipt.sign(&document, now()).unwrap();
        order.statements.push(signed);
    }

    /// Shows the statements about the newest order changed like this.
    pub(crate) fn shows(&self, change: impl FnOnce(&mut Vec<Vec<u8>>)) {
        let mut book = self.desk.book.lock().unwrap();
        change(&mut book.orders.last_mut().unwrap().statements);
    }

    /// Answers with the newest order, changed like this, whichever is asked for.
    pub(crate) fn confuses(&self, change: impl FnOnce(&mut OrderView)) {
        let mut book = self.desk.book.lock().unwrap();
        change(&mut book.orders.last_mut().unwrap().view);
    }
}

pub(crate) fn answer(desk: &Desk, request: &Request, path: &str) -> Answer {
    let mut book = desk.book.lock().unwrap();
    match (request.method.as_str(), path) {
        ("POST", "/v1/orders") => {
            let received = book.received;
            book.received += 1;
            (desk.conduct.log)(&mut book.log.entries, received);
            (desk.conduct.order)(received)
                .unwrap_or_else(|| take_in(desk, &mut book, request.body.clone()))
        }
        ("GET", "/v1/orders") => {
            let views = book.orders.iter().map(|order| order.view.clone());
            let data: Vec<OrderView> = views.collect();
            json(200, &Page { data, next: None })
        }
        ("GET", "/v1/keys") => json(
            200,
            &Page {
                data: keys(&book),
                next: None,
            },
        ),
        ("POST", "/v1/keys/challenges") => json(
            201,
            &KeyChallenge {
                challenge: "to-be-signed".to_owned(),
                expires_at: now().checked_add(10.minutes()).unwrap(),
            },
        ),
        ("POST", "/v1/keys") => {
            let request: KeyEnrolmentRequest = serde_json::from_slice(&request.body).unwrap();
            let certificate = Certificate::from_der(request.certificate.as_bytes()).unwrap();
            book.certificates.push(certificate);
            json(201, keys(&book).last().unwrap())
        }
        ("GET", path) if path.starts_with("/log/") => {
            let log: LogOrigin = desk.conduct.log_origin.parse().unwrap();
            let prefix = format!("/log/{}/", log.generation());
            let tile = path.strip_prefix(&prefix).unwrap();
            (desk.conduct.tile)().unwrap_or_else(|| book.log.tile(tile))
        }
        _ => of_order(desk, &mut book, request, path),
    }
}

fn of_order(desk: &Desk, book: &mut Book, request: &Request, path: &str) -> Answer {
    let rest = path.strip_prefix("/v1/orders/").unwrap_or_default();
    let (id, part) = rest.split_once('/').unwrap_or((rest, ""));
    let is_named = |order: &Taken| order.view.id.to_string() == id;
    let Some(place) = book.orders.iter().position(is_named) else {
        return problem(Code::NotFound);
    };
    let order = &book.orders[place];
    match (request.method.as_str(), part) {
        ("GET", "") => json(200, &order.view),
        ("GET", "statements") => json(200, &statements(order)),
        ("POST", "cancellation") => cancellations::answer(desk, book, place, request.body.clone()),
        ("GET", "evidence") => json(200, &serde_json::json!({ "document": "of no kind" })),
        _ => problem(Code::NotFound),
    }
}

fn statements(order: &Taken) -> Page<StatementView> {
    let view = |(number, signed): (u64, &Vec<u8>)| StatementView {
        number,
        document: "only what is signed counts".to_owned(),
        issued_at: now(),
        sha256: digest_of(signed),
        statement: signed.clone().into(),
    };
    Page {
        data: (0..).zip(&order.statements).map(view).collect(),
        next: None,
    }
}

fn keys(book: &Book) -> Vec<KeyView> {
    let view = |certificate: &Certificate| KeyView {
        id: KeyId::from_uuid_bytes([3; 16]),
        account: ACCOUNT.parse().unwrap(),
        algorithm: certificate.public_key().algorithm().to_string(),
        key_fingerprint: digest(certificate.public_key().fingerprint()),
        certificate_fingerprint: digest(certificate.fingerprint()),
        label: None,
        ends_at: None,
        state: KeyState::Active,
        enrolled_at: now(),
        revoked_at: None,
    };
    book.certificates.iter().map(view).collect()
}

fn take_in(desk: &Desk, book: &mut Book, message: Vec<u8>) -> Answer {
    let opened = Sealed::parse(message)
        .and_then(|sealed| sealed.open(std::slice::from_ref(&desk.keys.recipient)));
    let Ok(opened) = opened else {
        return problem(Code::EnvelopeNotAccepted);
    };
    let Ok(verified) = opened.verify(&book.certificates) else {
        return problem(Code::SignatureNotAccepted);
    };
    let Ok(order) = PurchaseOrder::parse(verified.content()) else {
        return problem(Code::OrderNotUnderstood);
    };
    let number = u8::try_from(book.orders.len()).unwrap();
    let entry = Entry {
        order: Arc::new(order),
        order_id: OrderId::from_uuid_bytes([number; 16]),
        account: ACCOUNT.parse().unwrap(),
        certificate: digest(verified.signature().certificate_sha256()),
        content: digest(verified.signature().content_sha256()),
        signing_time: verified.signature().signing_time(),
        received_at: now(),
    };
    let decided = accepted(&entry, u64::from(number));
    let mut common = desk.keys.common();
    common.log = Some(LogPlace {
        origin: desk.conduct.log_origin.parse().unwrap(),
        leaf: u64::try_from(book.log.entries.len()).unwrap(),
    });
    let mut receipt = Receipt::of(
        common,
        &entry,
        &decided,
        None,
        signed_order(verified.signature()),
    );
    (desk.conduct.receipt)(&mut receipt);
    let mut statements = vec![sign(desk, &receipt)];
    if let Some(change) = desk.conduct.second_receipt {
        change(&mut receipt);
        receipt.common.previous = statements.last().map(|held| digest_of(held));
        statements.push(sign(desk, &receipt));
    }
    let view = view(&entry, &decided, &receipt);
    let decision = if desk.conduct.body_says_accepted {
        Decision::Accepted
    } else {
        receipt.decision
    };
    let der = statements.last().unwrap().clone();
    let entry = (desk.conduct.logs)(&der);
    let origin = desk.conduct.log_origin;
    let (proof, checkpoint) = book.log.append(&entry, origin, &desk.keys.log);
    let mut answer = OrderAnswer {
        order: view.clone(),
        decision,
        reasons: receipt.reasons.clone(),
        receipt: der.into(),
        proof,
        checkpoint,
    };
    (desk.conduct.answer)(&mut answer);
    book.orders.push(Taken {
        view,
        receipt,
        statements,
    });
    let mut answer = serde_json::to_value(&answer).unwrap();
    (desk.conduct.answer_json)(&mut answer);
    json(201, &answer)
}

fn sign(desk: &Desk, receipt: &Receipt) -> Vec<u8> {
    let document = Statement::Receipt(Box::new(receipt.clone())).to_json();
    if desk.conduct.receipt_key_is_its_own {
        return Keys::of(desk.conduct.origin)
            .receipt
            .sign(&document, now())
            .unwrap();
    }
    desk.keys.receipt.sign(&document, now()).unwrap()
}

fn accepted(entry: &Entry, number: u64) -> Decided {
    let line = |line: &countersign_order::Line| DecidedLine {
        line: line.line,
        accepted: line.quantity.units(),
        back_ordered: 0,
    };
    Decided {
        order_id: entry.order_id,
        attempt: 1,
        decision: Decision::Accepted,
        reasons: Vec::new(),
        lines: entry.order.lines.iter().map(line).collect(),
        sales_order_number: Some(SalesOrderNumber::from_sequence(number)),
        held_until: None,
        decided_at: now(),
    }
}

fn view(entry: &Entry, decided: &Decided, receipt: &Receipt) -> OrderView {
    let progress = Progress::of(&entry.order, decided);
    OrderView {
        id: entry.order_id,
        buyer: entry.order.buyer.clone(),
        account: entry.account.clone(),
        purchase_order_number: entry.order.purchase_order_number.clone(),
        attempt: 1,
        sales_order_number: receipt.sales_order_number,
        state: progress.state,
        revision: 1,
        received_at: entry.received_at,
        currency: entry.order.currency,
        total: entry.order.total.amount(),
        ship_to: None,
        note: None,
        lines: Vec::new(),
        timeline: Vec::new(),
        allowed_actions: Vec::new(),
    }
}

fn signed_order(facts: &SignatureFacts) -> SignedOrder {
    SignedOrder {
        content_type: countersign_order::MEDIA_TYPE.to_owned(),
        content_sha256: digest(facts.content_sha256()),
        signed_attributes_sha256: digest(facts.signed_attributes_sha256()),
        signature_sha256: digest(facts.signature_sha256()),
        certificate_sha256: digest(facts.certificate_sha256()),
        signed_data_sha256: digest(facts.signed_data_sha256()),
    }
}

pub(super) fn digest_of(octets: &[u8]) -> Digest {
    digest(countersign_envelope::Digest::of(octets))
}

pub(super) fn digest(digest: countersign_envelope::Digest) -> Digest {
    Digest::from_bytes(*digest.as_bytes())
}
