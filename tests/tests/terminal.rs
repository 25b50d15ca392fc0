//! A person at a terminal: `po HOST PORT` from the first contact to a shipped order, with either kind of key.

use countersign_tests::po::Po;
use countersign_tests::shop::Shop;
use countersign_tests::terminal::Terminal;

const PASSPHRASE: &str = "a passphrase for my keys";

/// `po HOST PORT` as a person starts it.
fn session(po: &Po) -> Terminal {
    at_a_terminal(po, &["127.0.0.1", &po.port()])
}

/// A command of `po` as a person types it: everything is asked.
fn at_a_terminal(po: &Po, arguments: &[&str]) -> Terminal {
    let mut command = po.command(arguments);
    command
        .env_remove("PO_PASSWORD_FILE")
        .env_remove("PO_PASSPHRASE_FILE");
    Terminal::start(&command)
}

#[test]
fn a_person_trusts_signs_in_orders_with_rsa_and_then_with_a_new_dsa_key() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let po = Po::new(shop.port());
    po.has_key_enrolled(&shop, "acme", "rsa");
    let fingerprint = acme.front.root.fingerprint().to_string();
    let (_, last) = fingerprint.split_at(fingerprint.len() - 8);

    let mut person = session(&po);
    let shown = person.answers("Type its last 8 characters to trust it: ", last);
    assert!(shown.contains(&fingerprint), "{shown}");
    person.answers("ID: ", "acme");
    person.answers("Password of acme: ", &acme.password);
    let catalogue = person.answers("order> ", "WATER 3");
    assert!(
        catalogue.contains("BREAD") && catalogue.contains("15.00"),
        "{catalogue}"
    );
    person.answers("order> ", "");
    person.answers("Key file: ", "key.pem");
    person.answers("Your number for this order", "PO-RSA");
    let table = person.answers("Sign and send?", "v");
    assert!(
        table.contains("WATER") && table.contains("45.00"),
        "{table}"
    );
    let bytes = person.answers("Sign and send?", "y");
    assert!(
        bytes.contains("\"purchase_order_number\":\"PO-RSA\""),
        "{bytes}"
    );
    person.answers("Passphrase of", PASSPHRASE);
    person.sees("accepted: PO-RSA");
    person.sees("shipped");

    person.answers("Another order?", "y");
    person.answers("order> ", "1 2");
    person.answers("order> ", "");
    person.answers("Key [1]: ", "dsa");
    person.answers("Make one, allowed by your RSA-3072?", "y");
    makes_a_passphrase(&mut person);
    person.answers("Passphrase of", PASSPHRASE);
    person.answers("Your number for this order", "PO-DSA");
    person.answers("Sign and send?", "y");
    person.answers("Passphrase of", PASSPHRASE);
    person.sees("accepted: PO-DSA");
    person.answers("Another order?", "n");
    person.ends();
    assert_eq!(person.exit_code(), 0);

    let orders = shop.orders();
    assert_eq!(orders.len(), 2);
    let keys = acme.signs_in().rows("/v1/keys");
    assert!(
        keys.iter().any(|key| key["algorithm"] == "DSA-3072/256"),
        "{keys:?}"
    );
    shop.wait_for_state("PO-DSA", "shipped");
}

fn makes_a_passphrase(person: &mut Terminal) {
    person.answers("Passphrase for the new key: ", PASSPHRASE);
    person.answers("The same again: ", PASSPHRASE);
}

#[test]
fn a_person_joins_by_an_invite_and_orders() {
    let shop = Shop::open();
    let po = Po::new(shop.port());
    let mut person = at_a_terminal(&po, &["join", &shop.invites("acme")]);
    person.answers("New password", "a password of my own");
    person.answers("The same again: ", "a password of my own");
    makes_a_passphrase(&mut person);
    let catalogue = person.ends();
    assert!(catalogue.contains("WATER"), "{catalogue}");
    assert_eq!(person.exit_code(), 0);

    let mut person = at_a_terminal(&po, &["order", "WATER=3", "--number", "PO-1"]);
    let table = person.answers("and send?", "y");
    assert!(table.contains("45.00"), "{table}");
    person.answers("Passphrase of", PASSPHRASE);
    person.sees("accepted: PO-1");
    person.ends();
    shop.wait_for_state("PO-1", "shipped");
}

#[test]
fn a_wrong_fingerprint_ends_the_session_before_anything_is_said() {
    let shop = Shop::open();
    let po = Po::new(shop.port());
    let mut person = session(&po);
    person.answers("Type its last 8 characters to trust it: ", "00000000");
    let last = person.ends();
    assert!(last.contains("not trusted"), "{last}");
    assert_eq!(person.exit_code(), 1);
}

#[test]
fn a_mistyped_password_may_be_typed_again_and_no_is_no() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    let po = Po::trusting(&shop);
    po.has_key_enrolled(&shop, "acme", "dsa");
    let mut person = session(&po);
    person.answers("ID: ", "acme");
    person.answers("Password of acme: ", "not that");
    person.answers("ID: ", "acme");
    person.answers("Password of acme: ", &acme.password);
    person.answers("order> ", "UNICORN 1");
    person.answers("order> ", "WATER 1.5");
    person.answers("order> ", "WATER 1");
    person.answers("order> ", "");
    person.answers("Key file: ", "key.pem");
    person.answers("Your number for this order", "PO-1");
    person.answers("Sign and send?", "n");
    person.answers("Another order?", "n");
    person.ends();
    assert!(shop.orders().is_empty());
}
