//! A store that is told to fail, or to stand still: SQLite beneath, every fault at the seam.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use countersign_order::*;
use countersign_store::*;
use countersign_transparency as transparency;
use jiff::Timestamp;
use jiff::civil::Date;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};

/// What every commit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It stands, and nobody knows.
    AfterCommit,
    /// It does not stand: the store cannot be used.
    BeforeCommit,
    /// It does not stand: another process was first.
    Conflict,
}

/// A call of a transaction that fails.
#[derive(Debug, Clone, Copy)]
struct FailingCall {
    /// The method; `begin` is one of them.
    name: &'static str,
    fails_as: CallFault,
    /// How often it still will.
    times: u32,
}

/// What a call comes to, once it has done its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallFault {
    /// The store cannot be used.
    Unavailable,
    /// Another process was first.
    Conflict,
    /// The disk is full.
    Full,
}

/// The strings by which a test pulls at a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults {
    fault: Arc<Mutex<Option<Fault>>>,
    call: Arc<Mutex<Option<FailingCall>>>,
    struck: Arc<AtomicU32>,
    gate: Arc<RwLock<()>>,
}

impl Faults {
    /// Every commit from now on fails like this, or none.
    pub(crate) fn every_commit(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }

    /// The next calls of a transaction's method fail, so many times, after they have done their work.
    pub(crate) fn calls(&self, name: &'static str, fails_as: CallFault, times: u32) {
        *self.call.lock().unwrap() = Some(FailingCall {
            name,
            fails_as,
            times,
        });
    }

    /// Nothing fails any more. Tells how many calls and commits did since the last time.
    pub(crate) fn none(&self) -> u32 {
        self.every_commit(None);
        *self.call.lock().unwrap() = None;
        self.struck.swap(0, Ordering::SeqCst)
    }

    fn strike_call(&self, name: &str) -> Result<(), StoreError> {
        let mut call = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failing) = call
            .as_mut()
            .filter(|call| call.name == name && call.times > 0)
        else {
            return Ok(());
        };
        failing.times -= 1;
        self.struck.fetch_add(1, Ordering::SeqCst);
        Err(match failing.fails_as {
            CallFault::Unavailable => StoreError::Unavailable("told to fail".into()),
            CallFault::Conflict => StoreError::Conflict,
            CallFault::Full => StoreError::Full,
        })
    }

    /// No transaction begins before the answer is dropped.
    pub(crate) async fn nothing_begins(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }
}

/// The store.
#[derive(Debug)]
pub(super) struct FaultyStore {
    pub(super) store: SqliteStore,
    pub(super) faults: Faults,
}

#[async_trait]
impl Store for FaultyStore {
    async fn begin(&self) -> Result<Box<dyn Transaction>, StoreError> {
        drop(self.faults.gate.read().await);
        let transaction = self.store.begin().await?;
        self.faults.strike_call("begin")?;
        Ok(Box::new(Faulty {
            transaction,
            faults: self.faults.clone(),
        }))
    }

    async fn read(&self) -> Result<Box<dyn View>, StoreError> {
        self.store.read().await
    }

    async fn read_committed(&self) -> Result<Box<dyn View>, StoreError> {
        self.store.read_committed().await
    }

    async fn settle(&self, next_statement: u64) -> Result<(), StoreError> {
        self.store.settle(next_statement).await
    }

    async fn must_keep(&self) -> Result<(), StoreError> {
        self.store.must_keep().await
    }
}

struct Faulty {
    transaction: Box<dyn Transaction>,
    faults: Faults,
}

#[async_trait]
impl Transaction for Faulty {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let fault = *self.faults.fault.lock().unwrap();
        if fault.is_some() {
            self.faults.struck.fetch_add(1, Ordering::SeqCst);
        }
        match fault {
            None => self.transaction.commit().await,
            Some(Fault::AfterCommit) => {
                self.transaction.commit().await?;
                Err(StoreError::OutcomeUnknown("told to fail".into()))
            }
            Some(Fault::BeforeCommit) => Err(StoreError::Unavailable("told to fail".into())),
            Some(Fault::Conflict) => Err(StoreError::Conflict),
        }
    }
}

