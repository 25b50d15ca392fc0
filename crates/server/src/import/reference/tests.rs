//! Folders of the course implementation, made here: what comes over, what is left out, what stops it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// A folder with two accounts and two items, to be spoiled.
struct Folder {
    directory: TempDir,
    accounts: Vec<Value>,
    inventory: Value,
}

impl Folder {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("Public Key PEMs")).unwrap();
        let made = Self {
            directory,
            accounts: vec![account("Alice", "alice"), account("bob", "bob")],
            inventory: json!([{"Drinks": [
                {"itemName": "Nuka:Cola", "itemCount": 20, "itemCost": 3}
            ]}, {"Food": [
                {"itemName": "Café", "itemCount": 0, "itemCost": 12}
            ]}]),
        };
        for user in ["alice", "bob"] {
            made.rsa(&format!("{user}RSA.pem"));
            made.dsa(&format!("{user}DSA.pem"));
        }
        made
    }

    fn key(&self, name: &str) -> PathBuf {
        self.directory.path().join("Public Key PEMs").join(name)
    }

    fn rsa(&self, name: &str) {
        self.publish(
            name,
            &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        );
    }

    fn dsa(&self, name: &str) {
        let parameters = self.directory.path().join("parameters");
        if !parameters.exists() {
            let out = parameters.to_str().unwrap();
            let make = "-genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 \
                        -pkeyopt dsa_paramgen_q_bits:160 -out";
            let make: Vec<&str> = make.split_whitespace().chain([out]).collect();
            openssl("genpkey", &make);
        }
        self.publish(name, &["-paramfile", parameters.to_str().unwrap()]);
    }

    /// Only the public half, and without a final newline, as the course has it.
    fn publish(&self, name: &str, make: &[&str]) {
        let private = self.directory.path().join("private");
        let out = private.to_str().unwrap();
        openssl("genpkey", &[make, &["-out", out]].concat());
        let public = openssl("pkey", &["-in", out, "-pubout"]);
        fs::write(self.key(name), public.trim_ascii_end()).unwrap();
    }

    fn read(&self) -> Result<Reference, ReferenceError> {
        self.read_denying(&DeniedKeys::default())
    }

    #[expect(clippy::unwrap_in_result, reason = "a helper of tests")]
    fn read_denying(&self, denied: &DeniedKeys) -> Result<Reference, ReferenceError> {
        let accounts = json!({"Accounts": self.accounts}).to_string();
        fs::write(self.directory.path().join("Accounts.json"), accounts).unwrap();
        let inventory = self.inventory.to_string();
        fs::write(self.directory.path().join("inventory.json"), inventory).unwrap();
        read(self.directory.path(), "USD".parse().unwrap(), denied)
    }
}

fn account(userid: &str, files: &str) -> Value {
    json!({
        "email": format!("{files}@buyer.example"),
        "userid": userid,
        "username": files,
        "nameF": "First",
        "nameL": "Last",
        "publicRSA": format!("{files}RSA.pem"),
        "publicDSA": format!("{files}DSA.pem"),
        "password": hex::encode([files.len().to_be_bytes()[7]; 32]),
    })
}

fn openssl(command: &str, arguments: &[&str]) -> Vec<u8> {
    let ran = Command::new("openssl")
        .arg(command)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    ran.stdout
}

