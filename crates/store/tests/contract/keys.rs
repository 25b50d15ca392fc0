//! Keys: one enrolment each, for ever.

use countersign_store::{KeyInsertion, KeyRevocation, LegacyKey, NewKey};

use crate::place::on_every_backend;
use crate::shop::{Shop, account, digest, fresh, key, key_id, later};

on_every_backend! {
    async fn a_key_is_found_by_account_by_id_and_by_fingerprint(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let mut new = key("acme");
        new.possession = Some(b"possession".to_vec());
        new.authorisation = Some(b"authorisation".to_vec());
        assert_eq!(work.insert_key(&new).await.unwrap(), KeyInsertion::Enrolled);
        let kept = work.key(&new.id).await.unwrap().unwrap();
        assert_eq!((&kept.key, &kept.revocation), (&new, &None));
        for fingerprint in [new.certificate_sha256, new.key_sha256] {
            let found = work.key_by_fingerprint(&fingerprint).await.unwrap();
            assert_eq!(found.as_ref(), Some(&kept));
        }
        let keys = work.keys_of(&new.account).await.unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[1], kept);
        assert_eq!(work.key(&key_id()).await.unwrap(), None);
        assert_eq!(work.key_by_fingerprint(&digest(fresh())).await.unwrap(), None);
    }

    async fn one_key_is_enrolled_once_in_the_whole_shop(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let first = key("acme");
        work.insert_key(&first).await.unwrap();
        let same = NewKey { key_sha256: first.key_sha256, ..key("bolt") };
        assert_eq!(work.insert_key(&same).await.unwrap(), KeyInsertion::KeyInUse);
        let end = KeyRevocation { at: later(1), reason: "lost".to_owned(), statement: 99 };
        assert!(work.revoke_key(&first.id, &end).await.unwrap());
        assert_eq!(work.insert_key(&same).await.unwrap(), KeyInsertion::KeyInUse);
        assert_eq!(work.key(&same.id).await.unwrap(), None);
    }

    async fn within_a_buyer_a_signer_identifier_names_one_key(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        work.insert_account(&account("acme/jo", Some("acme"))).await.unwrap();
        let first = key("acme");
        work.insert_key(&first).await.unwrap();
        let same_serial = |buyer| NewKey {
            issuer_and_serial: first.issuer_and_serial.clone(),
            ..key(buyer)
        };
        let same_identifier = |buyer| NewKey {
            subject_key_identifier: first.subject_key_identifier.clone(),
            ..key(buyer)
        };
        for mut clash in [same_serial("acme"), same_identifier("acme")] {
            clash.account = "acme/jo".parse().unwrap();
            let answer = work.insert_key(&clash).await.unwrap();
            assert_eq!(answer, KeyInsertion::CertificateInUse);
        }
        for elsewhere in [same_serial("bolt"), same_identifier("bolt")] {
            assert_eq!(work.insert_key(&elsewhere).await.unwrap(), KeyInsertion::Enrolled);
        }
        for _ in 0..2 {
            let without = NewKey { subject_key_identifier: None, ..key("acme") };
            assert_eq!(work.insert_key(&without).await.unwrap(), KeyInsertion::Enrolled);
        }
    }

    async fn a_key_is_revoked_once_and_stays_readable(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let acme = work.keys_of(&"acme".parse().unwrap()).await.unwrap().remove(0);
        let end = KeyRevocation { at: later(1), reason: "lost".to_owned(), statement: 8 };
        let other = KeyRevocation { at: later(2), reason: "again".to_owned(), statement: 9 };
        assert!(work.revoke_key(&acme.key.id, &end).await.unwrap());
        assert!(!work.revoke_key(&acme.key.id, &other).await.unwrap());
        assert!(!work.revoke_key(&key_id(), &end).await.unwrap());
        let kept = work.keys_of(&acme.key.account).await.unwrap().remove(0);
        assert_eq!(kept.key, acme.key);
        assert_eq!(kept.revocation, Some(end));
    }

    async fn legacy_keys_are_kept_apart(place: &dyn Place) {
        let shop = Shop::with_stock(place.open().await, &[]).await;
        let mut work = shop.store.begin().await.unwrap();
        let old = LegacyKey {
            account: "acme".parse().unwrap(),
            algorithm: "rsa-1024".to_owned(),
            key_sha256: digest(fresh()),
            public_key: vec![0x30, 0],
        };
        assert!(work.insert_legacy_key(&old).await.unwrap());
        assert!(!work.insert_legacy_key(&old).await.unwrap());
        assert_eq!(work.legacy_keys_of(&old.account).await.unwrap(), [old]);
        assert_eq!(work.legacy_keys_of(&"bolt".parse().unwrap()).await.unwrap(), []);
    }
}
