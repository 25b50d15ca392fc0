//! The server under test.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use countersign_envelope::{self as envelope, Host, Signer};
use countersign_order::{AccountId, Digest, KeyId, Offer, Quantity, Role};
use countersign_server::checkpoint_file::CheckpointFile;
use countersign_server::clock::Clock;
use countersign_server::config::{DeskMode, Settings};
use countersign_server::cosigning::Witnesses;
use countersign_server::desk::operations::{
    AddClerk, EnrolKey, ImportItems, KeyChoice, RevokeKey, SetEnabled,
};
use countersign_server::desk::passwords::{self, Password};
use countersign_server::desk::{Actor, Desk};
use countersign_server::mail::Postman;
use countersign_server::random::Random;
use countersign_server::seller::make::{Founding, found};
use countersign_server::seller::{DataDir, Passphrase, Seller};
use countersign_server::serve::Server;
use countersign_store::{
    AccountRecord, KeyRevocation, NewKey, OpenMode, ShopRecord, SqliteStore, StatementKind,
    StatementRecord, Store as _,
};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::explosive::{Explosions, ExplosiveStore};
use super::faulty::{Faults, FaultyStore};
use super::people::enrollable;
use super::{Buyer, Clerk, Client, PASSWORD};

/// A server that is running, and what its tests look into.
pub(crate) struct TestServer {
    pub(crate) desk: Desk,
    pub(crate) clock: Clock,
    pub(crate) postman: Arc<Postman>,
    pub(crate) faults: Faults,
    pub(crate) explosions: Explosions,
    pub(crate) address: SocketAddr,
    server: Option<Server>,
    directory: TempDir,
}

/// The same verifier for everyone: hashing takes long, and the password is the same.
static VERIFIER: OnceCell<String> = OnceCell::const_new();

impl TestServer {
    /// A server with a desk that leaves shipping to clerks, and a clock that stands still.
    pub(crate) async fn start() -> Self {
        Self::with(|settings| settings.desk.mode = DeskMode::Manual).await
    }

