//! Sending: what is repeated, what is kept, and what may be signed again.

use countersign_api::Code;

use crate::buyer::Buyer;
use crate::shop::{Shop, problem};
use crate::wire::Answer;

#[test]
fn orders_signed_with_rsa_and_with_dsa_are_accepted() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.makes_key("dsa").succeeds();
    shop.enrols(buyer.certificate("dsa"));
    for (number, algorithm) in [("PO-1", "rsa"), ("PO-2", "dsa")] {
        let run = buyer.orders_with(number, algorithm).succeeds();
        assert!(run.out.contains("accepted"), "{}", run.out);
        assert!(!buyer.waits_for(number));
    }
}

#[test]
fn a_busy_desk_is_sent_the_same_bytes_five_times_more() {
    let shop = Shop::answering(|number| (number < 5).then(|| problem(Code::Busy)));
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    let sent = shop.asked("POST", "/v1/orders");
    assert_eq!(sent.len(), 6);
    assert!(sent.iter().all(|request| request.body == sent[0].body));
    assert!(!buyer.waits_for("PO-1"));
}

#[test]
fn a_desk_that_stays_busy_leaves_the_order_pending() {
    let shop = Shop::answering(|_| Some(problem(Code::Busy)));
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(7);
    assert_eq!(shop.asked("POST", "/v1/orders").len(), 6);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn an_order_whose_answer_was_lost_is_resent_as_it_was() {
    let shop = Shop::answering(|number| (number == 0).then_some(Answer::HANG_UP));
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(7);
    assert!(buyer.waits_for("PO-1"));
    buyer.runs(["resend"]).succeeds();
    let sent = shop.asked("POST", "/v1/orders");
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].body, sent[1].body);
    assert!(!buyer.waits_for("PO-1"));
}

#[test]
fn an_order_that_came_too_late_may_be_signed_again_under_its_number() {
    let shop = Shop::answering(|number| (number == 0).then(|| problem(Code::TimestampNotAccepted)));
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(1);
    assert!(!buyer.waits_for("PO-1"));
    buyer.orders("PO-1").succeeds();
    let sent = shop.asked("POST", "/v1/orders");
    assert_ne!(sent[0].body, sent[1].body);
}

#[test]
fn a_number_that_waits_for_its_receipt_is_not_signed_twice() {
    let shop = Shop::answering(|number| (number == 0).then_some(Answer::HANG_UP));
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(7);
    let run = buyer.orders("PO-1");
    assert_ne!(run.code, 0);
    assert!(run.err.contains("resend"), "{}", run.err);
    assert_eq!(shop.asked("POST", "/v1/orders").len(), 1);
}

#[test]
fn refusals_end_with_their_own_exit_codes() {
    type Refusing = fn(usize) -> Option<Answer>;
    let endings: [(Refusing, Code, i32); 6] = [
        (
            |_| Some(problem(Code::SignatureNotAccepted)),
            Code::SignatureNotAccepted,
            3,
        ),
        (
            |_| Some(problem(Code::SignInRequired)),
            Code::SignInRequired,
            4,
        ),
        (
            |_| Some(problem(Code::NumberAlreadyUsed)),
            Code::NumberAlreadyUsed,
            6,
        ),
        (|_| Some(problem(Code::WrongBuyer)), Code::WrongBuyer, 1),
        (
            |_| Some(problem(Code::StorageUnavailable)),
            Code::StorageUnavailable,
            7,
        ),
        (|_| Some(problem(Code::SlowDown)), Code::SlowDown, 7),
    ];
    for (refusing, code, exit) in endings {
        let run = Buyer::of(&Shop::answering(refusing))
            .orders("PO-1")
            .ends_with(exit);
        assert!(run.err.contains(code.as_str()), "{}", run.err);
        assert!(run.out.is_empty(), "{}", run.out);
    }
}

#[test]
fn an_envelope_can_be_made_without_sending_it() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let words = [
        "order",
        "WATER=1",
        "--key",
        "rsa.pem",
        "--envelope-only",
        "order.p7m",
    ];
    buyer.runs(words).succeeds();
    assert!(shop.asked("POST", "/v1/orders").is_empty());
    let envelope = std::fs::metadata(buyer.path("order.p7m")).unwrap();
    assert!(envelope.len() > 500);
}

#[test]
fn an_item_nobody_offers_is_not_ordered() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.orders_item("WINE=1").ends_with(5);
    assert!(shop.asked("POST", "/v1/orders").is_empty());
}

#[test]
fn an_item_may_have_an_equals_sign() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let run = buyer.orders_item("a=b=2").succeeds();
    assert!(run.out.contains("a=b"), "{}", run.out);
}

#[test]
fn json_is_one_document_and_messages_stay_off_standard_output() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let run = buyer.runs(["items", "--json"]).succeeds();
    let page: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(page["data"][0]["sku"], "WATER");
}
