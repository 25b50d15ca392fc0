//! A seller who replaces keys, with the root at hand and with one that is elsewhere, and what becomes of
//! envelopes and receipts from before.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::fs;

use countersign_tests::faketime::clock;
use countersign_tests::po::Po;
use countersign_tests::postgres::Postgres;
use countersign_tests::programs::{Ran, copy_folder, run};
use countersign_tests::rotation::{USES, envelope, key_files, rotates, statement};
use countersign_tests::shop::Shop;
use serde_json::Value;

/// Has the root sign a request, on its own machine as it were.
fn signs(shop: &Shop, request: &str, root: &str, out: &str) -> Ran {
    let mut command = shop.opd_command(&["seller", "sign", request, "--out", out]);
    command.args(["--root", root, "--passphrase-file", "passphrase"]);
    command.env("OPD_DATA", shop.folder().join("nowhere"));
    run(&mut command)
}

fn verifies(po: &Po, shop: &Shop, file: &str) -> Ran {
    let root = shop.front().root.fingerprint().to_string();
    po.run(&["verify", file, "--root", &root])
}

fn each_key_is_replaced(mut shop: Shop) {
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=1", "--number", "PO-0"]).ok();
    shop.wait_for_state("PO-0", "shipped");
    po.run(&["evidence", "PO-0", "-o", "before.json"]).ok();
    for (before, purpose) in (0..).zip(USES) {
        let old = shop.certificate_pem(purpose);
        assert_eq!(shop.close(), Some(0));
        let said = rotates(&shop, &[purpose]).ok().text();
        assert!(said.contains("Back up"), "{said}");
        assert_eq!(statement(&shop), before + 1);
        assert_ne!(shop.certificate_pem(purpose), old, "{purpose}");
        let kept = if purpose == "recipient" { 2 } else { 1 };
        assert_eq!(key_files(&shop, purpose).len(), kept, "{purpose}");
        shop.serve();
        let number = format!("PO-{}", before + 1);
        po.orders(&["WATER=1", "--number", &number]).ok();
        let seen = fs::read(po.folder().join("home/sellers/shop.example/seller.p7s")).unwrap();
        assert_eq!(seen, fs::read(shop.data().join("keys/seller.p7m")).unwrap());
        shop.wait_for_state(&number, "shipped");
        // What was signed by keys that were replaced holds, by the statement of then and by that of now.
        verifies(&po, &shop, "before.json").ok();
        for order in ["PO-0", &number] {
            let file = format!("{purpose}-{order}.json");
            po.run(&["evidence", order, "-o", &file]).ok();
            let said = verifies(&po, &shop, &file).ok().text();
            assert_eq!(said, "logged\n", "{file}");
        }
        shop.opd(&["log", "verify"]).ok();
    }
    let audit = shop.opd(&["audit"]).ok().text();
    assert_eq!(
        audit.matches("rotate-seller-key").count(),
        USES.len(),
        "{audit}"
    );
}

#[test]
fn each_key_is_replaced_and_buyers_and_their_evidence_go_on() {
    each_key_is_replaced(Shop::open());
}

#[test]
fn each_key_is_replaced_in_postgresql_too() {
    let database = Postgres::start();
    each_key_is_replaced(Shop::open_in(&database));
}

#[test]
fn the_old_recipient_key_opens_for_thirty_days_and_no_longer() {
    let mut shop = Shop::open();
    let before = shop.buyer("acme");
    rotates(&shop, &["recipient"]).ok();
    // The server goes on with what it has until it is started again.
    let answer = before.signs_in().submits(&envelope(&before, "PO-1"));
    answer.decision("accepted");
    shop.restart();
    let after = shop.buyer("beta");
    for (buyer, number) in [(&before, "PO-2"), (&after, "PO-2")] {
        let answer = buyer.signs_in().submits(&envelope(buyer, number));
        answer.decision("accepted");
    }
    // An envelope that opens is refused by its time only.
    for (shows, old, code) in [
        ("+29d", 403, "timestamp-not-accepted"),
        ("+31d", 400, "recipient-unknown"),
    ] {
        for (name, value) in clock(shows) {
            shop.set(name, &value);
        }
        shop.restart();
        let answer = before.signs_in().submits(&envelope(&before, "PO-3"));
        let problem = answer.problem(old, code);
        if old == 400 {
            let current = shop.front().recipient.fingerprint().to_string();
            assert_eq!(problem["recipients"], serde_json::json!([current]));
        }
        let answer = after.signs_in().submits(&envelope(&after, "PO-3"));
        answer.problem(403, "timestamp-not-accepted");
    }
}