fn wrong(read: Result<Reference, ReferenceError>) -> Vec<String> {
    match read {
        Err(ReferenceError::Records(wrong)) => wrong
            .into_iter()
            .map(|remark| format!("{} {}", remark.record, remark.text))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn accounts_keys_and_items_are_understood() {
    let reference = Folder::new().read().unwrap();
    let [alice, bob] = reference.accounts.as_slice() else {
        panic!("{reference:?}")
    };
    assert_eq!((alice.id.as_str(), bob.id.as_str()), ("alice", "bob"));
    assert_eq!(alice.name.as_str(), "First Last");
    let algorithms: Vec<&str> = alice
        .keys
        .iter()
        .map(|key| key.algorithm.as_str())
        .collect();
    assert_eq!(algorithms, ["RSA-1024", "DSA-1024/160"]);
    let [cola, cafe] = reference.items.as_slice() else {
        panic!("{reference:?}")
    };
    assert_eq!(cola.offer.sku.as_str(), "Nuka:Cola");
    assert_eq!(
        cola.offer.unit_price.in_currency(cola.offer.currency),
        "3.00"
    );
    assert_eq!((cola.on_hand, cafe.on_hand), (20, 0));
    assert!(reference.remarks.is_empty(), "{:?}", reference.remarks);
}

#[test]
fn a_shared_key_is_taken_from_both() {
    let folder = Folder::new();
    fs::copy(folder.key("aliceRSA.pem"), folder.key("bobRSA.pem")).unwrap();
    let reference = folder.read().unwrap();
    assert!(
        reference
            .accounts
            .iter()
            .all(|account| account.keys.len() == 1)
    );
    let files: Vec<bool> = ["aliceRSA.pem", "bobRSA.pem"]
        .iter()
        .map(|file| {
            reference
                .remarks
                .iter()
                .any(|remark| remark.text.contains(file))
        })
        .collect();
    assert_eq!(files, [true, true], "{:?}", reference.remarks);
}

#[test]
fn a_key_that_is_no_good_is_left_out_and_its_account_stays() {
    let folder = Folder::new();
    let public = folder.read().unwrap().accounts[0].keys[0].fingerprint;
    let list = folder.directory.path().join("denied");
    fs::write(&list, format!("{public}\n")).unwrap();
    fs::write(folder.key("bobRSA.pem"), "no key").unwrap();
    fs::copy(folder.key("bobRSA.pem"), folder.key("bobDSA.pem")).unwrap();
    let reference = folder
        .read_denying(&DeniedKeys::read(&list).unwrap())
        .unwrap();
    let kept: Vec<usize> = reference
        .accounts
        .iter()
        .map(|account| account.keys.len())
        .collect();
    assert_eq!(kept, [1, 0]);
    assert_eq!(reference.remarks.len(), 3, "{:?}", reference.remarks);
}

#[test]
fn a_key_of_the_other_kind_is_left_out() {
    let folder = Folder::new();
    fs::copy(folder.key("aliceDSA.pem"), folder.key("aliceRSA.pem")).unwrap();
    let reference = folder.read().unwrap();
    assert_eq!(reference.accounts[0].keys.len(), 1);
    assert!(reference.remarks[0].text.contains("DSA-1024/160, not RSA"));
}

#[test]
fn equal_passwords_are_reported_together() {
    let mut folder = Folder::new();
    folder.accounts[1]["password"] = folder.accounts[0]["password"].clone();
    let reference = folder.read().unwrap();
    assert_eq!(reference.remarks[0].record, "alice, bob");
}

#[test]
fn no_file_outside_the_key_folder_is_read() {
    for name in [
        "../Accounts.json",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\\b",
        "sub/key.pem",
    ] {
        let mut folder = Folder::new();
        folder.accounts[0]["publicRSA"] = json!(name);
        let wrong = wrong(folder.read());
        assert_eq!(wrong.len(), 1, "{name}: {wrong:?}");
    }
    let folder = Folder::new();
    fs::remove_file(folder.key("aliceRSA.pem")).unwrap();
    symlink(folder.key("bobRSA.pem"), folder.key("aliceRSA.pem")).unwrap();
    assert!(wrong(folder.read())[0].contains("is a link"));
}

#[test]
fn a_private_key_is_refused_by_name() {
    let folder = Folder::new();
    fs::copy(
        folder.directory.path().join("private"),
        folder.key("aliceRSA.pem"),
    )
    .unwrap();
    let wrong = wrong(folder.read());
    assert!(
        wrong[0].contains("aliceRSA.pem") && wrong[0].contains("private key"),
        "{wrong:?}"
    );
}

#[test]
fn every_wrong_record_is_named() {
    let mut folder = Folder::new();
    folder.accounts[0]["email"] = json!("nobody");
    folder.accounts[1]["userid"] = json!("bad ID");
    folder.accounts.push(account("carol", "bob"));
    folder.accounts[2]["password"] = json!("ABCD");
    folder.accounts.push(account("dave", "bob"));
    folder.accounts.push(account("DAVE", "bob"));
    folder.accounts.push(json!({"userid": "erin"}));
    folder.inventory = json!([{"Drinks": [
        {"itemName": "A", "itemCount": -1, "itemCost": 1},
        {"itemName": "B", "itemCount": 1.5, "itemCost": 1},
        {"itemName": "C", "itemCount": 1, "itemCost": 1},
        {"itemName": "C", "itemCount": 1, "itemCost": 1},
        {"itemName": "D/E", "itemCount": 1, "itemCost": -1},
    ]}]);
    let wrong = wrong(folder.read());
    let names = [
        "\"Alice\"",
        "\"bad ID\"",
        "\"carol\"",
        "\"DAVE\"",
        "\"erin\"",
        "\"A\"",
        "\"B\"",
        "\"C\"",
        "\"D/E\"",
    ];
    assert_eq!(wrong.len(), names.len(), "{wrong:?}");
    for (line, name) in wrong.iter().zip(names) {
        assert!(line.contains(name), "{name} is not in {line}");
    }
}

#[test]
fn a_torn_or_empty_file_stops_everything() {
    let folder = Folder::new();
    folder.read().unwrap();
    for file in ["Accounts.json", "inventory.json"] {
        let path = folder.directory.path().join(file);
        let whole = fs::read(&path).unwrap();
        let half = &whole[..whole.len() / 2];
        for torn in [
            &b""[..],
            b"not JSON",
            b"[]",
            b"{}",
            b"{\"Accounts\":[]}",
            half,
        ] {
            fs::write(&path, torn).unwrap();
            let read = read(
                folder.directory.path(),
                "USD".parse().unwrap(),
                &DeniedKeys::default(),
            );
            assert!(
                matches!(read, Err(ReferenceError::File { file: named, .. }) if named == file),
                "{file}: {read:?}"
            );
        }
        fs::write(&path, whole).unwrap();
    }
}