    /// A server with other settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(None, change).await
    }

    /// Its store as another process opens it.
    pub(crate) fn store_elsewhere(&self) -> SqliteStore {
        let data = DataDir::at(self.directory.path().join("shop"));
        SqliteStore::open(data.database(), OpenMode::Existing).unwrap()
    }

    /// A server whose database cannot grow beyond so many pages of 4 KiB.
    pub(crate) async fn on_a_disk_of(pages: u32) -> Self {
        let by_clerks = |settings: &mut Settings| settings.desk.mode = DeskMode::Manual;
        Self::on(Some(pages), by_clerks).await
    }

    async fn on(pages_max: Option<u32>, change: impl FnOnce(&mut Settings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2026-11-23T18:00:00Z".parse().unwrap());
        let data = DataDir::at(directory.path().join("shop"));
        let founded = found(&founding(), &data, Random::system(), clock.now()).unwrap();
        let seller = Arc::new(Seller::load(&data, None).unwrap());
        let store =
            SqliteStore::open_bounded(data.database(), OpenMode::Create, pages_max).unwrap();
        set_up(&store, &seller, founded.statement_der, clock.now()).await;
        let mut settings = Settings::default();
        change(&mut settings);
        let (faults, explosions) = (Faults::default(), Explosions::default());
        let store = ExplosiveStore {
            store: FaultyStore {
                store,
                faults: faults.clone(),
            },
            explosions: explosions.clone(),
        };
        let desk = Desk::new(
            Arc::new(store),
            Arc::clone(&seller),
            clock.clone(),
            Random::system(),
            Arc::new(settings),
        );
        let postman = Arc::new(Postman::memory(seller).unwrap());
        let checkpoint = CheckpointFile::at(data.checkpoint());
        let server = served(&desk, &postman, checkpoint).await;
        Self {
            desk,
            clock,
            postman,
            faults,
            explosions,
            address: server.address(),
            server: Some(server),
            directory,
        }
    }

    /// Adds an item, or counts it anew.
    pub(crate) async fn stocks(&self, sku: &str, on_hand: i64) {
        let items = vec![(offer(sku), Some(on_hand))];
        self.desk
            .run(
                &operator(),
                ImportItems {
                    items,
                    keeping: Vec::new(),
                },
            )
            .await
            .unwrap();
    }

    /// How many units of an item are on hand and reserved.
    pub(crate) async fn stock(&self, sku: &str) -> (i64, i64) {
        let mut view = self.desk.store().read().await.unwrap();
        let item = view.item(&sku.parse().unwrap()).await.unwrap().unwrap();
        (item.stock.on_hand, item.stock.reserved)
    }

    /// A buyer with an RSA key, signed in.
    pub(crate) async fn buyer(&self, id: &str) -> Buyer {
        Buyer::join(self, id, true).await
    }

    /// Adds another account of a buyer's, with the same password.
    pub(crate) async fn adds_account(&self, buyer: &str, id: &str) {
        let account = AccountRecord {
            id: id.parse().unwrap(),
            buyer: Some(buyer.parse().unwrap()),
            role: Role::Buyer,
            name: id.to_owned(),
            email: "jo@buyers.example".parse().unwrap(),
            enabled: true,
            verifier: Some(verifier().await),
            created_at: self.clock.now(),
        };
        let mut transaction = self.desk.store().begin().await.unwrap();
        assert!(transaction.insert_account(&account).await.unwrap());
        transaction.commit().await.unwrap();
    }

    /// Enables or disables an account, or a buyer by its first account.
    pub(crate) async fn enables(&self, account: &str, enabled: bool) {
        let account = account.parse().unwrap();
        let operation = SetEnabled { account, enabled };
        self.desk.run(&operator(), operation).await.unwrap();
    }

    /// A buyer whose account has never had a key, signed in.
    pub(crate) async fn buyer_without_key(&self, id: &str) -> Buyer {
        Buyer::join(self, id, false).await
    }

    /// Lists a key as one whose private half was published.
    pub(crate) fn denies(&self, key: &Signer) {
        let list = DataDir::at(self.directory.path().join("shop")).denied_keys();
        let fingerprint = key.certificate().public_key().fingerprint();
        std::fs::write(list, format!("{fingerprint}\n")).unwrap();
    }

    /// Makes the list of published keys one that cannot be read to its end before the answer is
    /// called: until then no application is examined.
    pub(crate) fn holds_up_examinations(&self) -> impl FnOnce() + use<> {
        let list = DataDir::at(self.directory.path().join("shop")).denied_keys();
        let made = std::process::Command::new("mkfifo").arg(&list).status();
        assert!(made.unwrap().success());
        move || {
            // Opening waits for whoever reads it; those who come later find no list.
            let writing = std::fs::OpenOptions::new().write(true).open(&list).unwrap();
            std::fs::remove_file(&list).unwrap();
            drop(writing);
        }
    }

    /// Enrols a key as the operator does.
    pub(crate) async fn enrols(&self, account: &str, key: &Signer) {
        let operation = EnrolKey::by_operator(account.parse().unwrap(), enrollable(key));
        self.desk.run(&operator(), operation).await.unwrap();
    }

    /// Has an account look as if it had had so many more keys, all of them revoked.
    pub(crate) async fn had_keys(&self, account: &str, count: usize) {
        let account: AccountId = account.parse().unwrap();
        let mut work = self.desk.store().begin().await.unwrap();
        let first = work.keys_of(&account).await.unwrap().remove(0).key;
        for number in 0..count {
            let digest =
                Digest::from_bytes(*envelope::Digest::of(&number.to_be_bytes()).as_bytes());
            let key = NewKey {
                id: KeyId::from_uuid_bytes(u128::try_from(number).unwrap().to_be_bytes()),
                certificate_sha256: digest,
                key_sha256: digest,
                issuer_and_serial: digest.as_bytes().to_vec(),
                subject_key_identifier: None,
                enrolment_statement: 1_000_000 + u64::try_from(number).unwrap(),
                ..first.clone()
            };
            work.insert_key(&key).await.unwrap();
            let revocation = KeyRevocation {
                at: self.clock.now(),
                reason: "changed".parse().unwrap(),
                statement: key.enrolment_statement,
            };
            assert!(work.revoke_key(&key.id, &revocation).await.unwrap());
        }
        work.commit().await.unwrap();
    }

    /// Revokes all keys of an account as the operator does.
    pub(crate) async fn revokes(&self, account: &str) {
        let account: AccountId = account.parse().unwrap();
        let mut view = self.desk.store().read().await.unwrap();
        let keys = view.keys_of(&account).await.unwrap();
        drop(view);
        for key in keys {
            let operation = RevokeKey {
                account: account.clone(),
                key: KeyChoice::Id(key.key.id),
                reason: "lost".parse().unwrap(),
                matched: None,
            };
            self.desk.run(&operator(), operation).await.unwrap();
        }
    }

    /// To whom mail of this kind was delivered, once the desk and the outbox are at rest.
    pub(crate) async fn mails(&self, kind: &str) -> Vec<String> {
        for _ in 0..200 {
            let delivered = self.postman.delivered();
            let of_kind = delivered
                .iter()
                .filter(|mail| mail.event_id.starts_with(kind));
            let to: Vec<_> = of_kind.map(|mail| mail.to.to_string()).collect();
            let mut view = self.desk.store().read().await.unwrap();
            if !to.is_empty() && view.next_mail_due().await.unwrap().is_none() {
                return to;
            }
            drop(view);
            self.settled().await;
        }
        panic!("no mail of kind {kind}");
    }

    /// Gives what goes on in the background time to happen.
    pub(crate) async fn settled(&self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// A clerk, signed in.
    pub(crate) async fn clerk(&self, id: &str) -> Clerk {
        self.works(id, Role::Clerk).await
    }

    /// Someone of the seller with this role, signed in.
    pub(crate) async fn works(&self, id: &str, role: Role) -> Clerk {
        let operation = AddClerk {
            account: id.parse().unwrap(),
            name: "Clerk".parse().unwrap(),
            email: "clerk@shop.example".parse().unwrap(),
            role,
            verifier: verifier().await,
        };
        self.desk.run(&operator(), operation).await.unwrap();
        Clerk::sign_in(self, id).await
    }

    /// A connection of nobody in particular.
    pub(crate) async fn client(&self) -> Client {
        Client::connect(self.address, self.desk.seller()).await
    }

    /// The desk as the server works at it, through its writer.
    pub(crate) fn served_desk(&self) -> Desk {
        self.server.as_ref().unwrap().desk().clone()
    }

    /// Stops, and starts again on the same data.
    pub(crate) async fn restart(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        let checkpoint = CheckpointFile::at(self.data().checkpoint());
        let server = served(&self.desk, &self.postman, checkpoint).await;
        self.address = server.address();
        self.server = Some(server);
    }

    /// Where everything of the shop lies.
    pub(crate) fn data(&self) -> DataDir {
        DataDir::at(self.directory.path().join("shop"))
    }

    /// Stops as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
    }
}

