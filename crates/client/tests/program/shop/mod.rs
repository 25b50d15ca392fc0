//! A shop on a local port. It is honest except where its [`Conduct`] says otherwise.

mod cancellations;
mod keys;
mod log;
mod orders;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use countersign_api::{
    AccountView, Code, InviteLink, ItemView, OrderAnswer, Page, Problem, SellerCertificates,
    SellerView, Session, SessionRequest, media,
};
use countersign_envelope::Certificate;
use countersign_order::{Cancellation, Digest, Receipt, Role, SellerStatement};
use countersign_transparency::Entry;
use jiff::{Timestamp, ToSpan as _};
use rand_core::{CryptoRng, UnwrapErr};
use serde::Serialize;
use serde_json::Value;

use crate::wire::{self, Answer, Request};
pub(crate) use keys::Keys;
use orders::Book;

pub(crate) const ORIGIN: &str = "shop.example";
pub(crate) const ACCOUNT: &str = "acme";
pub(crate) const PASSWORD: &str = "correct horse";

/// Where a shop departs from honesty.
#[derive(Clone, Copy)]
pub(crate) struct Conduct {
    /// Who it says it is.
    pub(crate) origin: &'static str,
    /// Answers the n-th order, counted from 0, instead of taking it in.
    pub(crate) order: fn(usize) -> Option<Answer>,
    /// Changes a receipt before it is signed.
    pub(crate) receipt: fn(&mut Receipt),
    /// Changes an answer before it is given.
    pub(crate) answer: fn(&mut OrderAnswer),
    /// Changes an answer once it is JSON.
    pub(crate) answer_json: fn(&mut Value),
    /// Which log it keeps.
    pub(crate) log_origin: &'static str,
    /// What it logs of a receipt.
    pub(crate) logs: fn(&[u8]) -> Vec<u8>,
    /// Answers whoever asks for a tile of the log.
    pub(crate) tile: fn() -> Option<Answer>,
    /// Changes the log before the n-th order, counted from 0, is taken in.
    pub(crate) log: fn(&mut Vec<Entry>, usize),
    /// Answers the n-th request to cancel, counted from 0, instead of following it.
    pub(crate) cancel: fn(usize) -> Option<Answer>,
    /// Changes a cancellation before it is signed.
    pub(crate) cancellation: fn(&mut Cancellation),
    /// Changes what is shown of the statements about an order once it is cancelled.
    pub(crate) once_cancelled: fn(&mut Vec<Vec<u8>>),
    /// Signs receipts with a key that no statement names.
    pub(crate) receipt_key_is_its_own: bool,
    /// Answers with a second receipt, changed like this, as if the first had been lost.
    pub(crate) second_receipt: Option<fn(&mut Receipt)>,
    /// Says in the JSON that the order was accepted, whatever the receipt says.
    pub(crate) body_says_accepted: bool,
    /// Changes the seller statement before the root signs it.
    pub(crate) statement: fn(&mut SellerStatement),
    /// Lets another root sign the seller statement.
    pub(crate) statement_root_is_another: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            origin: ORIGIN,
            order: |_| None,
            receipt: |_| {},
            answer: |_| {},
            answer_json: |_| {},
            log_origin: ORIGIN,
            logs: <[u8]>::to_vec,
            tile: || None,
            log: |_, _| {},
            cancel: |_| None,
            cancellation: |_| {},
            once_cancelled: |_| {},
            receipt_key_is_its_own: false,
            second_receipt: None,
            body_says_accepted: false,
            statement: |_| {},
            statement_root_is_another: false,
        }
    }
}

/// A shop that is open until the test ends.
pub(crate) struct Shop {
    pub(crate) port: u16,
    pub(crate) keys: Arc<Keys>,
    desk: Arc<Desk>,
}

struct Desk {
    keys: Arc<Keys>,
    conduct: Conduct,
    statement: Mutex<Vec<u8>>,
    requests: Mutex<Vec<Request>>,
    book: Mutex<Book>,
}

impl Shop {
    pub(crate) fn honest() -> Self {
        Self::open(Conduct::default())
    }

    pub(crate) fn open(conduct: Conduct) -> Self {
        Self::open_on(0, conduct)
    }

    /// Answers the n-th order, counted from 0, like this, unless that is nothing.
    pub(crate) fn answering(order: fn(usize) -> Option<Answer>) -> Self {
        Self::open(Conduct {
            order,
            ..Conduct::default()
        })
    }

