//! What a buyer signs to call an order off: `countersign/cancellation-request/1`.

use jiff::Timestamp;
use serde::Serialize;

use crate::addressee::{Between, Misaddressed};
use crate::digest::Digest;
use crate::party::{BuyerId, Origin};
use crate::purchase_order::PurchaseOrderNumber;
use crate::strict_json::{NotUnderstood, read, write};
use crate::text::ShortText;
use crate::time::{parse_instant, rfc3339};
use crate::window::Window;

/// What a cancellation request calls itself.
const DOCUMENT: &str = "countersign/cancellation-request/1";

/// The buyer's wish that what is not shipped of an order will not be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "document", rename = "countersign/cancellation-request/1")]
pub struct CancellationRequest {
    /// The seller it is addressed to.
    pub seller: Origin,
    /// The digest of that seller's root certificate.
    pub seller_root: Digest,
    /// The buyer.
    pub buyer: BuyerId,
    /// The buyer's number for the order.
    pub purchase_order_number: PurchaseOrderNumber,
    /// The digest of the order's receipt, which tells this attempt from all others.
    pub receipt_sha256: Digest,
    /// Why, for the seller.
    pub reason: ShortText,
    /// When the buyer made it.
    #[serde(with = "rfc3339")]
    pub issued_at: Timestamp,
}

