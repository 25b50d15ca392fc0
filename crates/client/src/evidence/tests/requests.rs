//! Cancellations, and what the buyer signed to have them.

use countersign_api::Evidence;
use countersign_order::{CancellationRequest, CancelledBy, Digest, KeyAction};

use super::books::Books;
use super::world::{World, buyer_key, now, signed_order};
use super::{Verdict, is_invalid, verdict};

/// An accepted order that the buyer called off with this request, signed with the order's key.
fn called_off(world: &World, change: impl FnOnce(&mut CancellationRequest)) -> Evidence {
    let signed = signed_order(world);
    let mut books = Books::open(world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    let mut request = books.request(2);
    change(&mut request);
    let request = world.buyer.sign(&request.to_json(), now()).unwrap();
    books.cancellation(2, Some(&request));
    let mut evidence = books.evidence(signed, &[1], &[2, 3]);
    evidence.cancellation_requests = vec![books.requested(&world.buyer, &request, &[1])];
    evidence
}

#[track_caller]
fn is_not_about_the_order(change: impl FnOnce(&mut CancellationRequest)) {
    let world = World::new();
    let evidence = called_off(&world, change);
    is_invalid(&world, &evidence, "request is about another order");
}

#[test]
fn a_cancellation_stands_with_the_request_it_answers() {
    let world = World::new();
    let good = called_off(&world, |_| {});
    assert!(matches!(verdict(&world, &good), Verdict::Witnessed { .. }));

    let because = "not those that the cancellations answer";
    let mut without = good.clone();
    without.cancellation_requests.clear();
    is_invalid(&world, &without, because);
    let mut twice = good.clone();
    twice
        .cancellation_requests
        .extend(good.cancellation_requests.clone());
    is_invalid(&world, &twice, because);
    let mut another = good.clone();
    another.cancellation_requests[0].signed_data = good.order.signed_data;
    is_invalid(&world, &another, because);
}

#[test]
fn each_of_two_cancellations_has_its_own_request() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    let request = books.request(2).to_json();
    let requests: Vec<Vec<u8>> = (0..2)
        .map(|_| world.buyer.sign(&request, now()).unwrap())
        .collect();
    books.cancellation(2, Some(&requests[0]));
    books.cancellation(3, Some(&requests[1]));
    let mut evidence = books.evidence(signed, &[1], &[2, 3, 4]);
    let requested = |signed: &Vec<u8>| books.requested(&world.buyer, signed, &[1]);
    evidence.cancellation_requests = requests.iter().map(requested).collect();
    assert!(!verdict(&world, &evidence).is_invalid());

    let because = "not those that the cancellations answer";
    evidence.cancellation_requests.swap(0, 1);
    is_invalid(&world, &evidence, because);
    evidence.cancellation_requests[0] = evidence.cancellation_requests[1].clone();
    is_invalid(&world, &evidence, because);
}

#[test]
fn a_cancellation_says_who_asked_for_it() {
    let request = [1];
    for (by, request) in [
        (CancelledBy::Buyer, None),
        (CancelledBy::Seller, Some(&request[..])),
    ] {
        super::misstated("does not say who asked", |books, signed| {
            books.key(KeyAction::Enrolled, |_| {});
            books.receipt(signed, |_| {});
            books.cancellation_but(2, request, |cancellation| cancellation.by = by);
        });
    }
}

#[test]
fn a_request_is_about_this_order_of_this_seller() {
    is_not_about_the_order(|request| request.seller = "other.example".parse().unwrap());
    is_not_about_the_order(|request| request.seller_root = Digest::from_bytes([1; 32]));
    is_not_about_the_order(|request| request.buyer = "bolt".parse().unwrap());
    is_not_about_the_order(|request| request.purchase_order_number = "PO-2".parse().unwrap());
    is_not_about_the_order(|request| request.receipt_sha256 = Digest::from_bytes([1; 32]));
}

#[test]
fn what_answers_a_cancellation_is_a_signed_request() {
    let world = World::new();
    let good = called_off(&world, |_| {});
    let mut stranger = good;
    stranger.cancellation_requests[0].certificate = buyer_key().certificate().der().to_vec().into();
    is_invalid(&world, &stranger, "not signed by the key beside it");

    // The order itself, signed just as well, is no wish to cancel it.
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.cancellation(2, Some(&signed));
    let mut evidence = books.evidence(signed.clone(), &[1], &[2, 3]);
    evidence.cancellation_requests = vec![books.requested(&world.buyer, &signed, &[1])];
    is_invalid(&world, &evidence, "is another document");
}

#[test]
fn any_key_of_the_buyers_may_call_off_while_it_is_enrolled() {
    let world = World::new();
    let other = buyer_key();
    let signed = signed_order(&world);
    let enrols = |books: &mut Books<'_>, buyer: &str, action: KeyAction| {
        books.key_of(other.certificate(), action, |key| {
            key.buyer = buyer.parse().unwrap();
            key.account = format!("{buyer}/jo").parse().unwrap();
        });
    };
    let calls_off = |books: &mut Books<'_>| {
        let request = other.sign(&books.request(2).to_json(), now()).unwrap();
        books.cancellation(2, Some(&request));
        request
    };
    let begins = || {
        let mut books = Books::open(&world);
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(&signed, |_| {});
        books
    };
    let evidence = |books: &Books<'_>, cancellation: usize, request: &[u8], key: &[usize]| {
        let mut evidence = books.evidence(signed.clone(), &[1], &[2, cancellation]);
        evidence.cancellation_requests = vec![books.requested(&other, request, key)];
        evidence
    };

    let mut books = begins();
    enrols(&mut books, "acme", KeyAction::Enrolled);
    let request = calls_off(&mut books);
    enrols(&mut books, "acme", KeyAction::Revoked);
    assert!(!verdict(&world, &evidence(&books, 4, &request, &[3, 5])).is_invalid());
    let without = evidence(&books, 4, &request, &[]);
    is_invalid(&world, &without, "does not hold the enrolment");
    let of_order = evidence(&books, 4, &request, &[1]);
    is_invalid(&world, &of_order, "not about the key that signed");

    let mut books = begins();
    let request = calls_off(&mut books);
    enrols(&mut books, "acme", KeyAction::Enrolled);
    let late = evidence(&books, 3, &request, &[4]);
    is_invalid(&world, &late, "enrolled only after");

    let mut books = begins();
    enrols(&mut books, "acme", KeyAction::Enrolled);
    enrols(&mut books, "acme", KeyAction::Revoked);
    let request = calls_off(&mut books);
    let revoked = evidence(&books, 5, &request, &[3, 4]);
    is_invalid(&world, &revoked, "revoked before");

    let mut books = begins();
    enrols(&mut books, "bolt", KeyAction::Enrolled);
    let request = calls_off(&mut books);
    let foreign = evidence(&books, 4, &request, &[3]);
    is_invalid(&world, &foreign, "not about the key that signed");
}