    /// Opens on this port; 0 takes a free one.
    pub(crate) fn open_on(port: u16, conduct: Conduct) -> Self {
        let keys = Arc::new(Keys::of(conduct.origin));
        let statement = if conduct.statement_root_is_another {
            Keys::of(conduct.origin).statement(conduct.statement)
        } else {
            keys.statement(conduct.statement)
        };
        let desk = Arc::new(Desk {
            keys: Arc::clone(&keys),
            conduct,
            statement: Mutex::new(statement),
            requests: Mutex::default(),
            book: Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tls, behind) = (keys.tls(), Arc::clone(&desk));
        thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (tls, desk) = (Arc::clone(&tls), Arc::clone(&behind));
                thread::spawn(move || wire::serve(socket, tls, |request| desk.answer(&request)));
            }
        });
        Self { port, keys, desk }
    }

    pub(crate) fn root(&self) -> Digest {
        self.keys.root_digest()
    }

    /// Shows another seller statement from now on.
    pub(crate) fn states(&self, change: impl Fn(&mut SellerStatement)) {
        *self.desk.statement.lock().unwrap() = self.keys.statement(change);
    }

    /// The seller statement that is shown.
    pub(crate) fn statement(&self) -> Vec<u8> {
        self.desk.statement.lock().unwrap().clone()
    }

    /// The link of an invite, which is never accepted.
    pub(crate) fn invite(&self) -> String {
        let link = InviteLink {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            origin: self.desk.conduct.origin.parse().unwrap(),
            root: self.root(),
            code: "used-up".to_owned(),
        };
        link.to_string()
    }

    pub(crate) fn enrols(&self, certificate: Certificate) {
        self.desk
            .book
            .lock()
            .unwrap()
            .certificates
            .push(certificate);
    }

    /// What was asked so far with this method and path.
    pub(crate) fn asked(&self, method: &str, path: &str) -> Vec<Request> {
        let requests = self.desk.requests.lock().unwrap();
        let of_kind = |request: &&Request| request.method == method && request.path == path;
        requests.iter().filter(of_kind).cloned().collect()
    }

    pub(crate) fn was_asked_anything(&self) -> bool {
        !self.desk.requests.lock().unwrap().is_empty()
    }
}

impl Desk {
    fn answer(&self, request: &Request) -> Answer {
        self.requests.lock().unwrap().push(request.clone());
        let path = request.path.split('?').next().unwrap();
        match (request.method.as_str(), path) {
            ("GET", "/v1/seller") => json(200, &self.seller()),
            ("POST", "/v1/sessions") => sign_in(&request.body),
            ("POST", "/v1/invites/redeem") => problem(Code::SignInNotAccepted),
            ("GET", "/v1/items") => json(200, &items()),
            _ => orders::answer(self, request, path),
        }
    }

    fn seller(&self) -> SellerView {
        let keys = &self.keys;
        SellerView {
            origin: self.conduct.origin.parse().unwrap(),
            statement: self.statement.lock().unwrap().clone().into(),
            certificates: SellerCertificates {
                root: keys.root.certificate().to_pem(),
                tls: keys.tls_certificate().to_pem(),
                recipient: keys.recipient.certificate().to_pem(),
                receipt: keys.receipt.certificate().to_pem(),
                mail: keys.mail_certificate().to_pem(),
            },
            log_key: keys.log_key().to_string(),
        }
    }
}

fn sign_in(body: &[u8]) -> Answer {
    let request: SessionRequest = serde_json::from_slice(body).unwrap();
    if (request.id.as_str(), request.password.as_str()) != (ACCOUNT, PASSWORD) {
        return problem(Code::SignInNotAccepted);
    }
    let session = Session {
        token: "bearer-of-this".to_owned(),
        expires_at: now().checked_add(1.hour()).unwrap(),
        account: AccountView {
            id: ACCOUNT.parse().unwrap(),
            buyer: Some(ACCOUNT.parse().unwrap()),
            role: Role::Buyer,
        },
    };
    json(201, &session)
}

fn items() -> Page<ItemView> {
    let item = |sku: &str, name: &str, unit_price: &str| ItemView {
        sku: sku.parse().unwrap(),
        name: name.parse().unwrap(),
        unit: "EA".parse().unwrap(),
        unit_price: unit_price.to_owned(),
        per: countersign_order::Quantity::ONE,
        currency: "USD".parse().unwrap(),
        available: 50,
    };
    Page {
        data: vec![
            item("WATER", "Water, 1 l", "15.00"),
            item("a=b", "Equation", "1.50"),
        ],
        next: None,
    }
}

pub(crate) fn json(status: u16, body: &impl Serialize) -> Answer {
    Answer {
        status,
        media_type: media::JSON,
        body: serde_json::to_vec(body).unwrap(),
    }
}

pub(crate) fn problem(code: Code) -> Answer {
    Answer {
        status: code.status(),
        media_type: media::PROBLEM,
        body: serde_json::to_vec(&Problem::from(code)).unwrap(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a shop has a clock of its own")]
pub(crate) fn now() -> Timestamp {
    countersign_order::time::to_millisecond(Timestamp::now())
}

pub(crate) fn rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}
