//! What letters say, in which language, and to whom they go.
#![expect(clippy::expect_used, reason = "helpers of tests end at the spot too")]

use std::collections::BTreeSet;
use std::fs;

use countersign_tests::buyer::Buyer;
use countersign_tests::mail::{attachment, header};
use countersign_tests::openssl::openssl;
use countersign_tests::shop::{Shop, eventually, rows};
use serde_json::Value;

/// Nothing in a letter is wider.
const COLUMNS: usize = 72;

fn orders(acme: &Buyer, number: &str) {
    let draft = acme.draft(number).line("WATER", 3, "15.00");
    acme.signs_in()
        .submits(&acme.envelope(&draft))
        .decision("accepted");
}

fn template(shop: &Shop, name: &str, text: &str) {
    let path = shop.data().join("templates").join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn readers(letters: &[String]) -> BTreeSet<String> {
    let reader = |letter: &String| {
        let to = header(letter, "To")?;
        let address = to.split_once('<')?.1.trim_end_matches('>').to_owned();
        Some(address)
    };
    letters.iter().filter_map(reader).collect()
}

#[test]
fn copies_go_to_the_addresses_for_orders_and_for_goods() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    shop.opd(&[
        "buyer",
        "set",
        "acme",
        "--orders-email",
        "orders@buyer.example",
        "--goods-in-email",
        "gate@buyer.example",
    ])
    .ok();
    orders(&acme, "PO-1");
    eventually("all letters", || shop.letters(&["PO-1"]).len() == 5);
    let of = |subject: &str| readers(&shop.letters(&[subject]));
    let everyone = [
        "acme@buyer.example",
        "gate@buyer.example",
        "orders@buyer.example",
    ];
    assert!(
        of("Subject: Order PO-1 has been shipped")
            .iter()
            .eq(everyone)
    );
    let without_the_gate = ["acme@buyer.example", "orders@buyer.example"];
    assert!(
        of("Subject: Order PO-1 is accepted")
            .iter()
            .eq(without_the_gate)
    );
    let letters = shop.letters(&["PO-1"]);
    let identities: BTreeSet<_> = letters
        .iter()
        .map(|letter| header(letter, "Message-ID"))
        .collect();
    assert_eq!(identities.len(), 5, "each has an identity of its own");
    // Mail about the account is for nobody else.
    assert!(
        of("Subject: A new key can sign orders")
            .iter()
            .eq(["acme@buyer.example"])
    );
    // One address gets one letter, whatever it is for; and none means none.
    shop.opd(&[
        "buyer",
        "set",
        "acme",
        "--orders-email",
        "acme@buyer.example",
        "--goods-in-email",
        "none",
    ])
    .ok();
    orders(&acme, "PO-2");
    eventually("the shipment", || {
        !shop.letters(&["Order PO-2 has been shipped"]).is_empty()
    });
    assert_eq!(shop.letters(&["PO-2"]).len(), 2);
}

#[test]
fn whoever_waits_is_told_that_the_goods_came_in_once_for_all_lines() {
    let shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let acme = shop.buyer("acme");
    let draft = acme
        .draft("PO-1")
        .with("/fulfilment", "partial".into())
        .line("SALT", 8, "0.99")
        .line("BREAD", 101, "2.50");
    acme.signs_in()
        .submits(&acme.envelope(&draft))
        .decision("accepted");
    shop.opd(&["stock", "receive", "SALT", "2"]).ok();
    let letters = || shop.letters(&["Subject: Goods for order PO-1 have come in"]);
    eventually("the first letter", || letters().len() == 1);
    let letter = letters().swap_remove(0);
    assert!(
        letter.contains("2 EA  SALT, 1 more will follow"),
        "{letter}"
    );
    assert!(!letter.contains("BREAD"), "{letter}");
    shop.sells(&[("SALT", "0.99", 100), ("BREAD", "2.50", 200)]);
    eventually("the second letter", || letters().len() == 2);
    assert_eq!(
        shop.letters(&["1 EA  SALT", "1 EA  BREAD"]).len(),
        1,
        "one letter for both lines"
    );
}

