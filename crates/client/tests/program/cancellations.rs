//! Cancelling: what is kept, what is sent again, and what the program believes.

use countersign_api::Code;
use countersign_order::{Cancellation, CancelledBy, Digest};

use crate::buyer::{Buyer, Run};
use crate::shop::{Conduct, Shop, problem};
use crate::wire::Answer;

const OTHER: Digest = Digest::from_bytes([0xee; 32]);

fn shop(cancel: fn(usize) -> Option<Answer>) -> Shop {
    Shop::open(Conduct {
        cancel,
        ..Conduct::default()
    })
}

/// A buyer of the shop who has ordered something, and a request to cancel it.
fn ordered(shop: &Shop) -> Buyer {
    let buyer = Buyer::of(shop);
    buyer.orders("PO-1").succeeds();
    buyer
}

fn cancels(buyer: &Buyer) -> Run {
    let key = buyer.key("rsa");
    let key = key.to_str().unwrap();
    let reason = "ordered twice";
    buyer.runs(["cancel", "PO-1", "--yes", "--reason", reason, "--key", key])
}

fn sent(shop: &Shop) -> Vec<Vec<u8>> {
    let id = "00".repeat(16);
    let path = format!("/v1/orders/ord_{id}/cancellation");
    let requests = shop.asked("POST", &path).into_iter();
    requests.map(|request| request.body).collect()
}

/// A cancellation that was changed like this is reported as invalid, and the request stays pending.
#[track_caller]
fn is_not_believed(cancellation: fn(&mut Cancellation)) {
    let shop = Shop::open(Conduct {
        cancellation,
        ..Conduct::default()
    });
    let buyer = ordered(&shop);
    let run = cancels(&buyer).ends_with(3);
    assert!(run.out.is_empty(), "{}", run.out);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn a_cancellation_is_shown_and_kept_with_its_request() {
    let shop = Shop::honest();
    let buyer = ordered(&shop);
    let run = cancels(&buyer).succeeds();
    assert!(run.out.contains("cancelled: PO-1"), "{}", run.out);
    assert!(run.out.contains("ordered twice"), "{}", run.out);
    assert!(!buyer.waits_for("PO-1"));
    let kept = crate::buyer::files_below(&buyer.home());
    for name in [
        "cancellation-request.p7s",
        "cancellation-request.cert.pem",
        "statement-2.p7s",
    ] {
        assert!(kept.iter().any(|path| path.ends_with(name)), "{name}");
    }
}

#[test]
fn a_dsa_key_cancels_too() {
    let shop = Shop::honest();
    let buyer = ordered(&shop);
    buyer.makes_key("dsa").succeeds();
    shop.enrols(buyer.certificate("dsa"));
    let key = buyer.key("dsa");
    let key = key.to_str().unwrap();
    let run = buyer.runs(["cancel", "PO-1", "--yes", "--key", key]);
    assert!(run.succeeds().out.contains("no reason given"));
}

#[test]
fn json_has_the_shape_of_the_answer() {
    let shop = Shop::honest();
    let buyer = ordered(&shop);
    let key = buyer.key("rsa");
    let run = buyer.runs([
        "cancel",
        "PO-1",
        "--yes",
        "--json",
        "--key",
        key.to_str().unwrap(),
    ]);
    let answer: serde_json::Value = serde_json::from_str(&run.succeeds().out).unwrap();
    assert_eq!(answer["order"]["purchase_order_number"], "PO-1");
    assert_eq!(answer["order"]["state"], "cancelled");
    assert!(answer["statement"].is_string());
}

#[test]
fn nothing_is_signed_before_it_is_agreed_to() {
    let shop = Shop::honest();
    let buyer = ordered(&shop);
    let key = buyer.key("rsa");
    let run = buyer.runs([
        "cancel",
        "PO-1",
        "--reason",
        "ordered twice",
        "--key",
        key.to_str().unwrap(),
    ]);
    let run = run.ends_with(1);
    for shown in [
        "order PO-1",
        "ordered twice",
        "receipt   sha256:",
        "document  ",
        "key       ",
    ] {
        assert!(run.err.contains(shown), "{shown}: {}", run.err);
    }
    assert!(run.err.contains("--yes"), "{}", run.err);
    assert!(sent(&shop).is_empty());
    assert!(!buyer.waits_for("PO-1"));
}

#[test]
fn an_order_nobody_knows_is_not_cancelled() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    cancels(&buyer).ends_with(5);
    assert!(sent(&shop).is_empty());
}

