//! A witness as its operator meets it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use countersign_tests::http::{Request, Server};
use countersign_tests::programs::{program, run};
use countersign_tests::shop::Shop;
use countersign_tests::small_log::SmallLog;
use countersign_tests::witness::Witness;

const ORIGIN: &str = "log.example/orders";

#[test]
fn a_witness_is_made_once_and_keeps_its_key_to_itself() {
    let witness = Witness::founded("witness.example");
    assert!(witness.verifier_key().starts_with("witness.example+"));
    let key_file = witness.dir().join("witness.key.pem");
    let key = fs::read(&key_file).unwrap();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(key_file.clone()), 0o600);
    assert_eq!(mode(witness.dir()), 0o700);
    let again = witness
        .opd(&["init", "--name", "other.example"])
        .ends_with(6);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    assert_eq!(fs::read(&key_file).unwrap(), key);
    let line = fs::read_to_string(witness.dir().join("witness.vkey")).unwrap();
    assert_eq!(line.trim(), witness.verifier_key());
    // Whoever could read the key could have copied it.
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = witness.opd(&["serve", "0"]).ends_with(1);
    assert!(
        refused.stderr.contains("can be read by others"),
        "{}",
        refused.stderr
    );
}

#[test]
fn where_there_is_no_witness_nothing_is_trusted_or_served() {
    let home = tempfile::tempdir().unwrap();
    let log = SmallLog::new(ORIGIN, 7).key_line();
    for command in [
        &["witness", "add-log", &log][..],
        &["witness", "serve", "0"],
    ] {
        let said = run(program("opd", home.path()).args(command)).ends_with(5);
        assert!(said.stderr.contains("opd witness init"), "{}", said.stderr);
    }
    assert!(!home.path().join(".local").exists());
}

#[test]
fn a_log_is_trusted_with_one_key() {
    let witness = Witness::founded("witness.example");
    let line = SmallLog::new(ORIGIN, 7).key_line();
    witness.trusts(&line);
    let again = witness.opd(&["add-log", &line]).ok();
    assert!(again.text().contains("before"), "{}", again.text());
    let other = SmallLog::new(ORIGIN, 8).key_line();
    let said = witness.opd(&["add-log", &other]).ends_with(6);
    assert!(said.stderr.contains("another key"), "{}", said.stderr);
    witness.trusts(&SmallLog::new("another.example", 8).key_line());
    // A witness's key is not a log's.
    witness
        .opd(&["add-log", witness.verifier_key()])
        .ends_with(2);
}

#[test]
fn one_process_works_in_a_folder() {
    let mut witness = Witness::start("witness.example");
    let second = witness.opd(&["serve", "0"]).ends_with(6);
    assert!(second.stderr.contains("in use"), "{}", second.stderr);
    witness.kill();
    witness.serve();
}

#[test]
fn a_witness_may_speak_tls_by_itself() {
    let shop = Shop::founded(&[]);
    let mut witness = Witness::founded("witness.example");
    let file = |name: &str| shop.data().join("keys").join(name);
    let (certificate, key) = (file("tls.cert.pem"), file("tls.key.pem"));
    witness.serve_over_tls(&certificate, &key);
    assert!(witness.url().starts_with("https://"), "{}", witness.url());
    let server = Server::new(witness.port(), shop.front().root.der());
    assert_eq!(server.ask(&Request::get("/add-checkpoint")).status, 405);
    witness.kill();
    let key = key.to_str().unwrap();
    let alone = ["serve", "0", "--tls-key", key];
    witness.opd(&alone).ends_with(2);
    let swapped = ["serve", "0", "--tls-certificate", key, "--tls-key", key];
    witness.opd(&swapped).ends_with(1);
}