#[test]
fn a_buyer_is_written_to_in_its_language_as_far_as_there_is_text() {
    let mut shop = Shop::open();
    template(
        &shop,
        "de/order-shipped.txt",
        "Subject: Bestellung {purchase_order_number} ist unterwegs\n\n\
         Guten Tag {name},\n\n{goods}\n\n{proof}\n\n-- \n{origin}\n",
    );
    template(
        &shop,
        "de/phrases.txt",
        "[proof]\nDer Anhang {file} ist unsere signierte Erklärung.\n",
    );
    shop.restart();
    let (acme, globex) = (shop.buyer("acme"), shop.buyer("globex"));
    shop.opd(&["buyer", "set", "acme", "--language", "de-at"])
        .ok();
    orders(&acme, "PO-1");
    orders(&globex, "PO-2");
    for subject in [
        "Subject: Bestellung PO-1 ist unterwegs",
        "Subject: Order PO-1 is accepted",
        "Subject: Order PO-2 has been shipped",
    ] {
        eventually(subject, || !shop.letters(&[subject]).is_empty());
    }
    let letter = shop.letters(&["Bestellung PO-1"]).swap_remove(0);
    assert!(letter.contains("Der Anhang shipment.p7m"), "{letter}");
    assert!(attachment(&letter, "shipment.p7m").is_some());
    let preview = shop.opd(&["mail", "preview", "order-shipped", "--buyer", "acme"]);
    let preview = preview.ok().text();
    assert!(
        preview.starts_with("Subject: Bestellung PO-1001 ist unterwegs\n"),
        "{preview}"
    );
    let english = shop.opd(&["mail", "preview", "order-shipped"]).ok().text();
    assert!(
        english.contains("Order PO-1001 has been shipped"),
        "{english}"
    );
}

#[test]
fn a_shop_with_a_faulty_template_does_not_open_and_says_where_the_fault_is() {
    let shop = Shop::founded(&[]);
    shop.opd(&["serve", "--check"]).ok();
    template(
        &shop,
        "fr/order-held.txt",
        "Subject: Commande {order}\n\nBonjour {nmae},\n",
    );
    for arguments in [&["serve", "--check"][..], &["serve", "0"]] {
        let refused = shop.opd(arguments).ends_with(1);
        for said in ["templates/fr/order-held.txt:3:", "{nmae}", "{name}"] {
            assert!(
                refused.stderr.contains(said),
                "{said} in {}",
                refused.stderr
            );
        }
    }
    fs::remove_dir_all(shop.data().join("templates/fr")).expect("a folder");
    template(&shop, "fr/order-hold.txt", "Subject: A\n\nB\n");
    let refused = shop.opd(&["serve", "--check"]).ends_with(1);
    assert!(refused.stderr.contains("order-held"), "{}", refused.stderr);
}

#[test]
fn every_letter_can_be_looked_at_and_the_whole_of_it_verifies() {
    let shop = Shop::founded(&[]);
    fs::write(shop.folder().join("root.pem"), shop.certificate_pem("root")).expect("a file");
    let kinds = rows(&shop.opd_json(&["mail", "kinds"]));
    assert_eq!(kinds.len(), 15);
    for kind in &kinds {
        let name = kind["kind"].as_str().expect("a name");
        let text = shop.opd(&["mail", "preview", name]).ok().text();
        for line in text.lines().skip(1) {
            assert!(line.chars().count() <= COLUMNS, "{name}: {line}");
        }
        let letter: Value = shop.opd_json(&["mail", "preview", name]);
        assert!(letter["subject"].is_string() && letter["body"].is_string());
        let eml = shop.opd(&["mail", "preview", name, "--eml"]).ok();
        fs::write(shop.folder().join("letter.eml"), &eml.stdout).expect("a file");
        openssl(
            shop.folder(),
            "cms -verify -in letter.eml -CAfile root.pem -purpose smimesign",
        )
        .ok();
    }
    shop.opd(&["mail", "preview", "order-lost"]).ends_with(2);
    shop.opd(&["mail", "preview", "order-held", "--buyer", "nobody"])
        .ends_with(5);
}

#[test]
fn number_only_keeps_the_goods_out_of_what_is_really_sent() {
    let shop = Shop::open();
    let acme = shop.buyer("acme");
    shop.opd(&["buyer", "set", "acme", "--mail-detail", "number-only"])
        .ok();
    orders(&acme, "PO-1");
    eventually("both letters", || shop.letters(&["PO-1"]).len() == 2);
    for letter in shop.letters(&["PO-1"]) {
        assert!(!letter.contains("WATER"), "{letter}");
        assert!(!letter.contains(".p7m"), "{letter}");
        assert!(letter.contains("po receipt"), "{letter}");
    }
}