impl View for Faulty {}

macro_rules! pass_on {
    ($($seam:ident { $($method:ident($($name:ident: $kind:ty),*) -> $answer:ty;)* })*) => {$(
        #[async_trait]
        impl $seam for Faulty {
            $(async fn $method(&mut self, $($name: $kind),*) -> Result<$answer, StoreError> {
                let answer = self.transaction.$method($($name),*).await?;
                self.faults.strike_call(stringify!($method))?;
                Ok(answer)
            })*
        }
    )*};
}

pass_on! {
    ReadAccounts {
        order_limits(account: &AccountId) -> OrderLimits;
        email_changed_at(account: &AccountId) -> Option<Timestamp>;
        correspondence(buyer: &BuyerId) -> Correspondence;
    }
    WriteAccounts {
        set_order_limits(account: &AccountId, limits: &OrderLimits) -> ();
        change_email(account: &AccountId, email: &EmailAddress, now: Timestamp) -> bool;
        set_correspondence(buyer: &BuyerId, correspondence: &Correspondence) -> ();
    }
    ReadTokens {
        token_holder(token_sha256: &Digest, now: Timestamp) -> Option<TokenHolder>;
        tokens(account: Option<&AccountId>) -> Vec<TokenRecord>;
    }
    WriteTokens {
        insert_token(token: &NewToken) -> ();
        revoke_token(id: &TokenId, now: Timestamp) -> bool;
    }
    ReadAudit {
        audit(before: Option<u64>, limit: u32) -> Page<AuditRecord>;
    }
    WriteAudit {
        record(entry: &AuditEntry) -> ();
    }
    ReadCancellations {
        cancellation_requests(order: &OrderId) -> Vec<CancellationRecord>;
    }
    WriteCancellations {
        insert_cancellation_request(request: &CancellationRecord) -> ();
    }
    Intake {
        load(batch: &[Entry], today: Date) -> Loaded;
        apply(orders: &[NewOrder<'_>], changes: &Changes) -> ();
    }
    ReadChanges {
        newest_change() -> u64;
        changes(scope: &ChangeScope, after: u64, limit: u32) -> Vec<Change>;
    }
    ReadInventory {
        items(query: Option<&str>, after: Option<&Sku>, limit: u32) -> Page<ItemRecord>;
        item(sku: &Sku) -> Option<ItemRecord>;
        low_items(after: Option<&Sku>, limit: u32) -> Page<ItemRecord>;
        stock_movements(sku: &Sku, after: u64, limit: u32) -> Page<MovementRecord>;
    }
    WriteInventory {
        upsert_items(items: &[Offer]) -> ItemsChanged;
        keep_items(items: &[(Sku, Keeping)]) -> ();
        receive_stock(sku: &Sku, quantity: Quantity, occasion: Occasion<'_>) -> Result<StockMoved, StockRefusal>;
        correct_stock(sku: &Sku, on_hand: i64, reason: &ShortText, occasion: Occasion<'_>) -> Result<StockMoved, StockRefusal>;
        fill_back_orders(skus: &[Sku], occasion: Occasion<'_>) -> Vec<FilledLine>;
    }
    ReadKeys {
        keys_of(account: &AccountId) -> Vec<KeyRecord>;
        key(id: &KeyId) -> Option<KeyRecord>;
        key_by_fingerprint(fingerprint: &Digest) -> Option<KeyRecord>;
        keys_ending(now: Timestamp, days: u32, limit: u32) -> Vec<KeyRecord>;
        legacy_keys_of(account: &AccountId) -> Vec<LegacyKey>;
    }
    WriteKeys {
        insert_key(key: &NewKey) -> KeyInsertion;
        revoke_key(id: &KeyId, revocation: &KeyRevocation) -> bool;
        label_key(id: &KeyId, label: Option<&ShortText>) -> bool;
        set_key_end(id: &KeyId, ends_at: Timestamp) -> ();
        note_reminder(id: &KeyId, days: u32) -> ();
        insert_legacy_key(key: &LegacyKey) -> bool;
    }
    ReadLog {
        log_head() -> Option<LogHead>;
        logs() -> Vec<LogHead>;
        entries(log: &LogHead, leaves: Range<u64>) -> Vec<transparency::Entry>;
        tile_hashes(log: &LogHead, level: u8, range: Range<u64>) -> Vec<transparency::Hash>;
        cosignatures(log: &LogOrigin) -> Vec<CosignatureRecord>;
    }
    WriteLog {
        append(statements: &[StatementRecord]) -> Growth;
        open_successor(origin: &LogOrigin) -> LogHead;
        keep_cosignature(log: &LogOrigin, cosignature: &CosignatureRecord) -> ();
    }
    ReadOrders {
        order(id: &OrderId) -> Option<OrderRecord>;
        orders(filter: &OrderFilter, before: Option<&OrderId>, limit: u32) -> Page<OrderRecord>;
        signed_data(id: &OrderId) -> Option<Vec<u8>>;
        receipts(orders: &[OrderId]) -> HashMap<OrderId, StatementRecord>;
        order_notes(id: &OrderId) -> Vec<NoteRecord>;
        orders_to_fulfil(limit: u32) -> Vec<OrderId>;
        expired_holds(now: Timestamp, limit: u32) -> Vec<OrderId>;
    }
    WriteOrders {
        move_order(order_move: &OrderMove) -> ();
        insert_order_note(id: &OrderId, note: &NoteRecord) -> bool;
    }
    ReadOutbox {
        mails(filter: &MailFilter, before: Option<u64>, limit: u32) -> Page<MailRecord>;
        mail_waiting() -> u64;
        next_mail_due() -> Option<Timestamp>;
    }
    WriteOutbox {
        insert_mail(mails: &[NewMail], now: Timestamp) -> ();
        claim_mail(now: Timestamp, lease_ends_at: Timestamp, limit: u32) -> Vec<MailRecord>;
        mail_sent(number: u64, attempt: u32, now: Timestamp) -> bool;
        mail_failed(number: u64, attempt: u32, error: &str, retry_at: Timestamp) -> bool;
        mail_dead(number: u64, attempt: u32, error: &str) -> bool;
        retry_mail(number: u64, now: Timestamp) -> bool;
        release_mail(now: Timestamp) -> u64;
        forget_sent_mail(until: Timestamp, limit: u32) -> u64;
    }
    ReadParties {
        shop() -> Option<ShopRecord>;
        buyer(id: &BuyerId) -> Option<BuyerRecord>;
        buyers(after: Option<&BuyerId>, limit: u32) -> Page<BuyerRecord>;
        account(id: &AccountId) -> Option<AccountRecord>;
        accounts_of(buyer: Option<&BuyerId>) -> Vec<AccountRecord>;
        correspondents(accounts: &[AccountId]) -> HashMap<AccountId, Correspondent>;
    }
    WriteParties {
        insert_shop(shop: &ShopRecord) -> bool;
        insert_buyer(buyer: &BuyerRecord) -> bool;
        update_buyer(buyer: &BuyerRecord) -> bool;
        insert_account(account: &AccountRecord) -> bool;
        set_contact(account: &AccountId, name: &str, email: &EmailAddress) -> bool;
        set_verifier(account: &AccountId, verifier: &str) -> bool;
        strengthen_verifier(account: &AccountId, old: &str, new: &str) -> bool;
        set_role(account: &AccountId, role: Role) -> bool;
        set_enabled(account: &AccountId, enabled: bool) -> bool;
    }
    ReadPrices {
        prices(filter: &PriceFilter, after: Option<&PriceKey>, limit: u32) -> Vec<PriceRecord>;
        prices_at(keys: &[PriceKey]) -> HashMap<PriceKey, PriceRecord>;
        agreed_offers(buyer: &BuyerId, skus: &[&Sku], day: Date) -> HashMap<Sku, Vec<Offer>>;
    }
    WritePrices {
        upsert_prices(prices: &[PriceRecord]) -> ();
        remove_price(key: &PriceKey) -> bool;
    }
    ReadCredit {
        credit(buyer: &BuyerId) -> HashMap<Currency, Credit>;
    }
    WriteCredit {
        set_credit_limit(buyer: &BuyerId, limit: Money) -> ();
        remove_credit_limit(buyer: &BuyerId, currency: Currency) -> bool;
    }
    ReadRefusals {
        refusals(buyer: Option<&BuyerId>, before: Option<&RefusalId>, limit: u32) -> Page<RefusalRecord>;
        forgotten_refusals(buyer: &BuyerId) -> u64;
    }
    WriteRefusals {
        insert_refusals(refusals: &[RefusalRecord]) -> ();
    }
    ReadSessions {
        session(token_sha256: &Digest, now: Timestamp) -> Option<SessionRecord>;
        has_challenge(account: &AccountId, challenge_sha256: &Digest, now: Timestamp) -> bool;
        invite(code_sha256: &Digest) -> Option<InviteRecord>;
    }
    WriteSessions {
        insert_session(session: &NewSession) -> ();
        touch_sessions(token_sha256: &[Digest], now: Timestamp, idle_ends_at: Timestamp) -> u64;
        end_session(token_sha256: &Digest) -> bool;
        end_sessions_of(account: &AccountId) -> u64;
        insert_challenge(account: &AccountId, challenge_sha256: &Digest, expires_at: Timestamp) -> ();
        take_challenge(account: &AccountId, challenge_sha256: &Digest, now: Timestamp) -> bool;
        insert_invite(invite: &NewInvite) -> ();
        redeem_invite(code_sha256: &Digest, now: Timestamp) -> bool;
        use_invite(code_sha256: &Digest, now: Timestamp) -> bool;
        forget_expired(now: Timestamp) -> u64;
    }
    ReadStatements {
        statement(number: u64) -> Option<StatementRecord>;
        statements_from(first: u64, limit: u32) -> Vec<StatementRecord>;
        statements_of(order: &OrderId) -> Vec<StatementRecord>;
        seller_statement() -> Option<StatementRecord>;
    }
    ReadWebhooks {
        webhooks() -> Vec<WebhookRecord>;
        webhook(number: u64) -> Option<WebhookRecord>;
        deliveries(webhook: u64, before: Option<u64>, limit: u32) -> Page<DeliveryRecord>;
        deliveries_waiting() -> u64;
        delivery_is_due(now: Timestamp) -> bool;
    }
    WriteWebhooks {
        insert_webhook(webhook: &NewWebhook, now: Timestamp) -> u64;
        delete_webhook(number: u64) -> bool;
        insert_webhook_events(events: &[NewWebhookEvent], now: Timestamp) -> ();
        claim_deliveries(now: Timestamp, lease_ends_at: Timestamp, limit: u32) -> Vec<DeliveryRecord>;
        report_attempt(report: &AttemptReport<'_>, now: Timestamp) -> bool;
        release_deliveries() -> u64;
        disable_webhook(number: u64, reason: &str, now: Timestamp) -> bool;
        enable_webhook(number: u64) -> bool;
        rotate_webhook(number: u64, secret: &str, previous_until: Timestamp) -> bool;
        replay_deliveries(webhook: u64, replay: &Replay, now: Timestamp) -> u64;
        forget_deliveries(until: Timestamp, limit: u32) -> u64;
    }
}
