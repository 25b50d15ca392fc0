//! The audit keeps what was done.

use countersign_store::AuditEntry;

use crate::place::on_every_backend;
use crate::shop::now;

on_every_backend! {
    async fn the_audit_is_listed_newest_first(place: &dyn Place) {
        let store = place.open().await;
        let entry = |subject: &str| AuditEntry {
            at: now(),
            by: "operator:root".to_owned(),
            action: "enrol-key".to_owned(),
            subject: subject.to_owned(),
            detail: "RSA-3072".to_owned(),
        };
        let mut work = store.begin().await.unwrap();
        for subject in ["acme", "bolt", "cargo"] {
            work.record(&entry(subject)).await.unwrap();
        }
        work.commit().await.unwrap();
        let mut view = store.read().await.unwrap();
        let page = view.audit(None, 2).await.unwrap();
        assert!(page.more);
        assert_eq!(page.rows[0].entry, entry("cargo"));
        let page = view.audit(Some(page.rows[1].number), 2).await.unwrap();
        assert_eq!((page.rows.len(), page.more), (1, false));
        assert_eq!(page.rows[0].entry, entry("acme"));
    }
}
