//! Where a build for tests ends itself as a crash would, and which checks it can leave out.
//!
//! Only the feature `crash-points` makes anything of this, and no release can be built with it; in
//! every other build these are functions that do nothing. `OPD_CRASH_AT=NAME[:N]` aborts the process
//! when it comes to a point for the first or the Nth time; whoever wants it to die there every time
//! starts it with the variable again. `OPD_FAULT=NAME` leaves a check out, so that a test can show that
//! it would notice. A name that is not known ends the process with the list of those that are.

#[cfg(all(feature = "crash-points", not(debug_assertions)))]
compile_error!("crash points are for tests, and belong in no release");

/// A moment after which a crash must cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashPoint {
    /// An order's signature was checked; nothing is written.
    OrderVerified,
    /// A batch of orders is decided.
    OrderDecided,
    /// Its receipts are signed.
    ReceiptsSigned,
    /// The log has grown by them, uncommitted.
    LeavesAppended,
    /// The orders, lines and reservations are written, uncommitted.
    OrdersInserted,
    /// The mail and the webhooks' events are written, uncommitted.
    MailQueued,
    /// A refusal is written, uncommitted.
    RefusalInserted,
    /// All of a batch is written.
    IntakeBeforeCommit,
    /// A batch is committed, and nobody was answered.
    IntakeCommitted,
    /// An answer is ready, and not sent.
    ReplyReady,
    /// A move of an order is written, uncommitted.
    OrderMoved,
    /// The shipment is stated and its mail queued, uncommitted.
    ShipmentStated,
    /// All of a change that makes a statement is written.
    ChangeBeforeCommit,
    /// Such a change is committed, and nobody was told.
    ChangeCommitted,
    /// Mails are claimed.
    MailClaimed,
    /// A mail is about to be sent.
    MailBeforeSend,
    /// A mail was sent, and is not marked as sent.
    MailSent,
    /// Mails are marked as sent.
    MailMarked,
    /// A checkpoint is signed, and not yet in its file.
    CheckpointSigned,
    /// A checkpoint is in its file.
    CheckpointPublished,
    /// At the start: what the last server left in the write-ahead log is in the database.
    WalMoved,
    /// At the start: what a dead server had claimed is free again.
    ClaimsReleased,
    /// A migration was applied, uncommitted.
    MigrationApplied,
    /// All migrations were applied.
    MigrationBeforeCommit,
    /// The new schema is committed.
    MigrationCommitted,
}

/// A check that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Commits return before their bytes are on the disk.
    SynchronousOff,
    /// A purchase order number that is used is taken once more.
    RepeatCheckOff,
    /// More is promised than there is.
    StockCheckOff,
    /// The key of any account signs for every account.
    KeyCheckOff,
}

/// Ends the process if it is to crash here.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub const fn reach(_point: CrashPoint) {}

/// Whether a check is left out: never.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub const fn is_left_out(_fault: Fault) -> bool {
    false
}

#[cfg(feature = "crash-points")]
pub use armed::{arm, is_left_out, reach};

#[cfg(feature = "crash-points")]
mod armed {
    //! The build for tests.

    use std::process::{abort, exit};
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::{CrashPoint, Fault};

    impl CrashPoint {
        /// Every point.
        pub const ALL: [Self; 25] = [
            Self::OrderVerified,
            Self::OrderDecided,
            Self::ReceiptsSigned,
            Self::LeavesAppended,
            Self::OrdersInserted,
            Self::MailQueued,
            Self::RefusalInserted,
            Self::IntakeBeforeCommit,
            Self::IntakeCommitted,
            Self::ReplyReady,
            Self::OrderMoved,
            Self::ShipmentStated,
            Self::ChangeBeforeCommit,
            Self::ChangeCommitted,
            Self::MailClaimed,
            Self::MailBeforeSend,
            Self::MailSent,
            Self::MailMarked,
            Self::CheckpointSigned,
            Self::CheckpointPublished,
            Self::WalMoved,
            Self::ClaimsReleased,
            Self::MigrationApplied,
            Self::MigrationBeforeCommit,
            Self::MigrationCommitted,
        ];

