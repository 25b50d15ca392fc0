//! A key is replaced, and what the shop is at each moment of it.

use std::fs;
use std::path::Path;

use countersign_envelope as envelope;
use countersign_order::CertificateUse;
use jiff::SignedDuration;

use super::tests::shop;
use super::*;
use crate::clock::Clock;
use crate::random::Random;

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.to_owned()))
}

/// A key and what the root, as `opd init` left it, has signed for it. The key lies in the drawer.
fn asks(
    data: &DataDir,
    seller: &Seller,
    purpose: CertificateUse,
    revokes: bool,
    service: Option<&Passphrase>,
) -> Vec<u8> {
    let random = Random::system();
    let key = make_key(purpose, &mut random.rng()).unwrap();
    keep_pending_key(data, purpose, &key, service, random).unwrap();
    let usage = match purpose {
        CertificateUse::Tls => envelope::CertificateUse::Tls {
            hosts: Certificate::from_pem(&seller.certificates().tls)
                .unwrap()
                .hosts(),
        },
        CertificateUse::Recipient => envelope::CertificateUse::Recipient,
        CertificateUse::Receipt => envelope::CertificateUse::Receipt,
        CertificateUse::Mail => envelope::CertificateUse::Mail {
            address: "orders@shop.example".to_owned(),
        },
    };
    let rotation = Rotation {
        purpose,
        usage,
        key: key.public_key().clone(),
        revokes,
    };
    // As it travels.
    let at = later(seller);
    let request = Request::write(seller, &rotation, at).unwrap();
    let request = Request::parse(&request).unwrap();
    let root = root_signer(&request.root, &data.root(), &passphrase("root passphrase")).unwrap();
    let signed = request.rotation.sign(&root, &request.statement, random, at);
    signed.unwrap()
}

fn later(seller: &Seller) -> Timestamp {
    let stated = seller.statement().common.issued_at;
    stated.max(Clock::system().now()) + SignedDuration::from_millis(1)
}

fn keys(data: &DataDir) -> usize {
    let entries = fs::read_dir(data.keys()).unwrap();
    entries
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".key.pem")
        })
        .count()
}

#[test]
fn each_key_is_replaced_and_the_shop_is_found_at_each_moment() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), Some("service passphrase"));
    let service = Some(passphrase("service passphrase"));
    let load = || Seller::load(&data, service.as_ref()).unwrap();
    for purpose in service::SERVICES {
        let before = load();
        let der = asks(&data, &before, purpose, false, service.as_ref());
        assert_eq!(load().statement_der(), before.statement_der());
        let next = before.followed_by(&data, service.as_ref(), der.clone());
        let next = next.unwrap();
        assert_eq!(load().statement_der(), before.statement_der());
        write_in_force(&data, &next).unwrap();
        let after = load();
        assert_eq!(after.statement_der(), der);
        assert_ne!(after.certificates(), before.certificates());
        let change = Change::between(before.statement(), after.statement()).unwrap();
        assert_eq!((change.added.purpose, change.revokes), (purpose, false));
        assert!(change.is_under(after.root()));
        let signs_no_more = purpose == CertificateUse::Receipt;
        assert_eq!(before.is_replaced_by(after.statement()), signs_no_more);
        assert!(!after.is_replaced_by(before.statement()));
    }
    // Five as at first, and the recipient's that still opens.
    assert_eq!(keys(&data), 6);
    let hosts = |seller: &Seller| {
        Certificate::from_pem(&seller.certificates().tls)
            .unwrap()
            .hosts()
    };
    assert_eq!(hosts(&load()).len(), 2);
}

#[test]
fn a_replaced_recipient_key_opens_for_thirty_days() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    for _ in 0..2 {
        let seller = Seller::load(&data, None).unwrap();
        let der = asks(&data, &seller, CertificateUse::Recipient, false, None);
        let next = seller.followed_by(&data, None, der).unwrap();
        write_in_force(&data, &next).unwrap();
    }
    let seller = Seller::load(&data, None).unwrap();
    let stated = seller.statement().common.issued_at;
    let open = |hours| {
        let at = stated + SignedDuration::from_hours(hours);
        seller.recipients(at).len()
    };
    assert_eq!((open(0), open(29 * 24), open(30 * 24)), (3, 3, 1));
    let current = seller.recipients(stated + SignedDuration::from_hours(720))[0].certificate();
    assert_eq!(current.to_pem(), seller.certificates().recipient);
    // Those that are gone are not missed.
    let first = data.key(directory::KeyFile::Recipient);
    fs::remove_file(first).unwrap();
    let seller = Seller::load(&data, None).unwrap();
    assert_eq!(seller.recipients(stated).len(), 2);
}

#[test]
fn a_revoked_key_is_neither_used_nor_kept() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    for revokes in [false, true] {
        let seller = Seller::load(&data, None).unwrap();
        let der = asks(&data, &seller, CertificateUse::Recipient, revokes, None);
        let next = seller.followed_by(&data, None, der).unwrap();
        write_in_force(&data, &next).unwrap();
    }
    let seller = Seller::load(&data, None).unwrap();
    assert_eq!(seller.recipients(later(&seller)).len(), 1);
    assert_eq!(keys(&data), 5);
    let statement = seller.statement();
    let revoked = statement.certificates.iter();
    let revoked = revoked.filter(|listed| listed.revoked_at == Some(statement.common.issued_at));
    assert_eq!(revoked.count(), 2, "all that were good before");
}

