//! Every limit of the contract, with its unit in its name.

/// The largest order envelope, in bytes.
pub const ENVELOPE_MAX_BYTES: usize = 1024 * 1024;
/// The largest JSON body, in bytes.
pub const JSON_MAX_BYTES: usize = 64 * 1024;
/// The largest JSON body that brings items or prices in, in bytes.
pub const IMPORT_MAX_BYTES: usize = 16 * 1024 * 1024;
/// The largest body of those who are not signed in, in bytes: a sign-in, or an invite with a password.
pub const SESSION_REQUEST_MAX_BYTES: usize = 4096;
/// Rows on a page when none are asked for.
pub const PAGE_DEFAULT_ROWS: u32 = 50;
/// Rows on a page at most.
pub const PAGE_MAX_ROWS: u32 = 200;
/// The longest text searched for, in bytes.
pub const QUERY_MAX_BYTES: usize = 200;
/// The shortest password that may be chosen, in characters.
pub const PASSWORD_MIN_CHARACTERS: usize = 8;
/// The longest password, in characters.
pub const PASSWORD_MAX_CHARACTERS: usize = 128;
/// Active keys of one account.
pub const ACTIVE_KEYS_PER_ACCOUNT: usize = 8;
/// Keys of one account in all, those that were revoked among them.
pub const KEYS_PER_ACCOUNT: usize = 1000;
/// How long a key challenge is good for, in minutes.
pub const CHALLENGE_MINUTES: i64 = 10;
/// Streams of events that one account may have open.
pub const EVENT_STREAMS_PER_ACCOUNT: usize = 8;
/// Streams of events that may be open in all.
pub const EVENT_STREAMS_MAX: usize = 256;
/// A stream of events is never silent for longer, in seconds.
pub const EVENT_HEARTBEAT_SECONDS: u64 = 15;
/// The largest evidence file, in bytes.
pub const EVIDENCE_MAX_BYTES: usize = 16 * 1024 * 1024;
