//! Choosing the key to sign with, RSA or DSA; one that the account does not have yet can be made.

use std::path::{Path, PathBuf};

use countersign_api::{KeyState, KeyView};
use countersign_order::Digest;

use super::{INSTEAD, Session};
use crate::cli::{Algorithm, KeyKind};
use crate::enrolment::{AllowedBy, enrol};
use crate::failure::Failure;
use crate::key_file;
use crate::output::table;
use crate::seller::digest;

/// A key that can sign now: its file is here, and the seller knows it as active.
struct Usable {
    file: PathBuf,
    algorithm: String,
    fingerprint: Digest,
}

impl Session<'_> {
    /// The file of the key to sign with. None if nobody answers.
    pub(super) fn chooses_key(&self) -> Result<Option<PathBuf>, Failure> {
        loop {
            let keys = self.usable_keys()?;
            let prompt = if keys.is_empty() {
                self.context.output.message(
                    "\nNo key of this account is known here. Say the file of one that is enrolled.\n\
                     (The first key is enrolled by po join LINK, or by the seller.)",
                );
                "Key file: "
            } else {
                self.context.output.message(&listed(&keys));
                "Key [1]: "
            };
            let Some(answer) = self.context.terminal.line(prompt, INSTEAD)? else {
                return Ok(None);
            };
            let chosen = match answer.as_str() {
                "" if keys.is_empty() => return Ok(None),
                "" => keys.into_iter().next().map(|key| key.file),
                "rsa" | "RSA" => self.of_algorithm(&keys, Algorithm::Rsa)?,
                "dsa" | "DSA" => self.of_algorithm(&keys, Algorithm::Dsa)?,
                other => self.numbered_or_file(keys, other),
            };
            if chosen.is_some() {
                return Ok(chosen);
            }
        }
    }

    /// The account's active keys whose files are here and whole.
    fn usable_keys(&self) -> Result<Vec<Usable>, Failure> {
        let account = &self.api.session()?.account;
        let enrolled: Vec<KeyView> = self.api.get_all("/v1/keys", &[])?;
        // The file may have been remembered since the session began.
        let pinned = self.context.home.seller(&self.seller.origin)?;
        let files = pinned.iter().flat_map(|pinned| pinned.keys_of(account));
        let usable = files.filter_map(|known| {
            let certificate = key_file::certificate(&known.file).ok()?;
            let fingerprint = digest(certificate.fingerprint());
            let is_active = |key: &&KeyView| {
                key.certificate_fingerprint == fingerprint && key.state == KeyState::Active
            };
            let key = enrolled.iter().find(is_active)?;
            Some(Usable {
                file: known.file.clone(),
                algorithm: key.algorithm.clone(),
                fingerprint: key.key_fingerprint,
            })
        });
        Ok(usable.collect())
    }

    fn numbered_or_file(&self, keys: Vec<Usable>, answer: &str) -> Option<PathBuf> {
        let number = answer.parse::<usize>().ok();
        if let Some(place) = number.and_then(|number| number.checked_sub(1)) {
            let chosen = keys.into_iter().nth(place);
            if chosen.is_none() {
                self.context.output.message("there is no such key");
            }
            return chosen.map(|key| key.file);
        }
        match key_file::certificate(Path::new(answer)) {
            Ok(_) => Some(PathBuf::from(answer)),
            Err(failure) => {
                self.context.output.failure(&failure);
                None
            }
        }
    }

    /// The key of this kind, which is made and enrolled if the account has none.
    fn of_algorithm(
        &self,
        keys: &[Usable],
        algorithm: Algorithm,
    ) -> Result<Option<PathBuf>, Failure> {
        let name = algorithm.name();
        if let Some(key) = keys.iter().find(|key| key.algorithm.starts_with(name)) {
            return Ok(Some(key.file.clone()));
        }
        let Some(by) = keys.first() else {
            let message = format!("a new {name} key needs one that is enrolled already");
            self.context.output.message(&message);
            return Ok(None);
        };
        let prompt = format!(
            "You have no {name} key. Make one, allowed by your {}?",
            by.algorithm
        );
        if !self.context.terminal.agrees(&prompt, INSTEAD)? {
            return Ok(None);
        }
        let account = &self.api.session()?.account;
        let path = key_file::own_path(self.context, &self.pinned, account, algorithm)?;
        let kind = KeyKind::usual(algorithm);
        let signer = key_file::open_or_make(self.context, &kind, account, &path)?;
        let by = key_file::open(self.context, &by.file)?;
        let at = (&self.api, &self.seller);
        let key = enrol(
            self.context,
            at,
            (&path, &signer),
            AllowedBy::Key(&by),
            None,
        )?;
        let message = format!("enrolled {} {}", key.algorithm, key.key_fingerprint);
        self.context.output.message(&message);
        Ok(Some(path))
    }
}

fn listed(keys: &[Usable]) -> String {
    let rows: Vec<Vec<String>> = keys
        .iter()
        .zip(1..)
        .map(|(key, number): (&Usable, u32)| {
            vec![
                number.to_string(),
                key.algorithm.clone(),
                key_file::shortened(&key.fingerprint.to_string()),
                key.file.display().to_string(),
            ]
        })
        .collect();
    let table = table(&["#", "key", "fingerprint", "file"], &rows, &[0]);
    format!("\n{table}\nSign with which? A number, rsa, dsa, or the file of another key.")
}
