//! A shop and its news, for the tests of this module.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::event::MailEvent;
use super::samples::samples;
use super::templates::Templates;
use crate::random::Random;
use crate::seller::make::{Founding, found};
use crate::seller::{DataDir, Passphrase, Seller};

/// When everything here happens.
pub(super) fn now() -> Timestamp {
    "2026-11-23T18:04:05.123Z".parse().unwrap()
}

/// The same shop for all tests: making its keys takes a while.
pub(super) fn seller() -> Arc<Seller> {
    static SELLER: OnceLock<Arc<Seller>> = OnceLock::new();
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path().join("shop"));
        let founding = Founding {
            origin: "shop.example".parse().unwrap(),
            hosts: vec!["localhost".parse().unwrap()],
            mail_from: "orders@shop.example".parse().unwrap(),
            root_passphrase: Passphrase::new(Zeroizing::new("a passphrase".to_owned())),
            service_passphrase: None,
        };
        found(&founding, &data, Random::system(), now()).unwrap();
        Arc::new(Seller::load(&data, None).unwrap())
    };
    Arc::clone(SELLER.get_or_init(make))
}

/// Three bottles and a coffee, the rest of which follows.
pub(super) fn shipped() -> MailEvent {
    let is_shipment = |event: &MailEvent| event.kind() == "order-shipped";
    every_kind().into_iter().find(is_shipment).unwrap()
}

/// One event of every kind.
pub(super) fn every_kind() -> Vec<MailEvent> {
    samples().unwrap()
}

/// The texts built in.
pub(super) fn templates() -> Templates {
    Templates::load(Path::new("")).unwrap()
}
