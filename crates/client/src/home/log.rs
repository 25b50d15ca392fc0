//! What was seen of a seller's logs.

use std::path::PathBuf;

use countersign_envelope::Digest;
use countersign_order::Origin;

use super::{Home, folders};
use crate::failure::{Exit, Failure};
use crate::files;

/// How the file of a log's checkpoint ends.
const CHECKPOINT: &str = "checkpoint";

impl Home {
    /// The newest checkpoint that was seen of a log, as the signed note it was.
    pub(crate) fn checkpoint(&self, seller: &Origin, log: &str) -> Result<Option<String>, Failure> {
        read_note(&self.log_file(seller, log))
    }

    /// The newest checkpoint that was seen of each of the seller's logs.
    pub(crate) fn checkpoints(&self, seller: &Origin) -> Result<Vec<String>, Failure> {
        let mut notes = Vec::new();
        for path in folders(&self.of(seller).join("log"))? {
            if path.extension().is_some_and(|kind| kind == CHECKPOINT) {
                notes.extend(read_note(&path)?);
            }
        }
        Ok(notes)
    }

    /// Keeps the newest checkpoint in the place of the one that was seen. False if another process
    /// kept one meanwhile: what it has seen must not be forgotten.
    pub(crate) fn replace_checkpoint(
        &self,
        seller: &Origin,
        log: &str,
        seen: Option<&str>,
        note: &str,
    ) -> Result<bool, Failure> {
        let folder = self.of(seller).join("log");
        files::private_folder(&folder)?;
        let lock = files::lock(&folder.join("lock"))?;
        let path = self.log_file(seller, log);
        let is_as_seen = read_note(&path)?.as_deref() == seen;
        if is_as_seen {
            files::write_private(&path, note.as_bytes())?;
        }
        drop(lock);
        Ok(is_as_seen)
    }

    /// Keeps what proves that a log contradicts itself. It is named by what it says, so that nothing
    /// that is kept gives way to it.
    pub(crate) fn keep_contradiction(
        &self,
        seller: &Origin,
        text: &str,
    ) -> Result<PathBuf, Failure> {
        let folder = self.of(seller).join("log");
        files::private_folder(&folder)?;
        let name = hex::encode(Digest::of(text.as_bytes()).as_bytes());
        let path = folder.join(format!("contradiction-{name}.txt"));
        files::write_private(&path, text.as_bytes())?;
        Ok(path)
    }

    fn log_file(&self, seller: &Origin, log: &str) -> PathBuf {
        let name = format!("{}.{CHECKPOINT}", log.replace('/', "_"));
        self.of(seller).join("log").join(name)
    }
}

fn read_note(path: &std::path::Path) -> Result<Option<String>, Failure> {
    let Some(bytes) = files::read_private_if_there(path)? else {
        return Ok(None);
    };
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| Failure::new(Exit::Failure, format!("{} is damaged", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_process_has_seen_meanwhile_is_not_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(Some(folder.path())).unwrap();
        let (seller, log) = ("shop.example".parse().unwrap(), "shop.example");
        let keeps = |seen, note| home.replace_checkpoint(&seller, log, seen, note).unwrap();
        assert!(keeps(None, "one"));
        assert!(!keeps(None, "two"), "somebody has seen one");
        assert!(keeps(Some("one"), "three"));
        assert!(!keeps(Some("one"), "two"), "somebody has seen three");
        assert_eq!(home.checkpoint(&seller, log).unwrap().unwrap(), "three");
    }

    #[test]
    fn each_log_has_its_own_checkpoint_and_nothing_else_counts_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::open(Some(folder.path())).unwrap();
        let seller = "shop.example".parse().unwrap();
        assert!(home.checkpoints(&seller).unwrap().is_empty());
        for log in ["shop.example", "shop.example/2"] {
            home.replace_checkpoint(&seller, log, None, log).unwrap();
        }
        home.keep_contradiction(&seller, "text").unwrap();
        let mut notes = home.checkpoints(&seller).unwrap();
        notes.sort_unstable();
        assert_eq!(notes, ["shop.example", "shop.example/2"]);
    }
}