#[test]
fn a_revoked_recipient_key_opens_nothing_more() {
    let mut shop = Shop::open();
    let before = shop.buyer("acme");
    shop.close();
    rotates(&shop, &["recipient", "--revoke"]).ok();
    assert_eq!(key_files(&shop, "recipient").len(), 1);
    shop.serve();
    let answer = before.signs_in().submits(&envelope(&before, "PO-1"));
    answer.problem(400, "recipient-unknown");
}

#[test]
fn what_a_stolen_receipt_key_signs_is_refused_once_it_is_revoked() {
    let mut shop = Shop::open();
    let (po, other) = (Po::joined(&shop, "acme"), Po::joined(&shop, "other"));
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    // Not while a server signs with it.
    let refused = rotates(&shop, &["receipt", "--revoke"]);
    assert_ne!(refused.code, Some(0), "{refused:?}");
    assert!(refused.stderr.contains("stop that server"), "{refused:?}");
    assert_eq!(statement(&shop), 0);

    shop.close();
    let mut thief = shop.copied();
    rotates(&shop, &["receipt", "--revoke"]).ok();
    shop.serve();
    po.orders(&["WATER=1", "--number", "PO-2"]).ok();
    po.run(&["evidence", "PO-1", "-o", "good.json"]).ok();
    assert_eq!(verifies(&po, &shop, "good.json").ok().text(), "logged\n");
    let port = shop.port();
    shop.close();

    // The thief answers in the seller's place. Whoever has seen the revocation hears nothing of it.
    thief.serve_on(port);
    let refused = po.orders(&["WATER=1", "--number", "PO-3"]).ends_with(3);
    assert!(refused.stderr.contains("seller statement 0"), "{refused:?}");
    // Whoever has not is deceived, until somebody shows the newer statement.
    other.orders(&["WATER=1", "--number", "PO-1"]).ok();
    other.run(&["evidence", "PO-1", "-o", "bad.json"]).ok();
    verifies(&other, &shop, "bad.json").ok();
    let read = |po: &Po, name: &str| -> Value {
        serde_json::from_slice(&fs::read(po.folder().join(name)).unwrap()).unwrap()
    };
    let mut shown = read(&other, "bad.json");
    shown["seller"]["statement"] = read(&po, "good.json")["seller"]["statement"].clone();
    other.write("shown.json", shown.to_string());
    let said = verifies(&other, &shop, "shown.json").ends_with(3);
    let text = said.text() + &said.stderr;
    assert!(text.contains("not in use then"), "{text}");
}

