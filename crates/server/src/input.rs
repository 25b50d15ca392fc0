//! Asking the operator for secrets, hidden, or reading them from where they are kept.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::hidden;
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
        let first = ask(prompt)?;
        if first.is_empty() {
            return Ok(None);
        }
        if *first == *ask("The same again: ")? {
            Ok(Some(first))
        } else {
            Err(Failure::new(Exit::Failure, "the two are not the same"))
        }
    }

    /// Whether somebody can be asked.
    pub(crate) fn asks(self) -> bool {
        self.asks
    }

    /// A line that is typed, and shown while it is.
    pub(crate) fn line(prompt: &str) -> Result<String, Failure> {
        show(prompt);
        let mut typed = String::new();
        io::stdin()
            .read_line(&mut typed)
            .map_err(|error| Failure::caused_by(&error))?;
        Ok(typed.trim().to_owned())
    }

    /// A password that exists: from its file, or asked for.
    pub(crate) fn password(self, file: Option<&Path>, prompt: &str) -> Result<Passphrase, Failure> {
        match file {
            Some(file) => Ok(Passphrase::from_file(file)?),
            None if self.asks => Ok(Passphrase::new(ask(prompt)?)),
            None => Err(
                Failure::new(Exit::Usage, "nobody can be asked for the password")
                    .advise("name a file that holds it with --password-file FILE"),
            ),
        }
    }

    /// A secret that exists: from its file, or asked for.
    pub(crate) fn secret(self, file: Option<&Path>, prompt: &str) -> Result<Passphrase, Failure> {
        match file {
            Some(file) => Ok(Passphrase::from_file(file)?),
            None if self.asks => Ok(Passphrase::new(ask(prompt)?)),
            None => Err(
                Failure::new(Exit::Usage, "nobody can be asked for the passphrase")
                    .advise("name a file that holds it with --passphrase-file FILE"),
            ),
        }
    }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    let answer = hidden::read_line(|| show(prompt));
    // The Enter that ends the answer is not shown either.
    show("\n");
    answer.map_err(|error| {
        if error.kind() == io::ErrorKind::Interrupted {
            Failure::new(Exit::Interrupted, "interrupted")
        } else {
            Failure::new(Exit::Failure, format!("cannot read the answer: {error}"))
        }
    })
}

fn show(prompt: &str) {
    let mut err = io::stderr().lock();
    // A prompt that cannot be shown does not make the answer worse.
    drop(err.write_all(prompt.as_bytes()).and_then(|()| err.flush()));
}
