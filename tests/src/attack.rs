//! A shop under attack, and what it must look like afterwards.

use std::time::{Duration, Instant};

use crate::buyer::{Buyer, Session};
use crate::http::{Answer, Request};
use crate::programs::resident_kib;
use crate::shop::Shop;

/// No message takes longer to refuse, however busy the machine is.
const HANGS_AFTER: Duration = Duration::from_secs(5);

/// More memory than this, in KiB, no attack may make the server take beside what it had.
const GROWS_AT_MOST_KIB: u64 = 128 * 1024;

/// A message that must be refused.
#[derive(Debug)]
pub struct Case {
    /// What is wrong with it.
    pub what: String,
    /// The message as it is sent.
    pub envelope: Vec<u8>,
    /// The code of the problem that answers it.
    pub code: &'static str,
}

/// A shop, and a buyer of it who is signed in.
#[derive(Debug)]
pub struct Attack {
    /// The shop.
    pub shop: Shop,
    /// The buyer.
    pub buyer: Buyer,
    /// The buyer's session.
    pub session: Session,
    process: u32,
    memory_kib: u64,
}

impl Attack {
    /// Opens a shop for a buyer.
    pub fn begins() -> Self {
        let shop = Shop::open();
        let buyer = shop.buyer("acme");
        Self::on(shop, buyer)
    }

    /// Takes a shop that is open, and a buyer of it.
    pub fn on(shop: Shop, buyer: Buyer) -> Self {
        let session = buyer.signs_in();
        let process = shop.process_id();
        let memory_kib = resident_kib(process);
        Self {
            shop,
            buyer,
            session,
            process,
            memory_kib,
        }
    }

    /// Sends a message, which must be refused with this problem before it could be called a hang.
    #[track_caller]
    pub fn submit_refused(&self, what: &str, envelope: &[u8], code: &str) {
        let start = Instant::now();
        let answer = self.session.submits(envelope);
        let took = start.elapsed();
        assert!(took < HANGS_AFTER, "{what}: took {took:?}");
        self.assert_refused(what, &answer, code);
    }

    /// Sends every case, which must be refused as it says, and looks at what is left.
    #[track_caller]
    pub fn refuses(self, cases: Vec<Case>) {
        crate::remark(&format!("{} cases", cases.len()));
        let mut codes = Vec::new();
        for case in cases {
            self.submit_refused(&case.what, &case.envelope, case.code);
            codes.push(case.code);
        }
        assert!(!codes.is_empty(), "no case was made");
        self.leaves_nothing_but(&codes);
    }

    /// Insists that this was the answer.
    #[track_caller]
    pub fn assert_refused(&self, what: &str, answer: &Answer, code: &str) {
        assert!(
            answer.status >= 400,
            "{what}: {} {}",
            answer.status,
            answer.text()
        );
        let said = answer.json()["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert_eq!(
            (answer.status, said.as_str()),
            (status_of(code), code),
            "{what}: {}",
            answer.text()
        );
    }

    /// The server is the same process and no larger than it may be, and the refusals are all that
    /// was stored.
    #[track_caller]
    pub fn leaves_nothing_but<T: AsRef<str>>(mut self, refusals: &[T]) {
        assert!(self.shop.is_serving());
        assert_eq!(self.shop.process_id(), self.process);
        assert!(self.shop.orders().is_empty());
        let grown = resident_kib(self.process).saturating_sub(self.memory_kib);
        assert!(grown < GROWS_AT_MOST_KIB, "grown by {grown} KiB");
        let mut codes = all_refusals(&self.session);
        codes.reverse();
        let expected: Vec<&str> = refusals.iter().map(AsRef::as_ref).collect();
        assert_eq!(codes, expected);
        let draft = self.buyer.draft("PO-AFTER").line("WATER", 1, "15.00");
        self.session
            .submits(&self.buyer.envelope(&draft))
            .decision("accepted");
    }
}

/// The status of a problem that a message may meet.
pub fn status_of(code: &str) -> u16 {
    match code {
        "envelope-not-accepted" | "recipient-unknown" | "order-not-understood" => 400,
        "media-type" => 415,
        _ => 403,
    }
}

/// The codes of a buyer's refusals, newest first, over all pages.
#[track_caller]
fn all_refusals(session: &Session) -> Vec<String> {
    let mut codes = Vec::new();
    let mut path = "/v1/refusals?limit=200".to_owned();
    loop {
        let page = session.ask(Request::get(&path)).with_status(200).json();
        let rows = crate::shop::rows(&page);
        codes.extend(
            rows.iter()
                .map(|row| row["code"].as_str().unwrap_or_default().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/refusals?limit=200&after={next}"),
            None => return codes,
        }
    }
}