#[test]
fn a_statement_whose_key_is_not_here_is_not_put_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let seller = Seller::load(&data, None).unwrap();
    let before = keys(&data);
    let der = asks(&data, &seller, CertificateUse::Receipt, false, None);
    for entry in fs::read_dir(data.keys()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("receipt.") && name.ends_with(".key.pem") && name.len() > 20 {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(keys(&data), before);
    let refused = seller.followed_by(&data, None, der).unwrap_err();
    assert!(
        matches!(
            refused,
            SellerError::Lost {
                name: "receipt",
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_recipient_key_that_still_opens_is_kept_where_the_newest_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let seller = Seller::load(&data, None).unwrap();
    let der = asks(&data, &seller, CertificateUse::Recipient, false, None);
    let next = seller.followed_by(&data, None, der).unwrap();
    write_in_force(&data, &next).unwrap();
    let current = Certificate::from_pem(&next.certificates().recipient).unwrap();
    let file = directory::KeyFile::Recipient;
    fs::remove_file(data.later_key(file, current.public_key())).unwrap();
    let refused = Seller::load(&data, None).unwrap_err();
    assert!(matches!(refused, SellerError::Lost { .. }), "{refused}");

    let seller = Seller::load_with(Keys::Left, &data, None).unwrap();
    assert_eq!(seller.lost(), [CertificateUse::Recipient]);
    let at = later(&seller);
    assert_eq!(seller.recipients(at).len(), 1, "the one before");
    let der = asks(&data, &seller, CertificateUse::Recipient, false, None);
    let next = seller.followed_by(&data, None, der).unwrap();
    write_in_force(&data, &next).unwrap();
    let seller = Seller::load(&data, None).unwrap();
    assert_eq!(seller.recipients(at).len(), 2);
    assert!(data.key(file).exists());
}

#[test]
fn a_shop_with_no_key_left_is_not_opened_to_replace_them() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    for (lost, purpose) in service::SERVICES.into_iter().enumerate() {
        let seller = Seller::load_with(Keys::Left, &data, None).unwrap();
        assert_eq!(seller.lost(), &service::SERVICES[..lost]);
        fs::remove_file(data.key(file_of(purpose))).unwrap();
    }
    let refused = Seller::load_with(Keys::Left, &data, None).unwrap_err();
    assert!(matches!(refused, SellerError::NoneLeft { .. }), "{refused}");
}

#[test]
fn a_statement_that_changes_anything_else_is_no_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let seller = Seller::load(&data, None).unwrap();
    let base = seller.statement();
    let der = asks(&data, &seller, CertificateUse::Tls, false, None);
    let good = seller.followed_by(&data, None, der).unwrap();
    let good = good.statement();
    assert!(Change::between(base, good).is_some());
    let changes: [fn(&mut SellerStatement); 8] = [
        |next| next.number += 1,
        |next| next.log_keys.clear(),
        |next| next.certificates[1].to = None,
        |next| next.certificates[0].to = None,
        |next| next.certificates[2].revoked_at = Some(next.common.issued_at),
        |next| next.certificates[4].purpose = CertificateUse::Mail,
        |next| next.certificates[4].to = None,
        |next| next.certificates.swap(1, 2),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut next = good.clone();
        change(&mut next);
        assert_eq!(Change::between(base, &next), None, "{number}");
    }
}

#[test]
fn a_request_is_read_as_it_was_written_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = shop(folder.path(), None);
    let other = shop(&folder.path().join("other"), None);
    let seller = Seller::load(&data, None).unwrap();
    let key = make_key(CertificateUse::Mail, &mut Random::system().rng()).unwrap();
    let rotation = Rotation {
        purpose: CertificateUse::Mail,
        usage: envelope::CertificateUse::Mail {
            address: "orders@shop.example".to_owned(),
        },
        key: key.public_key().clone(),
        revokes: true,
    };
    let written = Request::write(&seller, &rotation, later(&seller)).unwrap();
    let read = Request::parse(&written).unwrap();
    assert_eq!(names(&read.rotation.usage), ["orders@shop.example"]);
    assert!(read.rotation.revokes && read.statement == *seller.statement());
    let text = String::from_utf8(written).unwrap();
    let refused = |text: &str| Request::parse(text.as_bytes()).unwrap_err();
    for (from, to) in [
        ("\"use\": \"mail\"", "\"use\": \"tls\""),
        ("\"use\": \"mail\"", "\"use\": \"receipt\""),
        ("orders@shop.example", "nobody"),
        ("\"revoke\"", "\"more\": 1, \"revoke\""),
        ("seller-request/1", "seller-request/2"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(refused(&text.replace(from, to)), RequestError::Form, "{to}");
    }
    // Another's statement under this root.
    let theirs = Seller::load(&other, None).unwrap();
    let swapped = text.replace(
        &in_text(seller.statement_der()),
        &in_text(theirs.statement_der()),
    );
    assert_eq!(refused(&swapped), RequestError::Statement);
    let theirs = root_signer(theirs.root(), &data.root(), &passphrase("root passphrase"));
    assert!(matches!(theirs, Err(SellerError::Pair { .. })));
    assert!(Path::exists(&data.root()));
}

fn in_text(der: &[u8]) -> String {
    countersign_order::Der::from(der.to_vec()).to_string()
}
