//! What was seen of a seller's log.

use std::path::PathBuf;

use countersign_order::Origin;

use super::Home;
use crate::failure::{Exit, Failure};
use crate::files;

impl Home {
    /// The newest checkpoint that was seen of a log, as the signed note it was.
    pub(crate) fn checkpoint(&self, seller: &Origin, log: &str) -> Result<Option<String>, Failure> {
        let path = self.log_file(seller, log);
        let Some(bytes) = files::read_private_if_there(&path)? else {
            return Ok(None);
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| Failure::new(Exit::Failure, format!("{} is damaged", path.display())))
    }

    /// Keeps the newest checkpoint.
    pub(crate) fn keep_checkpoint(
        &self,
        seller: &Origin,
        log: &str,
        note: &str,
    ) -> Result<(), Failure> {
        files::private_folder(&self.of(seller).join("log"))?;
        files::write_private(&self.log_file(seller, log), note.as_bytes())
    }

    /// Keeps what proves that a log contradicts itself; nothing that is kept gives way to it.
    pub(crate) fn keep_contradiction(
        &self,
        seller: &Origin,
        (old, new): (u64, u64),
        text: &str,
    ) -> Result<PathBuf, Failure> {
        let folder = self.of(seller).join("log");
        files::private_folder(&folder)?;
        let name = |number: u32| folder.join(format!("contradiction-{old}-{new}-{number}.txt"));
        let mut number = 1;
        while name(number).exists() {
            number += 1;
        }
        files::write_private(&name(number), text.as_bytes())?;
        Ok(name(number))
    }

    fn log_file(&self, seller: &Origin, log: &str) -> PathBuf {
        let name = format!("{}.checkpoint", log.replace('/', "_"));
        self.of(seller).join("log").join(name)
    }
}
