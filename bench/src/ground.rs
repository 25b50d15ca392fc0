//! The ground on which is measured: a founded shop, buyers with keys, goods without end, and as many
//! orders from before as are asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use countersign_envelope::{
    Certificate, CertificateUse, DsaParameters, DsaSize, EnrollableCertificate, Host, RsaBits,
    Signer, SigningKey, seal, self_signed,
};
use countersign_order::{
    Digest, Draft, DraftLine, Entry, Fulfilment, Offer, OrderId, Outcome, Quantity, decide,
};
use countersign_server::clock::Clock;
use countersign_server::config::Settings;
use countersign_server::desk::operations::{AddBuyer, ImportItems};
use countersign_server::desk::passwords::{self, Password};
use countersign_server::desk::{Actor, Desk};
use countersign_server::random::Random;
use countersign_server::seller::make::{Founding, found};
use countersign_server::seller::{DataDir, Passphrase, Seller};
use countersign_store::{
    NewOrder, OpenMode, ShopRecord, SqliteStore, StatementKind, StatementRecord, Store as _,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The password of every buyer.
pub(crate) const PASSWORD: &str = "a password for measuring";
/// Units of each item: more than any measurement sells.
const ON_HAND: i64 = 1_000_000_000;
/// What is sold.
const ITEMS: [&str; 8] = [
    "WATER", "BREAD", "SALT", "WINE", "RICE", "TEA", "OIL", "SOAP",
];
/// How long the keys of buyers are valid.
const VALID: SignedDuration = SignedDuration::from_hours(24 * 365);
/// Orders from before that are put into one transaction.
const FILL: usize = 2048;
/// Octets of what was signed, as long as an order of three lines.
const SIGNED_BYTES: usize = 1400;

/// The key with which buyers sign.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyKind {
    /// RSA, 3072 bits.
    Rsa3072,
    /// DSA, (2048, 256), with the built-in parameters.
    Dsa2048,
    /// DSA, (3072, 256), with the built-in parameters.
    Dsa3072,
}

/// A shop that is ready to be served.
pub(crate) struct Ground {
    pub(crate) data: PathBuf,
    pub(crate) seller: Seller,
    pub(crate) buyers: Vec<Signer>,
    recipient: Certificate,
}

impl Ground {
    /// Founds a shop in this folder.
    pub(crate) async fn lay(
        folder: &Path,
        kind: KeyKind,
        buyers: usize,
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
        let store = SqliteStore::open(data.database(), OpenMode::Create)?;
        begin_log(&store, &seller, founded.statement_der, now).await?;
        let desk = Desk::new(
            Arc::new(store.clone()),
            Arc::new(Seller::load(&data, None)?),
            Clock::system(),
            Random::system(),
            Arc::new(Settings::default()),
        );
        stock(&desk).await?;
        let buyers = enrol(&desk, kind, buyers).await?;
        let recipient = Certificate::from_pem(&seller.certificates().recipient)?;
        let ground = Self {
            data: data.path().to_owned(),
            seller,
            buyers,
            recipient,
        };
        ground.fill(&store, stored).await?;
        Ok(ground)
    }

    /// An order of three lines, signed and sealed.
    pub(crate) fn envelope(&self, buyer: usize, number: &str) -> Result<Vec<u8>> {
        let signer = self.buyers.get(buyer).context("no such buyer")?;
        let now = Clock::system().now();
        let order = self.draft(&buyer_id(buyer), number, now)?.complete()?;
        let message = signer.sign(&order.to_json(), now)?;
        let mut rng = Random::system().rng();
        Ok(seal(&message, &[&self.recipient], &mut rng)?)
    }

    fn draft(&self, buyer: &str, number: &str, now: Timestamp) -> Result<Draft> {
        // Which items: from the end of the number, so that they differ from order to order.
        let turn = number.bytes().map(usize::from).sum::<usize>();
        let lines = (0..3).map(|line| {
            let sku = ITEMS.get((turn + line) % ITEMS.len()).copied();
            Ok(DraftLine::of(offer(sku.unwrap_or("WATER"))?, Quantity::ONE))
        });
        Ok(Draft {
            seller: self.seller.origin().clone(),
            seller_root: self.seller.root_fingerprint(),
            buyer: buyer.parse()?,
            purchase_order_number: number.parse()?,
            issued_at: now,
            lapses_at: None,
            fulfilment: Fulfilment::Complete,
            lines: lines.collect::<Result<_>>()?,
            ship_to: None,
            requested_delivery: None,
            contract: None,
            contact: None,
            replaces: None,
            references: Vec::new(),
            note: None,
        })
    }

