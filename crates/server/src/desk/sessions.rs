//! Sessions and challenges: random tokens of which only the SHA-256 is kept.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_order::{AccountId, BuyerId, Digest, Role};
use countersign_store::{AccountRecord, NewSession, SessionRecord, TokenScope};
use jiff::{SignedDuration, Timestamp};

use super::enrol::digest_of;
use super::{Desk, DeskError, Operation, Work, people, tokens, touches};

/// Random bytes of a token or challenge.
const TOKEN_BYTES: usize = 32;
/// A session's use is noted at most this often.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// How long a challenge is good for.
const CHALLENGE_LIFE: SignedDuration =
    SignedDuration::from_mins(countersign_api::limits::CHALLENGE_MINUTES);

/// A token as its holder has it.
#[derive(Clone)]
pub(crate) struct Token(String);

impl Token {
    fn new(desk: &Desk) -> Self {
        Self::with_prefix("", desk)
    }

    pub(super) fn with_prefix(prefix: &str, desk: &Desk) -> Self {
        let bytes: [u8; TOKEN_BYTES] = desk.random().bytes();
        Self(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// The text that is handed out once.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Opens a session for an account whose password was right.
#[derive(Debug)]
pub(crate) struct OpenSession {
    pub(crate) account: AccountId,
    /// The verifier that the password matched; none if it was set in the same operation.
    pub(crate) matched: Option<String>,
    /// What replaces that, if it is a legacy one.
    pub(crate) stronger: Option<String>,
}

impl OpenSession {
    pub(crate) fn of(account: AccountId) -> Self {
        Self {
            account,
            matched: None,
            stronger: None,
        }
    }
}

/// A session that was opened.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) token: Token,
    pub(crate) ends_at: Timestamp,
    pub(crate) account: AccountId,
    pub(crate) buyer: Option<BuyerId>,
    pub(crate) role: Role,
}

#[async_trait]
impl Operation for OpenSession {
    type Answer = Opened;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Opened, DeskError> {
        open(work, self).await
    }
}

/// Refuses what a password allowed that was changed while it was compared.
pub(super) fn must_still_match(account: &AccountRecord, matched: &str) -> Result<(), DeskError> {
    if account.verifier.as_deref() == Some(matched) {
        Ok(())
    } else {
        Err(DeskError::NotLetIn)
    }
}

/// Opens a session within a larger operation.
pub(super) async fn open(work: &mut Work<'_>, wanted: &OpenSession) -> Result<Opened, DeskError> {
    let account = people::let_in(work.transaction, &wanted.account).await?;
    let account = account.ok_or(DeskError::NotLetIn)?;
    if let Some(matched) = &wanted.matched {
        must_still_match(&account, matched)?;
        if let Some(stronger) = &wanted.stronger {
            work.transaction
                .strengthen_verifier(&account.id, matched, stronger)
                .await?;
        }
    }
    let sessions = &work.desk.settings().sessions;
    let after = |duration| work.now.saturating_add(duration).unwrap_or(work.now);
    let token = Token::new(work.desk);
    let session = NewSession {
        token_sha256: digest_of(token.expose()),
        account: account.id.clone(),
        created_at: work.now,
        idle_ends_at: after(SignedDuration::from_mins(sessions.idle_minutes.into())),
        ends_at: after(SignedDuration::from_hours(sessions.absolute_hours.into())),
    };
    work.transaction.insert_session(&session).await?;
    Ok(Opened {
        token,
        ends_at: session.ends_at,
        account: account.id,
        buyer: account.buyer,
        role: account.role,
    })
}

/// Who asks: a session that is in use, or a machine; and the digest of the token.
#[derive(Debug, Clone)]
pub(crate) struct Current {
    pub(crate) session: Holder,
    pub(crate) token_sha256: Digest,
    /// What a machine's token is good for; none for a session, which is good for all the account may do.
    pub(crate) machine: Option<TokenScope>,
}

/// The account in whose name a token is used.
#[derive(Debug, Clone)]
pub(crate) struct Holder {
    pub(crate) account: AccountId,
    pub(crate) buyer: Option<BuyerId>,
    pub(crate) role: Role,
}

/// Finds whom a token stands for, and notes now and then that a session is used.
pub(crate) async fn find(desk: &Desk, token: &str) -> Result<Option<Current>, DeskError> {
    if token.starts_with(tokens::PREFIX) {
        machine(desk, digest_of(token)).await
    } else {
        session(desk, digest_of(token)).await
    }
}

/// Finds who was found before, if the session has not ended and the token is not revoked.
pub(crate) async fn again(desk: &Desk, before: &Current) -> Result<Option<Current>, DeskError> {
    match before.machine {
        Some(_) => machine(desk, before.token_sha256).await,
        None => session(desk, before.token_sha256).await,
    }
}

async fn machine(desk: &Desk, token_sha256: Digest) -> Result<Option<Current>, DeskError> {
    let now = desk.clock().now();
    let mut view = desk.store().read_committed().await?;
    let holder = view.token_holder(&token_sha256, now).await?;
    Ok(holder.map(|holder| Current {
        machine: Some(holder.scope),
        token_sha256,
        session: Holder {
            account: holder.account,
            buyer: holder.buyer,
            role: holder.role,
        },
    }))
}

async fn session(desk: &Desk, token_sha256: Digest) -> Result<Option<Current>, DeskError> {
    let now = desk.clock().now();
    let mut view = desk.store().read_committed().await?;
    let Some(session) = view.session(&token_sha256, now).await? else {
        return Ok(None);
    };
    drop(view);
    if wants_touch(&session, now) {
        touches::note(desk, token_sha256);
    }
    Ok(Some(Current {
        session: Holder {
            account: session.account,
            buyer: session.buyer,
            role: session.role,
        },
        token_sha256,
        machine: None,
    }))
}

fn wants_touch(session: &SessionRecord, now: Timestamp) -> bool {
    now.duration_since(session.seen_at) > TOUCH_EVERY
}

/// Ends a session.
#[derive(Debug)]
pub(crate) struct EndSession {
    pub(crate) token_sha256: Digest,
}

#[async_trait]
impl Operation for EndSession {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        work.transaction.end_session(&self.token_sha256).await?;
        Ok(())
    }
}

/// Makes a challenge for a new key of an account to sign.
#[derive(Debug)]
pub(crate) struct MakeChallenge {
    pub(crate) account: AccountId,
}

/// A challenge, and when it is no longer good.
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(crate) text: String,
    pub(crate) expires_at: Timestamp,
}

#[async_trait]
impl Operation for MakeChallenge {
    type Answer = Challenge;

    async fn apply(&self, work: &mut Work<'_>) -> Result<Challenge, DeskError> {
        let text = Token::new(work.desk).0;
        let expires_at = work.now.saturating_add(CHALLENGE_LIFE).unwrap_or(work.now);
        work.transaction
            .insert_challenge(&self.account, &digest_of(&text), expires_at)
            .await?;
        Ok(Challenge { text, expires_at })
    }
}

/// Forgets sessions, challenges and invites that have expired.
#[derive(Debug)]
pub(crate) struct ForgetExpired;

#[async_trait]
impl Operation for ForgetExpired {
    type Answer = u64;

    async fn apply(&self, work: &mut Work<'_>) -> Result<u64, DeskError> {
        Ok(work.transaction.forget_expired(work.now).await?)
    }
}