async fn served(desk: &Desk, postman: &Arc<Postman>, checkpoint: CheckpointFile) -> Server {
    let postman = Arc::clone(postman);
    let witnesses = Witnesses::of(&desk.settings().log).unwrap();
    Server::start(
        desk.clone(),
        postman,
        checkpoint,
        &witnesses,
        "127.0.0.1",
        0,
    )
    .await
    .unwrap()
}

/// What `operator` the tests act as.
pub(crate) fn operator() -> Actor {
    Actor::operator("tester")
}

/// The verifier of [`PASSWORD`].
pub(crate) async fn verifier() -> String {
    VERIFIER
        .get_or_init(|| async {
            let password = Password::new(Zeroizing::new(PASSWORD.to_owned())).unwrap();
            passwords::hash(&password, Random::system()).unwrap()
        })
        .await
        .clone()
}

/// What an item is offered for: 15.00 USD each.
pub(crate) fn offer(sku: &str) -> Offer {
    Offer {
        sku: sku.parse().unwrap(),
        name: format!("{sku}, as sold").parse().unwrap(),
        unit: "EA".parse().unwrap(),
        currency: "USD".parse().unwrap(),
        unit_price: "15".parse().unwrap(),
        per: Quantity::ONE,
    }
}

fn founding() -> Founding {
    Founding {
        origin: "shop.example".parse().unwrap(),
        hosts: vec![
            Host::Dns("localhost".to_owned()),
            Host::Ip([127, 0, 0, 1].into()),
        ],
        mail_from: "orders@shop.example".parse().unwrap(),
        root_passphrase: Passphrase::new(Zeroizing::new("correct horse battery staple".to_owned())),
        service_passphrase: None,
    }
}

async fn set_up(store: &SqliteStore, seller: &Seller, statement: Vec<u8>, now: Timestamp) {
    let mut transaction = store.begin().await.unwrap();
    let shop = ShopRecord {
        origin: seller.origin().clone(),
        root: seller.root_fingerprint(),
        created_at: now,
    };
    assert!(transaction.insert_shop(&shop).await.unwrap());
    let digest = countersign_envelope::Digest::of(&statement);
    let statement = StatementRecord {
        number: 0,
        kind: StatementKind::Seller,
        order: None,
        account: None,
        issued_at: now,
        der: statement,
        sha256: Digest::from_bytes(*digest.as_bytes()),
    };
    transaction.append(&[statement]).await.unwrap();
    transaction.commit().await.unwrap();
}