    /// Takes in orders as the desk does, only faster: nobody signs, and nobody is told.
    async fn fill(&self, store: &SqliteStore, count: usize) -> Result<()> {
        for first in (0..count).step_by(FILL) {
            let now = Clock::system().now();
            let entry = |number: usize| {
                let buyer = number % self.buyers.len();
                self.entry(buyer, &format!("OLD-{number}"), now)
            };
            let batch: Vec<Entry> = (first..count.min(first + FILL))
                .map(entry)
                .collect::<Result<_>>()?;
            take_in(store, &batch, now).await?;
        }
        Ok(())
    }

    /// An order as it is when its signature has been verified.
    pub(crate) fn entry(&self, buyer: usize, number: &str, now: Timestamp) -> Result<Entry> {
        let signer = self.buyers.get(buyer).context("no such buyer")?;
        let certificate = signer.certificate().fingerprint();
        let buyer = buyer_id(buyer);
        let order = self.draft(&buyer, number, now)?.complete()?;
        Ok(Entry {
            order: Arc::new(order),
            order_id: OrderId::from_uuid_bytes(Random::system().uuid_v7(now)),
            account: buyer.parse()?,
            certificate: Digest::from_bytes(*certificate.as_bytes()),
            content: digest_of(number.as_bytes()),
            signing_time: now,
            received_at: now,
        })
    }
}

/// The ID of a buyer.
pub(crate) fn buyer_id(number: usize) -> String {
    format!("buyer-{number}")
}

fn digest_of(octets: &[u8]) -> Digest {
    let digest = countersign_envelope::Digest::of(octets);
    Digest::from_bytes(*digest.as_bytes())
}

async fn begin_log(
    store: &SqliteStore,
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
    let sha256 = digest_of(&statement);
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
    let items = ITEMS.iter().map(|sku| Ok((offer(sku)?, Some(ON_HAND))));
    let operation = ImportItems {
        items: items.collect::<Result<_>>()?,
        keeping: Vec::new(),
    };
    desk.run(&Actor::operator("bench"), operation).await?;
    Ok(())
}

async fn enrol(desk: &Desk, kind: KeyKind, count: usize) -> Result<Vec<Signer>> {
    let password = Password::new(Zeroizing::new(PASSWORD.to_owned()))?;
    let verifier = passwords::hash(&password, Random::system())?;
    let mut signers = Vec::with_capacity(count);
    for number in 0..count {
        let signer = signer(kind, &buyer_id(number))?;
        let certificate = EnrollableCertificate::check(signer.certificate().clone())?;
        let operation = AddBuyer {
            buyer: buyer_id(number).parse()?,
            name: buyer_id(number).parse()?,
            email: format!("{}@buyers.example", buyer_id(number)).parse()?,
            verifier: Some(verifier.clone()),
            certificates: vec![certificate],
        };
        desk.run(&Actor::operator("bench"), operation).await?;
        signers.push(signer);
    }
    Ok(signers)
}

fn signer(kind: KeyKind, subject: &str) -> Result<Signer> {
    let mut rng = Random::system().rng();
    let mut dsa = |size| {
        let parameters = DsaParameters::built_in(size)?;
        SigningKey::generate_dsa(&parameters, &mut rng)
    };
    let key = match kind {
        KeyKind::Rsa3072 => SigningKey::generate_rsa(RsaBits::B3072),
        KeyKind::Dsa2048 => dsa(DsaSize::P2048Q256),
        KeyKind::Dsa3072 => dsa(DsaSize::P3072Q256),
    }?;
    let from = Clock::system().now();
    let mut rng = Random::system().rng();
    let certificate = self_signed(
        &key,
        subject,
        &CertificateUse::Buyer,
        from,
        from + VALID,
        &mut rng,
    )?;
    Ok(Signer::new(key, certificate)?)
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

/// One batch, as the desk takes it in, but for the cryptography and the letters.
pub(crate) async fn take_in(store: &SqliteStore, batch: &[Entry], now: Timestamp) -> Result<()> {
    let mut work = store.begin().await?;
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    let snapshot = work.load(batch, today).await?.snapshot;
    let (outcomes, changes) = decide(&snapshot, batch, now);
    let head = work.log_head().await?.context("no log")?;
    let mut orders = Vec::with_capacity(batch.len());
    let signed = vec![0x30; SIGNED_BYTES];
    for ((entry, outcome), receipt) in batch.iter().zip(&outcomes).zip(head.next_statement()..) {
        let Outcome::Decided(decided) = outcome else {
            anyhow::bail!("an order was not decided: {outcome:?}");
        };
        orders.push(NewOrder {
            entry,
            decided,
            receipt,
            signed_data: &signed,
        });
    }
    let receipts: Vec<StatementRecord> = orders
        .iter()
        .map(|order| StatementRecord {
            number: order.receipt,
            kind: StatementKind::Receipt,
            order: Some(order.decided.order_id),
            account: Some(order.entry.account.clone()),
            issued_at: order.decided.decided_at,
            der: signed.clone(),
            sha256: order.entry.content,
        })
        .collect();
    work.append(&receipts).await?;
    work.apply(&orders, &changes).await?;
    work.commit().await?;
    Ok(())
}
