//! The data of the well-known course implementation, made here in its format, imported whole or not at all.
#![expect(
    clippy::expect_used,
    clippy::string_slice,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use countersign_tests::buyer::{Buyer, KeyKind};
use countersign_tests::openssl::openssl;
use countersign_tests::shop::{Shop, rows};
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

/// What the operator is told of it.
static EQUAL_PASSWORDS: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "record": "alice, bob",
        "text": "have the same password: ask them to choose new ones",
    })
});

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
        "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 \
         -pkeyopt dsa_paramgen_q_bits:160 -out p.pem",
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
    // The members of a record stand in any order.
    let accounts = Path::new(&folder).join("Accounts.json");
    let text = fs::read_to_string(&accounts).expect("it was written");
    let (before, after) = text.split_once("\"email\":").expect("a member");
    let (email, rest) = after.split_once(',').expect("another member");
    let (record, others) = rest.split_once('}').expect("an end");
    let mixed = format!("{before}{record},\"email\":{email}}}{others}");
    fs::write(&accounts, mixed).expect("a file");

    let report = |new: usize, known: usize, keys: usize| {
        json!({
            "accounts_added": new, "accounts_known": known, "keys_kept": keys,
            "items_added": new / 2 * 3, "items_known": known / 2 * 3,
            "dry_run": false, "remarks": [EQUAL_PASSWORDS.clone()],
        })
    };
    let state = |shop: &Shop| {
        [
            &["item", "list"][..],
            &["buyer", "list"],
            &["key", "list", "alice"],
        ]
        .map(|command| shop.opd(command))
        .map(|ran| (ran.code, ran.text(), ran.stderr))
    };
    let untouched = state(&shop);
    let mut counted = import(&shop, &folder, &["--dry-run", "--json"]).ok().json();
    assert_eq!(counted["dry_run"].take(), json!(true));
    counted["dry_run"] = json!(false);
    assert_eq!(counted, report(2, 0, 4));
    assert_eq!(state(&shop), untouched, "a dry run changes nothing");
    let done = import(&shop, &folder, &["--json"]).ok().json();
    assert_eq!(done, report(2, 0, 4));
    let imported_state = state(&shop);
    let again = import(&shop, &folder, &["--json"]).ok().json();
    assert_eq!(again, report(0, 2, 0));
    assert_eq!(state(&shop), imported_state);
    let [_, _, (_, _, keys)] = imported_state;
    assert!(keys.contains("2 imported keys"), "{keys}");

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
        (
            &row["name"],
            &row["unit"],
            &row["unit_price"],
            &row["currency"]
        ),
        (
            &json!("Nuka:Cola"),
            &json!("EA"),
            &json!("3.00"),
            &json!("USD")
        )
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
fn equal_passwords_are_reported_and_keys_that_nobody_should_trust_left_out() {
    let mut shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    let keys = Path::new(&folder).join("Public Key PEMs");
    fs::copy(keys.join("aliceRSA.pem"), keys.join("bobRSA.pem")).expect("a copy");
    let published = fingerprint(&keys, "bobDSA.pem");
    fs::write(shop.data().join("denied-keys"), published).expect("a file");
    let done = import(&shop, &folder, &["--json"]).ok().json();
    assert_eq!(
        (&done["accounts_added"], &done["keys_kept"]),
        (&json!(2), &json!(1))
    );
    let remark = |record: &str, text: &str| json!({"record": record, "text": text});
    let shared = "is left out: another account has it, too";
    assert_eq!(
        done["remarks"],
        json!([
            remark(
                "account \"bob\"",
                "its key bobDSA.pem is left out: its private half was published"
            ),
            remark(
                "account \"alice\"",
                &format!("its key aliceRSA.pem {shared}")
            ),
            remark("account \"bob\"", &format!("its key bobRSA.pem {shared}")),
            EQUAL_PASSWORDS.clone(),
        ])
    );
    shop.serve();
    for id in ["alice", "bob"] {
        imported(&shop, id).signs_in();
    }
}

/// The fingerprint of a public key, as the operator's list of denied keys has it.
fn fingerprint(keys: &Path, file: &str) -> String {
    let command = format!("pkey -pubin -in {file} -outform DER");
    countersign_tests::buyer::sha256(&openssl(keys, &command).ok().stdout)
}

#[test]
fn torn_or_empty_files_are_errors_and_change_nothing() {
    let mut shop = Shop::founded(&[]);
    shop.sells(&[("WATER", "15.00", 100)]);
    let folder = course_data(&shop);
    for file in ["Accounts.json", "inventory.json"] {
        let path = Path::new(&folder).join(file);
        let whole = fs::read_to_string(&path).expect("it was written");
        for torn in ["", "not JSON", &whole[..whole.len() / 2], "[]", "{}"] {
            fs::write(&path, torn).expect("a file");
            let refused = import(&shop, &folder, &[]);
            assert_eq!(refused.code, Some(1), "{torn:?}: {refused:?}");
            assert!(refused.stderr.contains(file), "{}", refused.stderr);
        }
        fs::remove_file(&path).expect("it was written");
        let refused = import(&shop, &folder, &[]);
        assert_eq!(refused.code, Some(1), "{refused:?}");
        fs::write(&path, whole).expect("a file");
    }
    shop.serve();
    let stranger = imported(&shop, "alice");
    stranger
        .tries_password(PASSWORD)
        .problem(401, "sign-in-not-accepted");
    assert_eq!(shop.available(&shop.buyer("acme"), "WATER"), 100);
}