impl CancellationRequest {
    /// Reads a cancellation request, as strictly as an order.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotUnderstood> {
        let mut members = read(bytes, DOCUMENT)?;
        let request = Self {
            seller: members.required("seller")?,
            seller_root: members.required("seller_root")?,
            buyer: members.required("buyer")?,
            purchase_order_number: members.required("purchase_order_number")?,
            receipt_sha256: members.required("receipt_sha256")?,
            reason: members.required("reason")?,
            issued_at: members.required_with("issued_at", parse_instant)?,
        };
        members.finish()?;
        Ok(request)
    }

    /// Writes the document that the buyer signs.
    pub fn to_json(&self) -> Vec<u8> {
        write(self)
    }

    /// Whether the request is meant for this seller, and made by this buyer.
    pub fn addressed_to(
        &self,
        seller: &Origin,
        seller_root: &Digest,
        buyer: &BuyerId,
    ) -> Result<(), Misaddressed> {
        let named = Between {
            seller: &self.seller,
            seller_root: &self.seller_root,
            buyer: &self.buyer,
        };
        named.must_be(&Between {
            seller,
            seller_root,
            buyer,
        })
    }

    /// Whether it is about the order that has this number and one of these receipts.
    pub fn is_about(
        &self,
        purchase_order_number: &PurchaseOrderNumber,
        mut receipts: impl Iterator<Item = Digest>,
    ) -> bool {
        self.purchase_order_number == *purchase_order_number
            && receipts.any(|receipt| receipt == self.receipt_sha256)
    }

    /// Whether it arrived within 15 minutes of its issue, and was signed when it was issued.
    pub fn is_timely(&self, signing_time: Timestamp, received_at: Timestamp) -> bool {
        Window::from(self.issued_at).is_some_and(|window| window.admits(signing_time, received_at))
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, ToSpan as _};

    use super::*;
    use crate::purchase_order::PurchaseOrder;
    use crate::sample::{ISSUED_AT, at, offer, order};

    fn request() -> CancellationRequest {
        CancellationRequest {
            seller: "shop.example".parse().unwrap(),
            seller_root: Digest::from_bytes([1; 32]),
            buyer: "acme".parse().unwrap(),
            purchase_order_number: "PO-1001".parse().unwrap(),
            receipt_sha256: Digest::from_bytes([2; 32]),
            reason: "ordered twice".parse().unwrap(),
            issued_at: at(ISSUED_AT),
        }
    }

    fn text() -> String {
        String::from_utf8(request().to_json()).unwrap()
    }

    #[track_caller]
    fn pointer(document: &str) -> String {
        let refused = CancellationRequest::parse(document.as_bytes());
        refused.unwrap_err().pointer
    }

    #[test]
    fn a_request_reads_back_as_written() {
        assert_eq!(
            CancellationRequest::parse(&request().to_json()),
            Ok(request())
        );
        assert!(
            text().starts_with(r#"{"document":"countersign/cancellation-request/1","seller":"#)
        );
    }

    #[test]
    fn every_member_is_needed_once_and_no_other_is_taken() {
        let members = [
            "document",
            "seller",
            "seller_root",
            "buyer",
            "purchase_order_number",
            "receipt_sha256",
            "reason",
            "issued_at",
        ];
        for member in members {
            let renamed = text().replace(&format!("\"{member}\":"), "\"other\":");
            assert_eq!(pointer(&renamed), format!("/{member}"));
            let twice = text().replacen('{', &format!("{{\"{member}\":\"x\","), 1);
            assert_eq!(pointer(&twice), format!("/{member}"));
        }
        let longer = text().replacen('{', "{\"surprise\":1,", 1);
        assert_eq!(pointer(&longer), "/surprise");
    }

    #[test]
    fn what_no_reader_could_be_sure_of_is_refused_where_it_stands() {
        for (reason, wrong) in [
            ("is not normal", "Cafe\u{301}"),
            ("turns the direction", "a\u{202e}b"),
            ("has two lines", r"a\nb"),
            ("is empty", ""),
        ] {
            let document = text().replace("ordered twice", wrong);
            assert_eq!(pointer(&document), "/reason", "{reason}");
        }
        let number = text().replace("\"ordered twice\"", "1");
        assert_eq!(pointer(&number), "/reason");
        let upper = text().replace(&"02".repeat(32), &"AB".repeat(32));
        assert_eq!(pointer(&upper), "/receipt_sha256");
        let local = text().replace("123Z", "123+00:00");
        assert_eq!(pointer(&local), "/issued_at");
    }

    #[test]
    fn an_order_is_no_request_and_a_request_is_no_order() {
        let order = order(&[(offer("WATER", "15"), 3)]).to_json();
        assert_eq!(
            CancellationRequest::parse(&order).unwrap_err().pointer,
            "/document"
        );
        let refused = PurchaseOrder::parse(&request().to_json()).unwrap_err();
        assert_eq!(refused.pointer, "/document");
    }

    #[test]
    fn it_is_for_one_seller_from_one_buyer() {
        let request = request();
        let addressed = |seller: &str, root: u8, buyer: &str| {
            let (seller, buyer) = (seller.parse().unwrap(), buyer.parse().unwrap());
            request.addressed_to(&seller, &Digest::from_bytes([root; 32]), &buyer)
        };
        assert_eq!(addressed("shop.example", 1, "acme"), Ok(()));
        let wrong_seller = Err(Misaddressed::WrongSeller);
        assert_eq!(addressed("copy.example", 1, "acme"), wrong_seller);
        assert_eq!(addressed("shop.example", 9, "acme"), wrong_seller);
        assert_eq!(
            addressed("shop.example", 1, "bolt"),
            Err(Misaddressed::WrongBuyer)
        );
    }

    #[test]
    fn it_is_about_the_attempt_whose_receipt_it_names() {
        let number: PurchaseOrderNumber = "PO-1001".parse().unwrap();
        let [first, second] = [[2; 32], [3; 32]].map(Digest::from_bytes);
        assert!(request().is_about(&number, [second, first].into_iter()));
        assert!(!request().is_about(&number, [second].into_iter()));
        let other = "PO-1002".parse().unwrap();
        assert!(!request().is_about(&other, [first].into_iter()));
    }

    #[test]
    fn it_is_good_from_two_minutes_before_its_issue_to_fifteen_after() {
        let request = request();
        let issued = request.issued_at;
        let arrives = |seconds: i64| {
            let arrival = issued + SignedDuration::from_secs(seconds);
            request.is_timely(issued, arrival)
        };
        assert!(arrives(-120) && arrives(0) && arrives(900));
        assert!(!arrives(-121) && !arrives(901));
        for (minutes, timely) in [(-6, false), (-5, true), (5, true), (6, false)] {
            let signed = issued + minutes.minutes();
            assert_eq!(request.is_timely(signed, issued), timely, "{minutes}");
        }
    }

    #[test]
    fn at_the_end_of_time_nothing_is_timely() {
        let last = CancellationRequest {
            issued_at: Timestamp::MAX,
            ..request()
        };
        assert!(!last.is_timely(Timestamp::MAX, Timestamp::MAX));
    }
}
