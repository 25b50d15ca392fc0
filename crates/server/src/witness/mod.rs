//! A witness: it cosigns what a log says about itself, if that contradicts nothing it cosigned before
//! ([C2SP tlog-witness]). Anybody can run one; it needs no shop and sees no order.
//!
//! **What is cosigned is on the disk before the cosignature leaves.** A log is judged and written
//! under a lock of its own, so that of two requests from one old size only one can succeed, and a
//! folder is served by one process at a time.
//!
//! [C2SP tlog-witness]: https://c2sp.org/tlog-witness

mod error;
mod folder;
mod judge;
mod record;
mod server;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::slice;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use countersign_transparency::{
    AddCheckpoint, Answer, KeyName, SigningKey, VerifyingKey, WitnessKey, cosign,
};

use crate::clock::Clock;
use judge::judge;
use record::Record;

pub(crate) use error::WitnessError;
pub(crate) use folder::{Added, OriginHash, WitnessFolder};
pub(crate) use server::WitnessServer;

use folder::ServingLock;

/// A witness at work.
#[derive(Debug)]
pub(crate) struct Witness {
    folder: WitnessFolder,
    name: KeyName,
    key: SigningKey,
    clock: Clock,
    /// Each log that was asked about, under its own lock.
    records: Mutex<HashMap<OriginHash, Arc<Mutex<Record>>>>,
    /// The time of the newest cosignature, of any log.
    newest_seconds: AtomicU64,
    _lock: ServingLock,
}

impl Witness {
    /// Takes up a witness where it was left. Every log that it remembers must make sense.
    pub(crate) fn open(folder: WitnessFolder, clock: Clock) -> Result<Self, WitnessError> {
        let (name, key) = folder.identity()?;
        let witness = Self {
            _lock: folder.lock()?,
            name,
            key,
            clock,
            records: Mutex::default(),
            newest_seconds: AtomicU64::new(0),
            folder,
        };
        for origin in witness.folder.trusted()? {
            witness.record(origin)?;
        }
        Ok(witness)
    }

    /// The key that its cosignatures are verified with.
    pub(crate) fn verifier_key(&self) -> WitnessKey {
        WitnessKey::new(self.name.clone(), self.key.public_key())
    }

    /// Answers the body of an `add-checkpoint`. An error is ours: nothing was cosigned.
    pub(crate) fn add_checkpoint(&self, body: &[u8]) -> Result<Answer, WitnessError> {
        let Ok(request) = AddCheckpoint::parse(body) else {
            return Ok(Answer::Malformed);
        };
        let origin = request.checkpoint.origin();
        let Some(record) = self.record(OriginHash::of(origin))? else {
            return Ok(Answer::OriginUnknown);
        };
        let mut record = lock(&record);
        let verified = match judge(&request, record.log(), record.last()) {
            Ok(verified) => verified,
            Err(refusal) => {
                trace_refusal(&request, record.log(), &refusal);
                return Ok(refusal);
            }
        };
        let (checkpoint, at) = (verified.checkpoint(), self.timestamp_seconds());
        let line = cosign(checkpoint, &self.name, &self.key, at)?;
        record.remember(&verified, &line, at)?;
        let size = checkpoint.size();
        tracing::info!(%origin, old_size = request.old_size, size, "cosigned");
        Ok(Answer::Cosigned(vec![line]))
    }

    /// The last checkpoint of a log that was cosigned, with the cosignature.
    pub(crate) fn last_checkpoint(
        &self,
        origin: OriginHash,
    ) -> Result<Option<String>, WitnessError> {
        let record = self.record(origin)?;
        Ok(record.and_then(|record| lock(&record).note().map(str::to_owned)))
    }

    /// What is remembered of a log; a log that was added since the start is found, too.
    fn record(&self, origin: OriginHash) -> Result<Option<Arc<Mutex<Record>>>, WitnessError> {
        let mut records = lock(&self.records);
        if let Some(record) = records.get(&origin) {
            return Ok(Some(Arc::clone(record)));
        }
        let Some(record) = Record::read(&self.folder, origin, &self.verifier_key())? else {
            return Ok(None);
        };
        self.newest_seconds
            .fetch_max(record.timestamp_seconds(), Ordering::SeqCst);
        let record = Arc::new(Mutex::new(record));
        records.insert(origin, Arc::clone(&record));
        Ok(Some(record))
    }

    /// The time by the clock, or that of the newest cosignature if the clock is behind it: what was
    /// cosigned later never bears an earlier time.
    fn timestamp_seconds(&self) -> u64 {
        let now = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        let newest = self.newest_seconds.fetch_max(now, Ordering::SeqCst);
        if newest > now {
            tracing::warn!(now, newest, "the clock is behind the newest cosignature");
        }
        newest.max(now)
    }
}

/// A log that says two things of one size is caught; nothing else is worth more than a line.
fn trace_refusal(request: &AddCheckpoint, log: &VerifyingKey, refusal: &Answer) {
    let origin = request.checkpoint.origin();
    let status = refusal.status();
    match refusal {
        Answer::OtherRoot => {
            // Without what strangers put under it, which may be long.
            let verified = request.checkpoint.verify(slice::from_ref(log)).ok();
            let checkpoint = verified.map(|verified| verified.signed_by_log().to_string());
            tracing::error!(%origin, checkpoint, "the log contradicts what was cosigned");
        }
        Answer::ProofNotAccepted => {
            tracing::warn!(%origin, status, "a log did not prove that it only grew");
        }
        Answer::Cosigned(_)
        | Answer::OldSize(_)
        | Answer::Malformed
        | Answer::SignatureNotTrusted
        | Answer::OriginUnknown => tracing::debug!(%origin, status, "not cosigned"),
    }
}

/// What a panic left behind is whole: it is changed in one step, after the file is written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
