//! What a witness remembers of one log: the last checkpoint it cosigned, in a file of its own.
//!
//! The file is the note with the log's signature and the witness's, and nothing that anybody else
//! put under it. It is replaced and synced before memory is: after a write that failed the witness
//! still goes by the checkpoint before, and the next request writes anew.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::slice;

use countersign_transparency::{
    Checkpoint, NOTE_MAX_BYTES, NoteSignature, SignedCheckpoint, VerifiedCheckpoint, VerifyingKey,
    WitnessKey,
};

use super::error::WitnessError;
use super::folder::{OriginHash, WitnessFolder, unread, unwritten};
use crate::files::{Readers, read_to_limit, replace, sync_folder_of};

/// What a witness remembers of one log.
#[derive(Debug)]
pub(super) struct Record {
    log: VerifyingKey,
    path: PathBuf,
    last: Option<Last>,
}

/// The last checkpoint that was cosigned.
#[derive(Debug)]
struct Last {
    checkpoint: Checkpoint,
    note: String,
    timestamp_seconds: u64,
}

impl Record {
    /// Reads what is remembered of a log, if the log is trusted. A file that makes no sense is an
    /// error: it must never count as nothing.
    pub(super) fn read(
        folder: &WitnessFolder,
        origin: OriginHash,
        witness: &WitnessKey,
    ) -> Result<Option<Self>, WitnessError> {
        let Some(log) = folder.log_key(origin)? else {
            return Ok(None);
        };
        let path = folder.checkpoint_file(origin);
        let last = match File::open(&path) {
            Ok(file) => {
                let limit_bytes = u64::try_from(NOTE_MAX_BYTES).unwrap_or(u64::MAX);
                // A process that was killed may have replaced the file and no more: what is told from
                // now on must not be lost with the machine.
                file.sync_all()
                    .and_then(|()| sync_folder_of(&path))
                    .map_err(unwritten(&path))?;
                let bytes = read_to_limit(file, limit_bytes).map_err(unread(&path))?;
                let last = Last::parse(&bytes, &log, witness);
                Some(last.ok_or_else(|| WitnessError::NotRemembered { path: path.clone() })?)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(WitnessError::Read { path, source }),
        };
        Ok(Some(Self { log, path, last }))
    }

    /// The key of the log.
    pub(super) fn log(&self) -> &VerifyingKey {
        &self.log
    }

    /// The last checkpoint that was cosigned.
    pub(super) fn last(&self) -> Option<&Checkpoint> {
        self.last.as_ref().map(|last| &last.checkpoint)
    }

    /// The same as a note, with both signatures.
    pub(super) fn note(&self) -> Option<&str> {
        self.last.as_ref().map(|last| last.note.as_str())
    }

    /// When it was cosigned; 0 if nothing was.
    pub(super) fn timestamp_seconds(&self) -> u64 {
        self.last.as_ref().map_or(0, |last| last.timestamp_seconds)
    }

    /// Remembers what is about to be cosigned, durably. Whoever asks for the same again and again
    /// does not make the disk work more than once a second.
    pub(super) fn remember(
        &mut self,
        verified: &VerifiedCheckpoint,
        line: &NoteSignature,
        timestamp_seconds: u64,
    ) -> Result<(), WitnessError> {
        let mut signed = verified.signed_by_log();
        signed.add(line.clone()).map_err(WitnessError::Keep)?;
        let note = signed.to_string();
        if self.note() == Some(&note) {
            return Ok(());
        }
        replace(&self.path, note.as_bytes(), Readers::Everyone).map_err(unwritten(&self.path))?;
        self.last = Some(Last {
            checkpoint: verified.checkpoint().clone(),
            note,
            timestamp_seconds,
        });
        Ok(())
    }
}

impl Last {
    /// Reads a checkpoint of this log that this witness cosigned.
    fn parse(note: &[u8], log: &VerifyingKey, witness: &WitnessKey) -> Option<Self> {
        let signed = SignedCheckpoint::parse(note).ok()?;
        let verified = signed.verify(slice::from_ref(log)).ok()?;
        let cosignatures = verified.cosignatures(slice::from_ref(witness)).ok()?;
        Some(Self {
            checkpoint: verified.checkpoint().clone(),
            timestamp_seconds: cosignatures.first()?.timestamp_seconds,
            note: signed.to_string(),
        })
    }
}
