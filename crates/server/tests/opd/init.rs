//! `opd init`, and finding the shop again.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::support::Desk;

const ORIGIN: [&str; 3] = ["init", "--origin", "shop.example"];

#[test]
fn a_shop_is_made_once_and_never_over_another() {
    let desk = Desk::made();
    let before = fs::read(desk.data().join("keys/root.cert.pem")).unwrap();
    let again = desk.opd(&ORIGIN).with_code(6);
    assert!(again.err.contains("already holds a shop"), "{}", again.err);
    assert_eq!(
        fs::read(desk.data().join("keys/root.cert.pem")).unwrap(),
        before
    );
}

#[test]
fn a_half_made_shop_is_not_finished_by_guessing() {
    let desk = Desk::empty();
    fs::create_dir_all(desk.data().join("keys")).unwrap();
    desk.opd(&ORIGIN).with_code(6);
    assert_eq!(fs::read_dir(desk.data()).unwrap().count(), 1);
}

#[test]
fn without_a_terminal_a_passphrase_is_made_and_opens_the_root_key() {
    let desk = Desk::empty();
    let made = desk.opd(&[&ORIGIN[..], &["--json"]].concat()).ok().json();
    let passphrase = made["root_passphrase"].as_str().unwrap();
    assert_eq!(passphrase.len(), 35);
    desk.write("passphrase", passphrase);
    let key = made["root_key"].as_str().unwrap();
    desk.openssl(&format!("pkey -in {key} -passin file:passphrase -noout"));
    let kept = fs::read_dir(desk.data()).unwrap();
    for entry in kept.flatten().filter(|entry| entry.path().is_file()) {
        let text = fs::read(entry.path()).unwrap();
        let found = text
            .windows(35)
            .any(|window| window == passphrase.as_bytes());
        assert!(!found, "{}", entry.path().display());
    }
}

#[test]
fn the_passphrase_comes_from_a_file_or_standard_input_and_is_not_short() {
    let desk = Desk::empty();
    desk.write("short", "1234567\n");
    let short = desk.opd(&[&ORIGIN[..], &["--passphrase-file", "short"]].concat());
    assert!(short.with_code(1).err.contains("shorter than 8"));
    assert!(!desk.data().exists(), "nothing is left behind");
    let made = desk
        .opd_with_input(
            &[&ORIGIN[..], &["--passphrase-file", "-"]].concat(),
            "12345678\n",
        )
        .ok();
    assert!(!made.out.contains("12345678"));
    desk.write("passphrase", "12345678");
    desk.openssl("pkey -in data/root/root.key.pem -passin file:passphrase -noout");
}

#[test]
fn the_settings_are_all_there_and_all_commented_out() {
    let desk = Desk::made();
    let text = fs::read_to_string(desk.data().join("opd.toml")).unwrap();
    let set: Vec<&str> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(set.is_empty(), "{set:?}");
    assert!(text.contains("# [mail.smtp]"));
}

#[test]
fn keys_and_data_are_for_their_owner_alone() {
    let desk = Desk::made();
    let private = [
        "keys/receipt.key.pem",
        "root/root.key.pem",
        "opd.db",
        "opd.toml",
    ];
    for name in private {
        let mode = fs::metadata(desk.data().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    let key = desk.data().join("keys/tls.key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = desk.opd(&["item", "list"]).with_code(1);
    assert!(
        refused.err.contains("tls.key.pem can be read by others"),
        "{}",
        refused.err
    );
}

#[test]
fn encrypted_service_keys_open_with_the_passphrase_of_the_environment() {
    let desk = Desk::empty();
    desk.write("service", "a service passphrase\n");
    let path = desk.folder().join("service");
    let path = path.to_str().unwrap().to_owned();
    let desk = desk.with("OPD_PASSPHRASE_FILE", &path);
    desk.write("service", "short\n");
    let refused = desk.opd(&ORIGIN).with_code(1);
    assert!(
        refused.err.contains("shorter than 8 characters"),
        "{}",
        refused.err
    );
    assert!(!desk.data().exists(), "nothing was made");
    desk.write("service", "a service passphrase\n");
    desk.opd(&ORIGIN).ok();
    let key = fs::read_to_string(desk.data().join("keys/receipt.key.pem")).unwrap();
    assert!(key.contains("ENCRYPTED PRIVATE KEY"));
    desk.opd(&["seller", "show"]).ok();
    let locked = desk
        .command(&["seller", "show"])
        .env_remove("OPD_PASSPHRASE_FILE")
        .output();
    let locked = locked.unwrap();
    assert_eq!(locked.status.code(), Some(1));
    let said = String::from_utf8(locked.stderr).unwrap();
    assert!(said.contains("OPD_PASSPHRASE_FILE"), "{said}");
}

#[test]
fn openssl_builds_the_chain_of_every_certificate_and_reads_the_statement() {
    let desk = Desk::made();
    for name in ["tls", "recipient", "receipt", "mail"] {
        desk.openssl(&format!(
            "verify -x509_strict -CAfile data/keys/root.cert.pem data/keys/{name}.cert.pem"
        ));
    }
    desk.openssl(
        "verify -CAfile data/keys/root.cert.pem -verify_ip 127.0.0.1 data/keys/tls.cert.pem",
    );
    desk.openssl(
        "verify -CAfile data/keys/root.cert.pem -verify_hostname shop.example data/keys/tls.cert.pem",
    );
    desk.openssl(
        "cms -verify -cades -inform DER -in data/keys/seller.p7m \
         -CAfile data/keys/root.cert.pem -purpose any -out statement.json",
    );
    let statement = fs::read(desk.folder().join("statement.json")).unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&statement).unwrap();
    assert_eq!(statement["document"], "countersign/seller/1");
    assert_eq!(statement["number"], 0);
    assert!(statement.get("log").is_none());
}

#[test]
fn without_a_shop_every_command_says_where_it_looked() {
    let desk = Desk::empty();
    let refused = desk.opd(&["item", "list"]).with_code(5);
    assert!(
        refused.err.contains(desk.data().to_str().unwrap()),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("opd init"), "{}", refused.err);
}
