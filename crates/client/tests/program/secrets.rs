//! What lies in the home folder, and who may read it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::buyer::{Buyer, files_below};
use crate::shop::{PASSWORD, Shop};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn keys_and_sessions_are_for_their_owner_only() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    assert_eq!(mode(&buyer.key("rsa")), 0o600);
    assert_eq!(mode(&buyer.home()), 0o700);
    for path in files_below(&buyer.home()) {
        let text = fs::read(&path).unwrap();
        let holds_token = String::from_utf8_lossy(&text).contains("bearer-of-this");
        assert!(!holds_token || mode(&path) == 0o600, "{}", path.display());
    }
}

#[test]
fn a_session_that_others_can_read_is_refused() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let mut widened = 0;
    for path in files_below(&buyer.home()) {
        let text = fs::read(&path).unwrap();
        if String::from_utf8_lossy(&text).contains("bearer-of-this") {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
            widened += 1;
        }
    }
    assert_eq!(widened, 1);
    let run = buyer.runs(["items"]).ends_with(1);
    assert!(run.err.contains("chmod 600"), "{}", run.err);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    fs::set_permissions(buyer.key("rsa"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = buyer.orders("PO-1").ends_with(1);
    assert!(run.err.contains("chmod 600"), "{}", run.err);
    assert!(shop.asked("POST", "/v1/orders").is_empty());
}

#[test]
fn the_password_is_kept_nowhere() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    for path in files_below(&buyer.home()) {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains(PASSWORD), "{}", path.display());
    }
}

#[test]
fn a_key_is_encrypted_and_never_overwritten() {
    let buyer = Buyer::new();
    buyer.makes_key("dsa").succeeds();
    let first = fs::read_to_string(buyer.key("dsa")).unwrap();
    assert!(first.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert_ne!(buyer.makes_key("dsa").code, 0);
    assert_eq!(fs::read_to_string(buyer.key("dsa")).unwrap(), first);
}

#[test]
fn a_wrong_passphrase_is_said_to_be_wrong() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.writes_secret("passphrase", "wrong");
    let run = buyer.orders("PO-1");
    assert_ne!(run.code, 0);
    assert!(run.err.contains("passphrase"), "{}", run.err);
}

#[test]
fn a_password_file_that_others_can_read_is_refused() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    fs::set_permissions(buyer.path("password"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = buyer.signs_in(&shop).ends_with(1);
    assert!(run.err.contains("chmod 600"), "{}", run.err);
    assert!(shop.asked("POST", "/v1/sessions").is_empty());
}

#[test]
fn a_key_of_a_size_that_is_not_made_is_a_mistake_in_the_command() {
    let buyer = Buyer::new();
    for words in [
        ["--algorithm", "rsa", "--bits", "1024"],
        ["--algorithm", "dsa", "--bits", "4096"],
    ] {
        let fixed = ["keygen", "--out", "x.pem"];
        buyer.runs(fixed.into_iter().chain(words)).ends_with(2);
    }
}
