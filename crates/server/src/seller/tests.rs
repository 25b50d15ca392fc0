//! A shop is founded once, found again, and refused when something about it is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use countersign_envelope::SigningKey;

use super::*;
use crate::clock::Clock;
use crate::random::Random;
use make::{Founding, found};

fn founding(service_passphrase: Option<&str>) -> Founding {
    let passphrase = |text: &str| Passphrase::new(Zeroizing::new(text.to_owned()));
    Founding {
        origin: "shop.example".parse().unwrap(),
        hosts: vec!["localhost".parse().unwrap(), "127.0.0.1".parse().unwrap()],
        mail_from: "orders@shop.example".parse().unwrap(),
        root_passphrase: passphrase("root passphrase"),
        service_passphrase: service_passphrase.map(passphrase),
    }
}

pub(super) fn shop(path: &Path, service_passphrase: Option<&str>) -> DataDir {
    let data = DataDir::at(path.join("data"));
    let now = Clock::system().now();
    found(&founding(service_passphrase), &data, Random::system(), now).unwrap();
    data
}

#[test]
fn a_founded_shop_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let seller = Seller::load(&data, None).unwrap();
    assert_eq!(seller.origin().as_str(), "shop.example");
    assert_eq!(seller.statement().number, 0);
    assert_eq!(seller.statement().certificates.len(), 4);
    assert_eq!(seller.statement().common.log, None);
    for pem in [&seller.certificates().tls, &seller.certificates().mail] {
        let certificate = Certificate::from_pem(pem).unwrap();
        assert!(certificate.is_issued_by(seller.root()));
    }
    assert!(!format!("{seller:?}").contains("key"));
}

#[test]
fn the_root_key_is_encrypted_and_apart() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let pem = fs::read_to_string(data.root_key()).unwrap();
    assert!(pem.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
    assert!(SigningKey::from_pem(&pem, Some("root passphrase")).is_ok());
    assert!(SigningKey::from_pem(&pem, Some("another")).is_err());
    fs::remove_dir_all(data.root()).unwrap();
    assert!(
        Seller::load(&data, None).is_ok(),
        "the desk works without the root's key"
    );
}

#[test]
fn every_key_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let mut keys = 0;
    for entry in fs::read_dir(data.keys()).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".key.pem") {
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            keys += 1;
        }
    }
    assert_eq!(keys, 5);
    let mode = fs::metadata(data.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_key_others_may_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let key = data.keys().join("receipt.key.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = Seller::load(&data, None).unwrap_err();
    assert!(matches!(refused, SellerError::OpenToOthers { path } if path == key));
}

#[test]
fn encrypted_service_keys_need_their_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), Some("service passphrase"));
    let right = Passphrase::new(Zeroizing::new("service passphrase".to_owned()));
    let wrong = Passphrase::new(Zeroizing::new("wrong".to_owned()));
    assert!(Seller::load(&data, Some(&right)).is_ok());
    for refused in [Seller::load(&data, None), Seller::load(&data, Some(&wrong))] {
        assert!(matches!(refused.unwrap_err(), SellerError::Key { .. }));
    }
}

#[test]
fn a_certificate_the_root_never_named_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(&folder.path().join("one"), None);
    let other = shop(&folder.path().join("other"), None);
    for name in ["receipt.cert.pem", "receipt.key.pem"] {
        fs::copy(other.keys().join(name), data.keys().join(name)).unwrap();
    }
    let refused = Seller::load(&data, None).unwrap_err();
    assert!(matches!(refused, SellerError::NotInForce { .. }));
}

#[test]
fn a_statement_of_another_root_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(&folder.path().join("one"), None);
    let other = shop(&folder.path().join("other"), None);
    fs::copy(other.statement(), data.statement()).unwrap();
    let refused = Seller::load(&data, None).unwrap_err();
    assert!(matches!(refused, SellerError::Statement { .. }));
}

#[test]
fn an_empty_folder_is_no_shop() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Seller::load(&DataDir::at(folder.path()), None).unwrap_err();
    assert!(matches!(refused, SellerError::NoShop { .. }));
    assert!(!DataDir::at(folder.path()).is_taken());
}

#[test]
fn nothing_is_founded_over_a_shop() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    assert!(data.is_taken());
    let before = fs::read(data.statement()).unwrap();
    let again = found(
        &founding(None),
        &data,
        Random::system(),
        Clock::system().now(),
    );
    assert!(matches!(again, Err(make::FoundingError::Write { .. })));
    assert_eq!(fs::read(data.statement()).unwrap(), before);
}
