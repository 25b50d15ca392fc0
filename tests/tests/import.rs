//! The data of the well-known course implementation, made here in its format, imported whole or not at all.
#![expect(
    clippy::expect_used,
    clippy::string_slice,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::Path;

use countersign_tests::buyer::{Buyer, KeyKind};
use countersign_tests::openssl::openssl;
use countersign_tests::programs::run_with_input;
use countersign_tests::shop::Shop;
use serde_json::{Value, json};

/// A folder with two accounts, their 1024-bit keys and an inventory.
fn course_data(shop: &Shop) -> String {
    let folder = shop.folder().join("course");
    let keys = folder.join("Public Key PEMs");
    fs::create_dir_all(&keys).expect("a folder");
    for user in ["alice", "bob"] {
        rsa_key(&keys, &format!("{user}RSA"), 1024);
        dsa_key(&keys, &format!("{user}DSA"));
    }
    write_accounts(
        &folder,
        &json!([account("Alice", "alice"), account("bob", "bob")]),
    );
    let inventory = json!([{"Drinks": [
        {"itemName": "Nuka:Cola", "itemCount": 20, "itemCost": 3},
        {"itemName": "Water", "itemCount": 5, "itemCost": 1},
    ]}, {"Food": [{"itemName": "a::b", "itemCount": 0, "itemCost": 12}]}]);
    fs::write(folder.join("inventory.json"), inventory.to_string()).expect("a file");
    folder.to_str().expect("a path in UTF-8").to_owned()
}

/// The password of every account: shorter than new ones may be.
const PASSWORD: &str = "secret";

fn account(userid: &str, files: &str) -> Value {
    json!({
        "email": format!("{files}@buyer.example"),
        "userid": userid,
        "username": userid,
        "nameF": "First",
        "nameL": "Last",
        "publicRSA": format!("{files}RSA.pem"),
        "publicDSA": format!("{files}DSA.pem"),
        "password": hex::encode(sha256_octets(PASSWORD.as_bytes())),
    })
}

fn sha256_octets(bytes: &[u8]) -> Vec<u8> {
    countersign_envelope::Digest::of(bytes).as_bytes().to_vec()
}

fn write_accounts(folder: &Path, accounts: &Value) {
    let accounts = json!({"Accounts": accounts});
    fs::write(folder.join("Accounts.json"), accounts.to_string()).expect("a file");
}

fn rsa_key(folder: &Path, name: &str, bits: u32) {
    let make = format!("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -out {name}.key");
    openssl(folder, &make).ok();
    publish(folder, name);
}

fn dsa_key(folder: &Path, name: &str) {
    openssl(
        folder,
        "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out p.pem",
    )
    .ok();
    openssl(folder, &format!("genpkey -paramfile p.pem -out {name}.key")).ok();
    fs::remove_file(folder.join("p.pem")).expect("openssl wrote it");
    publish(folder, name);
}

/// Leaves the public key only, without its final newline.
fn publish(folder: &Path, name: &str) {
    let pem = openssl(folder, &format!("pkey -in {name}.key -pubout"))
        .ok()
        .text();
    fs::write(folder.join(format!("{name}.pem")), pem.trim_end()).expect("a file");
    fs::remove_file(folder.join(format!("{name}.key"))).expect("openssl wrote it");
}

fn import(shop: &Shop, folder: &str, more: &[&str]) -> countersign_tests::programs::Ran {
    let mut arguments = vec!["import", "reference", folder, "--currency", "USD"];
    arguments.extend(more);
    shop.opd(&arguments)
}

fn imported(shop: &Shop, id: &str) -> Buyer {
    let mut buyer = Buyer::new(id, KeyKind::Rsa, shop.front());
    PASSWORD.clone_into(&mut buyer.password);
    buyer
}

#[test]
fn accounts_and_inventory_come_over_and_a_second_time_changes_nothing() {
    let mut shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    let counted = import(&shop, &folder, &["--dry-run"]).ok();
    assert!(
        counted.text().contains('2') && counted.text().contains('3'),
        "{}",
        counted.text()
    );
    let before = shop.opd_json(&["item", "list"]);
    assert!(
        countersign_tests::shop::rows(&before).is_empty(),
        "a dry run changes nothing: {before}"
    );
    import(&shop, &folder, &[]).ok();
    let items = shop.opd_json(&["item", "list"]);
    import(&shop, &folder, &[]).ok();
    assert_eq!(shop.opd_json(&["item", "list"]), items);
    shop.serve();
    let alice = imported(&shop, "alice");
    let session = alice.signs_in();
    assert_eq!(
        (session.available("Nuka:Cola"), session.available("a::b")),
        (20, 0)
    );
    let row = session
        .rows("/v1/items")
        .into_iter()
        .find(|item| item["sku"] == "Nuka:Cola");
    let row = row.expect("it is listed");
    assert_eq!(
        (&row["unit"], &row["unit_price"], &row["currency"]),
        (&json!("EA"), &json!("3.00"), &json!("USD"))
    );
}

#[test]
fn an_imported_account_signs_in_as_before_but_needs_a_new_key_to_order() {
    let mut shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    import(&shop, &folder, &[]).ok();
    shop.serve();
    let alice = imported(&shop, "alice");
    alice
        .tries_password("wrong")
        .problem(401, "sign-in-not-accepted");
    let session = alice.signs_in();
    // The first good sign-in replaced the old verifier; the password stays.
    let envelope = alice.envelope(&alice.draft("PO-1").line("Water", 1, "1.00"));
    session.submits(&envelope).problem(403, "new-key-required");
    alice.signs_in();
    let certificate = shop.write("new.cert.pem", alice.certificate().to_pem());
    shop.opd(&["key", "add", "alice", certificate.to_str().expect("a path")])
        .ok();
    session.submits(&envelope).decision("accepted");
}