/// Removes all keys for a use.
fn loses(shop: &Shop, purpose: &str) {
    for file in key_files(shop, purpose) {
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_key_that_is_lost_is_replaced_where_the_root_is_at_hand() {
    let mut shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    po.orders(&["WATER=1", "--number", "PO-0"]).ok();
    shop.wait_for_state("PO-0", "shipped");
    po.run(&["evidence", "PO-0", "-o", "before.json"]).ok();
    shop.close();
    for (number, purpose) in (1..).zip(USES) {
        loses(&shop, purpose);
        let lost = format!("the {purpose} key that is in force is not in");
        let asks = ["seller", "rotate", purpose, "--request", "asked.json"];
        for refused in [
            shop.opd(&["serve", "0"]),
            shop.opd(&asks),
            rotates(&shop, &[purpose]),
        ] {
            let says = refused.ends_with(1).stderr;
            assert!(says.contains(&lost), "{says}");
            let advice = format!("opd seller rotate {purpose} --root DIR --lost");
            assert!(says.contains(&advice), "{says}");
        }
        rotates(&shop, &[purpose, "--lost"]).ok();
        assert_eq!(statement(&shop), number);
    }
    shop.serve();
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    po.run(&["evidence", "PO-1", "-o", "after.json"]).ok();
    for file in ["before.json", "after.json"] {
        assert_eq!(verifies(&po, &shop, file).ok().text(), "logged\n");
    }
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn keys_that_are_lost_together_are_replaced_one_after_the_other() {
    let mut shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    shop.close();
    for purpose in ["recipient", "receipt"] {
        loses(&shop, purpose);
    }
    let refused = rotates(&shop, &["tls", "--lost"]).ends_with(1).stderr;
    assert!(refused.contains("the tls key is not lost"), "{refused}");
    assert!(
        refused.contains("what is lost is: recipient receipt"),
        "{refused}"
    );
    let said = rotates(&shop, &["receipt", "--lost"]).ok().text();
    let step = "The recipient key is lost, too. Replace it: opd seller rotate recipient --root DIR \
                --lost";
    assert!(said.contains(step), "{said}");
    let refused = shop.opd(&["serve", "0"]).ends_with(1).stderr;
    assert!(refused.contains("the recipient key"), "{refused}");
    let said = rotates(&shop, &["recipient", "--lost"]).ok().text();
    assert!(!said.contains("lost, too"), "{said}");
    assert_eq!(statement(&shop), 2);
    shop.serve();
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    shop.wait_for_state("PO-1", "shipped");
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_key_that_an_older_copy_of_the_folder_lacks_is_replaced_where_the_root_is_at_hand() {
    let shop = Shop::founded(&[]);
    let (keys, copy) = (shop.data().join("keys"), shop.folder().join("copy"));
    copy_folder(&keys, &copy);
    rotates(&shop, &["receipt"]).ok();
    fs::remove_dir_all(&keys).unwrap();
    let says = shop.opd(&["serve", "0"]).ends_with(1).stderr;
    assert!(says.contains("there is a database in"), "{says}");
    assert!(says.contains("put keys/ back"), "{says}");
    fs::rename(&copy, &keys).unwrap();
    // Another server may have the key: nothing is replaced before somebody says that none has.
    for refused in [shop.opd(&["serve", "0"]), rotates(&shop, &["receipt"])] {
        let says = refused.ends_with(1).stderr;
        assert!(says.contains("keys/ is older than the database"), "{says}");
        assert!(says.contains("--lost"), "{says}");
    }
    rotates(&shop, &["receipt", "--lost"]).ok();
    assert_eq!(statement(&shop), 2);
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_root_that_is_elsewhere_signs_a_request_and_no_private_key_travels() {
    let mut shop = Shop::open();
    let po = Po::joined(&shop, "acme");
    let vault = shop.folder().join("vault");
    fs::rename(shop.data().join("root"), &vault).unwrap();
    let request = ["seller", "rotate", "recipient", "--request", "asked.json"];
    let asked = shop.opd(&request).ok().text();
    assert_eq!(statement(&shop), 0, "nothing is changed yet");
    let text = fs::read_to_string(shop.folder().join("asked.json")).unwrap();
    assert!(!text.contains("PRIVATE"), "{text}");
    po.orders(&["WATER=1", "--number", "PO-1"]).ok();

    let signed = signs(&shop, "asked.json", "vault", "statement.p7m").ok();
    let fingerprint = asked
        .split_whitespace()
        .find(|word| word.starts_with("sha256:"));
    let shown = signed.stderr.matches(fingerprint.unwrap()).count();
    assert_eq!(shown, 1, "{}", signed.stderr);
    signs(&shop, "asked.json", "vault", "statement.p7m").ends_with(1);

    shop.opd(&["seller", "import", "statement.p7m"]).ok();
    assert_eq!(statement(&shop), 1);
    let again = shop.opd(&["seller", "import", "statement.p7m"]).ok();
    assert!(again.stderr.contains("in force already"), "{again:?}");
    shop.restart();
    po.orders(&["WATER=1", "--number", "PO-2"]).ok();
    shop.wait_for_state("PO-2", "shipped");
    po.run(&["evidence", "PO-2", "-o", "deal.json"]).ok();
    assert_eq!(verifies(&po, &shop, "deal.json").ok().text(), "logged\n");
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_root_elsewhere_revokes_only_if_nothing_was_signed_since_it_was_asked() {
    let mut shop = Shop::open();
    shop.buyer("acme");
    let asks = |file| {
        let revoke = ["seller", "rotate", "receipt", "--revoke", "--request"];
        shop.opd(&[&revoke[..], &[file]].concat())
    };
    let refused = asks("early.json");
    assert!(refused.stderr.contains("stop that server"), "{refused:?}");
    shop.close();
    let asks = |shop: &Shop, file| {
        let revoke = ["seller", "rotate", "receipt", "--revoke", "--request"];
        shop.opd(&[&revoke[..], &[file]].concat()).ok()
    };
    asks(&shop, "asked.json");
    shop.buyer("beta");
    signs(&shop, "asked.json", "data/root", "late.p7m").ok();
    let import = |file| shop.opd(&["seller", "import", file, "--revoke"]);
    let refused = import("late.p7m").ends_with(1);
    assert!(refused.stderr.contains("signed since"), "{refused:?}");
    asks(&shop, "again.json");
    let signed = signs(&shop, "again.json", "data/root", "good.p7m").ok();
    assert!(signed.stderr.contains("are revoked"), "{signed:?}");
    // Nobody can make a revocation of a request without saying so here, nor the reverse.
    let refused = shop.opd(&["seller", "import", "good.p7m"]).ends_with(6);
    assert!(refused.stderr.contains("say --revoke"), "{refused:?}");
    assert_eq!(statement(&shop), 0);
    import("good.p7m").ok();
    asks_for(&shop, "mail", "mail.json");
    signs(&shop, "mail.json", "data/root", "mail.p7m").ok();
    let refused = import("mail.p7m").ends_with(6);
    assert!(refused.stderr.contains("revokes nothing"), "{refused:?}");
    shop.opd(&["log", "verify"]).ok();
    shop.serve();
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let shop = Shop::founded(&[]);
    let other = Shop::founded(&[]);
    let foreign = other.data().join("root");
    let foreign = foreign.to_str().unwrap();
    shop.write("wrong", "not the passphrase\n");
    for (arguments, code, words) in [
        (
            vec!["--root", "nowhere", "--passphrase-file", "passphrase"],
            5,
            "--root DIR",
        ),
        (
            vec!["--root", "data/root", "--passphrase-file", "wrong"],
            1,
            "does not open the key",
        ),
        (
            vec!["--root", foreign, "--passphrase-file", "passphrase"],
            1,
            "is not the root's key",
        ),
        (
            vec!["--root", "data/root", "--no-input"],
            2,
            "--passphrase-file",
        ),
        (
            vec!["--root", "data/root", "--request", "file"],
            2,
            "cannot be used with",
        ),
        (
            vec!["--lost", "--request", "file"],
            2,
            "cannot be used with",
        ),
        (vec![], 2, "--root"),
        (
            vec!["--host", "shop.example", "--request", "file"],
            2,
            "for tls only",
        ),
    ] {
        let all = [vec!["seller", "rotate", "receipt"], arguments].concat();
        let refused = shop.opd(&all).ends_with(code);
        assert!(refused.stderr.contains(words), "{all:?}: {refused:?}");
    }
}

/// Asks for a new key.
fn asks_for(shop: &Shop, purpose: &str, file: &str) {
    let request = ["seller", "rotate", purpose, "--request", file];
    shop.opd(&request).ok();
}

#[test]
fn what_a_request_asks_is_shown_where_it_is_signed() {
    let shop = Shop::founded(&[]);
    let request = [
        "seller",
        "rotate",
        "tls",
        "--host",
        "other.example",
        "--request",
    ];
    shop.opd(&[&request[..], &["asked.json"]].concat()).ok();
    // A file that is there is kept, and no key is left behind.
    let before = key_files(&shop, "tls").len();
    let refused = shop
        .opd(&[&request[..], &["asked.json"]].concat())
        .ends_with(1);
    assert!(
        refused.stderr.contains("nothing was changed"),
        "{refused:?}"
    );
    assert_eq!(key_files(&shop, "tls").len(), before);
    let mut command = shop.opd_command(&["--json", "--quiet", "seller", "sign", "asked.json"]);
    command.args(["--out", "signed.p7m", "--root", "data/root"]);
    command.args(["--passphrase-file", "passphrase"]);
    let signed: Value = serde_json::from_str(&run(&mut command).ok().text()).unwrap();
    assert_eq!(signed["use"], "tls");
    assert_eq!(signed["names"], serde_json::json!(["other.example"]));
    assert_eq!(signed["revokes"], false);
    assert!(signed["asked_at"].is_string(), "{signed}");
}

#[test]
fn what_the_root_did_not_sign_for_this_server_is_not_imported() {
    let shop = Shop::founded(&[]);
    let other = Shop::founded(&[]);
    let foreign = other.data().join("root");
    let foreign = foreign.to_str().unwrap();
    for (shop, file) in [
        (&shop, "first.json"),
        (&shop, "second.json"),
        (&other, "theirs.json"),
    ] {
        asks_for(shop, "mail", file);
    }
    let refused = signs(&shop, "first.json", foreign, "x.p7m").ends_with(1);
    assert!(
        refused.stderr.contains("is not the root's key"),
        "{refused:?}"
    );
    signs(&shop, "first.json", "data/root", "first.p7m").ok();
    signs(&shop, "second.json", "data/root", "second.p7m").ok();
    signs(&other, "theirs.json", "data/root", "theirs.p7m").ok();
    // Somebody puts a key of their own into the request on its way.
    let text = |shop: &Shop, name: &str| fs::read_to_string(shop.folder().join(name)).unwrap();
    let key = |text: &str| -> Value { serde_json::from_str::<Value>(text).unwrap()["key"].clone() };
    let (ours, theirs) = (text(&shop, "first.json"), text(&other, "theirs.json"));
    let swapped = ours.replace(key(&ours).as_str().unwrap(), key(&theirs).as_str().unwrap());
    shop.write("swapped.json", swapped);
    signs(&shop, "swapped.json", "data/root", "swapped.p7m").ok();
    fs::copy(
        other.folder().join("theirs.p7m"),
        shop.folder().join("theirs.p7m"),
    )
    .unwrap();
    for (file, code, words) in [
        ("swapped.p7m", 1, "cannot be used here"),
        ("theirs.p7m", 3, "not signed by the pinned root"),
        ("first.json", 3, "not a signed message"),
        ("nothing.p7m", 5, "cannot read"),
    ] {
        let refused = shop.opd(&["seller", "import", file]).ends_with(code);
        assert!(refused.stderr.contains(words), "{file}: {refused:?}");
        assert_eq!(statement(&shop), 0, "{file}");
    }
    // Of two requests the second that comes back is stale.
    shop.opd(&["seller", "import", "second.p7m"]).ok();
    let refused = shop.opd(&["seller", "import", "first.p7m"]).ends_with(6);
    assert!(refused.stderr.contains("came in between"), "{refused:?}");
    assert_eq!(statement(&shop), 1);
    shop.opd(&["log", "verify"]).ok();
}
