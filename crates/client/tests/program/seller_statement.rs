//! What the seller statement lists counts, and nothing else under the root; an older one never again.

use countersign_order::{CertificateUse, SellerCertificate, SellerStatement};
use jiff::ToSpan as _;

use crate::buyer::Buyer;
use crate::shop::{ORIGIN, Shop, now};

/// Changes what a statement says of the certificates for one use, and makes it the next.
fn relist(
    statement: &mut SellerStatement,
    purpose: CertificateUse,
    change: impl Fn(&mut SellerCertificate),
) {
    statement.number = 1;
    let certificates = statement.certificates.iter_mut();
    certificates
        .filter(|listed| listed.purpose == purpose)
        .for_each(change);
}

fn revoke(listed: &mut SellerCertificate) {
    listed.revoked_at = Some(listed.from);
}

fn retire(listed: &mut SellerCertificate) {
    listed.from = now().checked_sub(2.hours()).unwrap();
    listed.to = Some(now().checked_sub(1.hour()).unwrap());
}

fn postpone(listed: &mut SellerCertificate) {
    listed.from = now().checked_add(1.hour()).unwrap();
}

/// Every way in which a statement may say that a certificate is not in use.
fn out_of_use(purpose: CertificateUse) -> impl Iterator<Item = impl Fn(&mut SellerStatement)> {
    [revoke, retire, postpone].into_iter().map(move |change| {
        move |statement: &mut SellerStatement| relist(statement, purpose, change)
    })
}

#[test]
fn a_server_whose_certificate_is_out_of_use_learns_nothing_of_a_password() {
    for change in out_of_use(CertificateUse::Tls) {
        let (shop, buyer) = (Shop::honest(), Buyer::new());
        buyer.trusts(&shop).succeeds();
        shop.states(change);
        let run = buyer.signs_in(&shop).ends_with(3);
        assert!(run.err.contains("does not list it"), "{}", run.err);
        assert!(shop.asked("POST", "/v1/sessions").is_empty());
    }
}

#[test]
fn a_certificate_under_the_root_that_is_listed_for_another_use_is_no_servers() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    shop.states(|statement| {
        relist(statement, CertificateUse::Tls, |listed| {
            listed.purpose = CertificateUse::Mail;
        });
    });
    buyer.signs_in(&shop).ends_with(3);
    assert!(shop.asked("POST", "/v1/sessions").is_empty());
}

#[test]
fn an_invite_is_not_redeemed_at_a_server_whose_certificate_is_revoked() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    shop.states(|statement| relist(statement, CertificateUse::Tls, revoke));
    buyer.runs(["join", &shop.invite()]).ends_with(3);
    assert!(shop.asked("POST", "/v1/invites/redeem").is_empty());
}

#[test]
fn a_session_is_not_shown_to_a_server_whose_certificate_is_revoked() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    shop.states(|statement| relist(statement, CertificateUse::Tls, revoke));
    buyer.runs(["items"]).ends_with(3);
    assert!(shop.asked("GET", "/v1/items").is_empty());
}

#[test]
fn an_order_is_not_sealed_to_a_certificate_that_is_out_of_use() {
    for change in out_of_use(CertificateUse::Recipient) {
        let shop = Shop::honest();
        let buyer = Buyer::of(&shop);
        shop.states(change);
        buyer.orders("PO-1").ends_with(3);
        assert!(shop.asked("POST", "/v1/orders").is_empty());
    }
}

#[test]
fn a_receipt_by_a_key_that_is_out_of_use_is_not_believed() {
    for change in out_of_use(CertificateUse::Receipt) {
        let shop = Shop::honest();
        let buyer = Buyer::of(&shop);
        shop.states(change);
        buyer.orders("PO-1").ends_with(3);
        assert!(buyer.waits_for("PO-1"));
    }
}

#[test]
fn an_older_seller_statement_is_refused_once_a_newer_one_was_seen() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    shop.states(|statement| statement.number = 2);
    buyer.runs(["items"]).succeeds();
    shop.states(|statement| statement.number = 1);
    let asked = shop.asked("GET", "/v1/items").len();
    for run in [
        buyer.runs(["items"]),
        buyer.signs_in(&shop),
        buyer.trusts(&shop),
    ] {
        let run = run.ends_with(3);
        assert!(run.err.contains("seller statement 1"), "{}", run.err);
    }
    assert_eq!(shop.asked("GET", "/v1/items").len(), asked);
    assert_eq!(shop.asked("POST", "/v1/sessions").len(), 1);
}

#[test]
fn two_seller_statements_of_one_number_are_one_too_many() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    shop.states(|statement| statement.log_keys.clear());
    let run = buyer.runs(["items"]).ends_with(3);
    assert!(run.err.contains("another seller statement"), "{}", run.err);
}

#[test]
fn the_newest_seller_statement_is_kept_as_it_was_signed() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    shop.states(|statement| statement.number = 1);
    buyer.runs(["items"]).succeeds();
    let file = buyer.home().join("sellers").join(ORIGIN).join("seller.p7s");
    assert_eq!(std::fs::read(file).unwrap(), shop.statement());
}
