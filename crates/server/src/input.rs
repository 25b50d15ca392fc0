//! Asking the operator for secrets, hidden, or reading them from where they are kept.

use std::io::{self, IsTerminal as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::seller::Passphrase;

/// Asks, unless it was told not to or nobody is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Input {
    asks: bool,
}

impl Input {
    pub(crate) fn new(no_input: bool) -> Self {
        Self {
            asks: !no_input && io::stdin().is_terminal(),
        }
    }

    /// A new secret: from its file, or asked for twice. None if nobody can be asked, or nothing
    /// was typed.
    pub(crate) fn new_secret(
        self,
        file: Option<&Path>,
        prompt: &str,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        if let Some(file) = file {
            return Ok(Some(Passphrase::from_file(file)?.into_text()));
        }
        if !self.asks {
            return Ok(None);
        }
        let first = hidden(prompt)?;
        if first.is_empty() {
            return Ok(None);
        }
        if *first == *hidden("The same again: ")? {
            Ok(Some(first))
        } else {
            Err(Failure::new(Exit::Failure, "the two are not the same"))
        }
    }

    /// A secret that exists: from its file, or asked for.
    pub(crate) fn secret(self, file: Option<&Path>, prompt: &str) -> Result<Passphrase, Failure> {
        match file {
            Some(file) => Ok(Passphrase::from_file(file)?),
            None if self.asks => Ok(Passphrase::new(hidden(prompt)?)),
            None => Err(
                Failure::new(Exit::Usage, "nobody can be asked for the passphrase")
                    .advise("name a file that holds it with --passphrase-file FILE"),
            ),
        }
    }
}

fn hidden(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|error| Failure::new(Exit::Failure, format!("cannot read the answer: {error}")))
}