/// What can be wrong with an account.
type Spoil = fn(&mut Value);

/// Accounts that are not taken over, and what is said of each.
const SPOILT: [(&str, Spoil); 9] = [
    ("account \"bad ID\" its user ID", |account| {
        account["userid"] = json!("bad ID");
    }),
    (
        "account \"ALICE\" the user ID alice stands there twice",
        |account| {
            account["userid"] = json!("ALICE");
        },
    ),
    ("account \"bob\" its e-mail address \"nobody\"", |account| {
        account["email"] = json!("nobody");
    }),
    ("account \"bob\" its password is not 64", |account| {
        account["password"] = json!("1234");
    }),
    ("account \"bob\" its password is not 64", |account| {
        account["password"] = json!("A".repeat(64));
    }),
    (
        "\"../Accounts.json\" is not the name of a file",
        |account| {
            account["publicRSA"] = json!("../Accounts.json");
        },
    ),
    ("\"..\" is not the name of a file", |account| {
        account["publicDSA"] = json!("..");
    }),
    ("\"link.pem\" is a link", |account| {
        account["publicRSA"] = json!("link.pem");
    }),
    ("\"private.pem\" holds a private key", |account| {
        account["publicRSA"] = json!("private.pem");
    }),
];

#[test]
fn bad_records_are_named_and_nothing_comes_over() {
    let mut shop = Shop::founded(&[]);
    let folder = course_data(&shop);
    let folder = Path::new(&folder);
    let keys = folder.join("Public Key PEMs");
    let private = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
    fs::write(keys.join("private.pem"), private).expect("a file");
    std::os::unix::fs::symlink("aliceRSA.pem", keys.join("link.pem")).expect("a link");
    let refuses = |shop: &Shop, named: &str| {
        let refused = import(shop, folder.to_str().expect("a path"), &[]);
        assert_eq!(refused.code, Some(1), "{named}: {refused:?}");
        assert!(
            refused.stderr.contains(named),
            "{named}: {}",
            refused.stderr
        );
    };
    for (named, spoil) in SPOILT {
        let mut bob = account("bob", "bob");
        spoil(&mut bob);
        write_accounts(folder, &json!([account("alice", "alice"), bob]));
        refuses(&shop, named);
    }
    write_accounts(
        folder,
        &json!([account("alice", "alice"), account("bob", "bob")]),
    );
    for (count, cost, named) in [
        (json!(-1), json!(1), "item \"Tea\" its stock is negative"),
        (json!(1.5), json!(1), "item \"Tea\" is not understood"),
        (json!(1), json!(-1), "item \"Tea\" its price -1"),
    ] {
        let inventory = json!([{"Drinks": [
            {"itemName": "Tea", "itemCount": count, "itemCost": cost},
        ]}]);
        fs::write(folder.join("inventory.json"), inventory.to_string()).expect("a file");
        refuses(&shop, named);
    }
    shop.serve();
    imported(&shop, "alice")
        .tries_password(PASSWORD)
        .problem(401, "sign-in-not-accepted");
    assert!(rows(&shop.opd_json(&["item", "list"])).is_empty());
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
    let buyers = rows(&shop.opd_json(&["buyer", "list"]));
    let alice = buyers.iter().find(|buyer| buyer["id"] == "alice");
    let alice = alice.expect("it is listed");
    assert_eq!(
        (&alice["name"], &alice["email"]),
        (&json!("First Last"), &json!("alice@buyer.example"))
    );
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
        assert_eq!(refused.code, Some(1), "{what}: {refused:?}");
        assert!(
            refused.stderr.contains("line "),
            "{what}: {}",
            refused.stderr
        );
    }
    assert!(rows(&shop.opd_json(&["item", "list"])).is_empty());
    let good = json!([{
        "sku": "GOOD", "name": "Good", "unit": "EA", "unit_price": "1.00", "currency": "USD",
        "quantity": 7,
    }]);
    shop.write("items.csv", format!("{header}GOOD,Good,EA,1.00,USD,6\n"));
    shop.write("items.json", good.to_string());
    for (file, on_hand) in [("items.csv", 6), ("items.json", 7)] {
        shop.opd(&["item", "import", file, "--set-stock"]).ok();
        let items = rows(&shop.opd_json(&["item", "list"]));
        assert_eq!(
            (items.len(), &items[0]["sku"], &items[0]["on_hand"]),
            (1, &json!("GOOD"), &json!(on_hand))
        );
    }
}