#[test]
fn a_request_whose_answer_was_lost_is_resent_as_it_was() {
    let shop = shop(|number| (number == 0).then_some(Answer::HANG_UP));
    let buyer = ordered(&shop);
    let run = cancels(&buyer).ends_with(7);
    assert!(run.err.contains("po resend PO-1"), "{}", run.err);
    let pending = buyer.runs(["pending"]).succeeds();
    assert!(pending.out.contains("cancellation"), "{}", pending.out);
    let run = buyer.runs(["resend", "PO-1"]).succeeds();
    assert!(run.out.contains("cancelled: PO-1"), "{}", run.out);
    let sent = sent(&shop);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
    assert!(!buyer.waits_for("PO-1"));
}

#[test]
fn a_second_request_is_not_signed_while_the_first_has_no_answer() {
    let shop = shop(|number| (number == 0).then_some(Answer::HANG_UP));
    let buyer = ordered(&shop);
    cancels(&buyer).ends_with(7);
    let run = cancels(&buyer).ends_with(6);
    assert!(run.err.contains("po resend PO-1"), "{}", run.err);
    assert_eq!(sent(&shop).len(), 1);
}

#[test]
fn a_pending_cancellation_does_not_take_the_number_for_an_order() {
    let shop = shop(|_| Some(Answer::HANG_UP));
    let buyer = ordered(&shop);
    cancels(&buyer).ends_with(7);
    buyer.orders("PO-1").succeeds();
}

#[test]
fn a_busy_desk_is_sent_the_same_bytes_again() {
    let shop = shop(|number| (number < 2).then(|| problem(Code::Busy)));
    let buyer = ordered(&shop);
    cancels(&buyer).succeeds();
    let sent = sent(&shop);
    assert_eq!(sent.len(), 3);
    assert!(sent.iter().all(|body| *body == sent[0]));
}

#[test]
fn refusals_for_good_end_with_their_exit_codes_and_leave_nothing_pending() {
    type Refusing = fn(usize) -> Option<Answer>;
    let endings: [(Refusing, Code, i32); 4] = [
        (
            |_| Some(problem(Code::MoveNotAllowed)),
            Code::MoveNotAllowed,
            6,
        ),
        (|_| Some(problem(Code::WrongOrder)), Code::WrongOrder, 1),
        (
            |_| Some(problem(Code::TimestampNotAccepted)),
            Code::TimestampNotAccepted,
            1,
        ),
        (
            |_| Some(problem(Code::SignatureNotAccepted)),
            Code::SignatureNotAccepted,
            3,
        ),
    ];
    for (refusing, code, exit) in endings {
        let shop = shop(refusing);
        let buyer = ordered(&shop);
        let run = cancels(&buyer).ends_with(exit);
        assert!(run.err.contains(code.as_str()), "{}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
        assert!(!buyer.waits_for("PO-1"), "{code}");
    }
}

#[test]
fn a_cancellation_for_another_request_is_not_believed() {
    is_not_believed(|said| said.request_sha256 = Some(OTHER));
}

#[test]
fn a_cancellation_without_the_request_is_not_believed() {
    is_not_believed(|said| said.request_sha256 = None);
}

#[test]
fn a_cancellation_by_the_seller_is_not_believed() {
    is_not_believed(|said| said.by = CancelledBy::Seller);
}

#[test]
fn a_cancellation_of_another_order_is_not_believed() {
    is_not_believed(|said| said.order.id = format!("ord_{}", "ee".repeat(16)).parse().unwrap());
}

#[test]
fn a_cancellation_for_another_buyer_is_not_believed() {
    is_not_believed(|said| said.order.buyer = "other".parse().unwrap());
}

#[test]
fn a_cancellation_for_another_number_is_not_believed() {
    is_not_believed(|said| said.order.purchase_order_number = "PO-2".parse().unwrap());
}

#[test]
fn a_cancellation_for_another_reason_is_not_believed() {
    is_not_believed(|said| said.reason = "because".parse().unwrap());
}

#[test]
fn a_cancellation_that_follows_something_else_is_not_believed() {
    is_not_believed(|said| said.common.previous = Some(OTHER));
}

#[test]
fn a_cancellation_that_follows_nothing_is_not_believed() {
    is_not_believed(|said| said.common.previous = None);
}

#[test]
fn a_cancellation_that_is_not_among_the_orders_statements_is_not_believed() {
    let shop = Shop::open(Conduct {
        once_cancelled: |statements| drop(statements.pop()),
        ..Conduct::default()
    });
    let buyer = ordered(&shop);
    let run = cancels(&buyer).ends_with(3);
    assert!(run.out.is_empty(), "{}", run.out);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn a_cancellation_of_another_seller_is_not_believed() {
    is_not_believed(|said| said.common.seller = "other.example".parse().unwrap());
}