#[test]
fn equal_passwords_and_shared_keys_are_reported() {
    let shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    let keys = Path::new(&folder).join("Public Key PEMs");
    fs::copy(keys.join("aliceRSA.pem"), keys.join("bobRSA.pem")).expect("a copy");
    let said = import(&shop, &folder, &[]).ok();
    let said = said.text() + &said.stderr;
    for told in ["password", "bobRSA.pem"] {
        assert!(said.contains(told), "{told} is not in\n{said}");
    }
}

#[test]
fn torn_or_empty_files_are_errors_and_change_nothing() {
    let mut shop = Shop::founded(&[]);
    shop.sells(&[("WATER", "15.00", 100)]);
    let folder = course_data(&shop);
    let inventory = Path::new(&folder).join("inventory.json");
    let whole = fs::read_to_string(&inventory).expect("it was written");
    for torn in ["", "not JSON", &whole[..whole.len() / 2], "[]"] {
        fs::write(&inventory, torn).expect("a file");
        let refused = import(&shop, &folder, &[]);
        assert_ne!(refused.code, Some(0), "{torn:?}: {refused:?}");
        assert!(
            refused.stderr.contains("inventory.json"),
            "{}",
            refused.stderr
        );
    }
    fs::remove_file(&inventory).expect("it was written");
    assert_ne!(import(&shop, &folder, &[]).code, Some(0));
    shop.serve();
    let stranger = imported(&shop, "alice");
    stranger
        .tries_password(PASSWORD)
        .problem(401, "sign-in-not-accepted");
    assert_eq!(shop.available(&shop.buyer("acme"), "WATER"), 100);
}

/// What can be wrong with an account.
type Spoil = fn(&mut Value);

#[test]
fn bad_records_are_named_and_nothing_comes_over() {
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    let spoiled: [(&str, Spoil); 6] = [
        ("bad ID", |account| account["userid"] = json!("bad ID")),
        ("twice", |account| account["userid"] = json!("ALICE")),
        ("address", |account| account["email"] = json!("nobody")),
        ("hash", |account| account["password"] = json!("1234")),
        ("path", |account| {
            account["publicRSA"] = json!("../Accounts.json");
        }),
        ("private", |account| {
            account["publicRSA"] = json!("private.pem");
        }),
    ];
    for (what, spoil) in spoiled {
        let mut shop = Shop::founded(&[]);
        let folder = course_data(&shop);
        let keys = Path::new(&folder).join("Public Key PEMs");
        fs::write(keys.join("private.pem"), private).expect("a file");
        let mut bob = account("bob", "bob");
        spoil(&mut bob);
        write_accounts(Path::new(&folder), &json!([account("alice", "alice"), bob]));
        let refused = import(&shop, &folder, &[]);
        assert_ne!(refused.code, Some(0), "{what}: {refused:?}");
        shop.serve();
        imported(&shop, "alice")
            .tries_password(PASSWORD)
            .problem(401, "sign-in-not-accepted");
    }
}

#[test]
fn an_invite_of_an_imported_account_keeps_its_data_and_admits_its_first_new_key() {
    let mut shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    import(&shop, &folder, &[]).ok();
    shop.serve();
    let po = countersign_tests::po::Po::new(shop.port());
    po.run(&["join", &shop.invites("alice"), "--no-input"]).ok();
    let placed = po.orders(&["Water=1", "--number", "PO-1"]).ok().json();
    assert_eq!(placed["decision"], "accepted", "{placed}");
    assert_eq!(placed["order"]["buyer"], "alice");
}

#[test]
fn items_come_from_csv_or_json_whole_or_not_at_all() {
    let shop = Shop::founded(&[]);
    let header = "sku,name,unit,unit_price,currency,quantity\n";
    for (what, rows) in [
        ("a negative quantity", "A,A,EA,1.00,USD,-1\n"),
        ("half a unit", "A,A,EA,1.00,USD,1.5\n"),
        ("an unknown currency", "A,A,EA,1.00,XXQ,1\n"),
        (
            "the same SKU twice",
            "A,A,EA,1.00,USD,1\nA,A,EA,1.00,USD,1\n",
        ),
        ("seven decimals", "A,A,EA,1.0000001,USD,1\n"),
    ] {
        shop.write(
            "items.csv",
            format!("{header}GOOD,Good,EA,1.00,USD,1\n{rows}"),
        );
        let refused = shop.opd(&["item", "import", "items.csv", "--set-stock"]);
        assert_ne!(refused.code, Some(0), "{what}");
    }
    assert!(countersign_tests::shop::rows(&shop.opd_json(&["item", "list"])).is_empty());
    let mut command = shop.opd_command(&["item", "import", "items.csv", "--set-stock"]);
    shop.write("items.csv", format!("{header}GOOD,Good,EA,1.00,USD,7\n"));
    run_with_input(&mut command, b"").ok();
    let items = countersign_tests::shop::rows(&shop.opd_json(&["item", "list"]));
    assert_eq!(
        (items.len(), &items[0]["sku"], &items[0]["on_hand"]),
        (1, &json!("GOOD"), &json!(7))
    );
}
