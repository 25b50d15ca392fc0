//! The ground on which is measured: a founded shop, buyers with keys and sessions, goods without end, and
//! as many orders from before as are asked for.

mod buyers;
mod orders;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use countersign_envelope::{Certificate, Host, Signer};
use countersign_order::{Offer, Quantity};
use countersign_server::clock::Clock;
use countersign_server::config::Settings;
use countersign_server::desk::operations::ImportItems;
use countersign_server::desk::{Actor, Desk};
use countersign_server::random::Random;
use countersign_server::seller::make::{Founding, found};
use countersign_server::seller::{DataDir, Passphrase, Seller};
use countersign_store::{ShopRecord, StatementKind, StatementRecord, Store};
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::place::Place;

pub(crate) use buyers::{KeyKind, PASSWORD, buyer_id, signers};
pub(crate) use orders::{Age, Basket, OLD_BYTES, take_in};

/// Units of each item: more than any measurement sells.
const ON_HAND: i64 = 1_000_000_000;
/// What is sold in baskets of three.
const ITEMS: [&str; 8] = [
    "WATER", "BREAD", "SALT", "WINE", "RICE", "TEA", "OIL", "SOAP",
];
/// Products over which orders are spread.
pub(crate) const PRODUCTS: usize = 1_000;

/// A shop that is ready to be served.
pub(crate) struct Ground {
    /// Its data directory.
    pub(crate) data: PathBuf,
    pub(crate) seller: Seller,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) place: Place,
    pub(crate) signers: Arc<Vec<Signer>>,
    /// The token of each buyer's session.
    pub(crate) tokens: Arc<Vec<String>>,
    recipient: Certificate,
}

impl Ground {
    /// Founds a shop in this folder and place, with a buyer for each signer.
    pub(crate) async fn lay(
        folder: &Path,
        place: impl FnOnce(PathBuf) -> Result<Place>,
        signers: &Arc<Vec<Signer>>,
        stored: usize,
    ) -> Result<Self> {
        let data = DataDir::at(folder.join("shop"));
        let founding = Founding {
            origin: "shop.example".parse()?,
            hosts: vec![Host::Dns("localhost".to_owned())],
            mail_from: "orders@shop.example".parse()?,
            root_passphrase: Passphrase::new(Zeroizing::new("correct horse battery".to_owned())),
            service_passphrase: None,
        };
        let now = Clock::system().now();
        let founded = found(&founding, &data, Random::system(), now)?;
        let seller = Seller::load(&data, None)?;
        let place = place(data.database())?;
        let store = place.create().await?;
        begin_log(store.as_ref(), &seller, founded.statement_der, now).await?;
        let desk = Desk::new(
            Arc::clone(&store),
            Arc::new(Seller::load(&data, None)?),
            Clock::system(),
            Random::system(),
            Arc::new(Settings::default()),
        );
        stock(&desk).await?;
        buyers::enrol(&desk, signers).await?;
        drop(desk);
        let tokens = buyers::sign_in(store.as_ref(), signers.len()).await?;
        let recipient = Certificate::from_pem(&seller.certificates().recipient)?;
        let mut ground = Self {
            data: data.path().to_owned(),
            seller,
            store,
            place,
            signers: Arc::clone(signers),
            tokens: Arc::new(tokens),
            recipient,
        };
        ground.fill(stored).await?;
        ground.store = ground.place.settle(ground.store).await?;
        Ok(ground)
    }

    /// The certificate of the seller's root.
    pub(crate) fn root(&self) -> Result<Certificate> {
        Ok(Certificate::from_pem(&self.seller.certificates().root)?)
    }

    /// How many buyers there are.
    pub(crate) fn buyers(&self) -> usize {
        self.signers.len()
    }

    fn signer(&self, buyer: usize) -> Result<&Signer> {
        self.signers.get(buyer).context("no such buyer")
    }
}

async fn begin_log(
    store: &dyn Store,
    seller: &Seller,
    statement: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    let mut transaction = store.begin().await?;
    let shop = ShopRecord {
        origin: seller.origin().clone(),
        root: seller.root_fingerprint(),
        created_at: now,
    };
    ensure!(transaction.insert_shop(&shop).await?, "there is a shop");
    let sha256 = orders::digest_of(&statement);
    let statement = StatementRecord {
        number: 0,
        kind: StatementKind::Seller,
        order: None,
        account: None,
        issued_at: now,
        der: statement,
        sha256,
    };
    transaction.append(&[statement]).await?;
    transaction.commit().await?;
    Ok(())
}

async fn stock(desk: &Desk) -> Result<()> {
    let products = (0..PRODUCTS).map(product);
    let skus = ITEMS.into_iter().map(str::to_owned).chain(products);
    let items = skus.map(|sku| Ok((offer(&sku)?, Some(ON_HAND))));
    let operation = ImportItems {
        items: items.collect::<Result<_>>()?,
        keeping: Vec::new(),
    };
    desk.run(&Actor::operator("bench"), operation).await?;
    Ok(())
}

/// The SKU of a product by its number.
fn product(number: usize) -> String {
    format!("PRODUCT-{number}")
}

fn offer(sku: &str) -> Result<Offer> {
    Ok(Offer {
        sku: sku.parse()?,
        name: format!("{sku}, as sold").parse()?,
        unit: "EA".parse()?,
        currency: "USD".parse()?,
        unit_price: "15".parse()?,
        per: Quantity::ONE,
    })
}