        /// How `OPD_CRASH_AT` names it.
        pub const fn name(self) -> &'static str {
            match self {
                Self::OrderVerified => "order-verified",
                Self::OrderDecided => "order-decided",
                Self::ReceiptsSigned => "receipts-signed",
                Self::LeavesAppended => "leaves-appended",
                Self::OrdersInserted => "orders-inserted",
                Self::MailQueued => "mail-queued",
                Self::RefusalInserted => "refusal-inserted",
                Self::IntakeBeforeCommit => "intake-before-commit",
                Self::IntakeCommitted => "intake-committed",
                Self::ReplyReady => "reply-ready",
                Self::OrderMoved => "order-moved",
                Self::ShipmentStated => "shipment-stated",
                Self::ChangeBeforeCommit => "change-before-commit",
                Self::ChangeCommitted => "change-committed",
                Self::MailClaimed => "mail-claimed",
                Self::MailBeforeSend => "mail-before-send",
                Self::MailSent => "mail-sent",
                Self::MailMarked => "mail-marked",
                Self::CheckpointSigned => "checkpoint-signed",
                Self::CheckpointPublished => "checkpoint-published",
                Self::WalMoved => "wal-moved",
                Self::ClaimsReleased => "claims-released",
                Self::MigrationApplied => "migration-applied",
                Self::MigrationBeforeCommit => "migration-before-commit",
                Self::MigrationCommitted => "migration-committed",
            }
        }
    }

    impl Fault {
        const ALL: [Self; 4] = [
            Self::SynchronousOff,
            Self::RepeatCheckOff,
            Self::StockCheckOff,
            Self::KeyCheckOff,
        ];

        const fn name(self) -> &'static str {
            match self {
                Self::SynchronousOff => "synchronous-off",
                Self::RepeatCheckOff => "repeat-check-off",
                Self::StockCheckOff => "stock-check-off",
                Self::KeyCheckOff => "key-check-off",
            }
        }
    }

    /// What the environment asks for.
    struct Plan {
        point: Option<CrashPoint>,
        /// How often the point is still come to, this time included.
        left: AtomicU32,
        fault: Option<Fault>,
    }

    static PLAN: OnceLock<Plan> = OnceLock::new();

    /// Reads the environment, and ends a process that is asked for what is not known.
    pub fn arm() {
        let _plan = plan();
    }

    /// Ends the process if it is to crash here.
    pub fn reach(point: CrashPoint) {
        let plan = plan();
        if plan.point == Some(point) && plan.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            abort();
        }
    }

    /// Whether a check is left out.
    pub fn is_left_out(fault: Fault) -> bool {
        plan().fault == Some(fault)
    }

    fn plan() -> &'static Plan {
        PLAN.get_or_init(|| {
            let (point, time) = wanted("OPD_CRASH_AT");
            let (fault, _) = wanted("OPD_FAULT");
            let points = CrashPoint::ALL.map(|point| (point.name(), point));
            let faults = Fault::ALL.map(|fault| (fault.name(), fault));
            Plan {
                point: point.map(|name| find(&points, &name)),
                left: AtomicU32::new(time),
                fault: fault.map(|name| find(&faults, &name)),
            }
        })
    }

    /// The name and the number in a variable of the environment.
    fn wanted(variable: &str) -> (Option<String>, u32) {
        let Ok(text) = std::env::var(variable) else {
            return (None, 1);
        };
        match text.split_once(':') {
            Some((name, time)) => (Some(name.to_owned()), time.parse().unwrap_or(1)),
            None => (Some(text), 1),
        }
    }

    #[expect(clippy::print_stderr, reason = "for the test that asked")]
    fn find<T: Copy>(known: &[(&str, T)], name: &str) -> T {
        if let Some((_, found)) = known.iter().find(|(known, _)| *known == name) {
            return *found;
        }
        for (name, _) in known {
            eprintln!("{name}");
        }
        exit(2)
    }
}
