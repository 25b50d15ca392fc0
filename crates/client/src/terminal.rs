//! Asking a person, and reading secrets from where they are kept.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::failure::{Exit, Failure};
use crate::{files, hidden};

/// The longest line or secret that is read, in bytes.
const MAX_BYTES: u64 = 4096;

/// Asks, unless it was told not to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    asks: bool,
}

impl Terminal {
    pub(crate) const fn new(no_input: bool) -> Self {
        Self { asks: !no_input }
    }

    /// Whether somebody can be asked.
    pub(crate) fn asks(self) -> bool {
        self.asks
    }

    /// Asks for a line; `None` at the end of the input.
    pub(crate) fn line(self, prompt: &str, instead: &str) -> Result<Option<String>, Failure> {
        self.must_ask(prompt, instead)?;
        show(prompt);
        let mut line = String::new();
        let read = io::stdin()
            .lock()
            .take(MAX_BYTES)
            .read_line(&mut line)
            .map_err(|error| unread(&error))?;
        if read == 0 {
            // The end of the input leaves the cursor behind the question.
            show("\n");
            return Ok(None);
        }
        Ok(Some(line.trim().to_owned()))
    }

    /// Asks yes or no; anything but yes is no.
    pub(crate) fn agrees(self, prompt: &str, instead: &str) -> Result<bool, Failure> {
        let Some(answer) = self.line(&format!("{prompt} [y/N] "), instead)? else {
            let message = format!("nobody answered {prompt:?}, so nothing was done");
            let advice = format!("answer beforehand with {instead}");
            return Err(Failure::new(Exit::Failure, message).advise(advice));
        };
        Ok(matches!(&*answer, "y" | "Y" | "yes" | "Yes"))
    }

    /// Asks for a secret without showing it.
    pub(crate) fn secret(self, prompt: &str, instead: &str) -> Result<Zeroizing<String>, Failure> {
        self.must_ask(prompt, instead)?;
        if !io::stdin().is_terminal() {
            return Err(Failure::new(
                Exit::Failure,
                format!("cannot ask for \"{}\" off a terminal", prompt.trim()),
            )
            .advise(format!("give it with {instead}")));
        }
        let answer = hidden::read_line(|| show(prompt));
        // The Enter that ends the answer is not shown either.
        show("\n");
        answer.map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                Failure::new(Exit::Interrupted, "interrupted")
            } else {
                unread(&error)
            }
        })
    }

    /// Reads a secret from its file, or asks for it.
    pub(crate) fn secret_or_file(
        self,
        file: Option<&Path>,
        prompt: &str,
        instead: &str,
    ) -> Result<Zeroizing<String>, Failure> {
        match file {
            Some(file) => secret_file(file, instead),
            None => self.secret(prompt, instead),
        }
    }

    /// The same for a secret that is to be new: asked for twice.
    pub(crate) fn new_secret_or_file(
        self,
        file: Option<&Path>,
        prompt: &str,
        instead: &str,
    ) -> Result<Zeroizing<String>, Failure> {
        if let Some(file) = file {
            return secret_file(file, instead);
        }
        let first = self.secret(prompt, instead)?;
        let second = self.secret("The same again: ", instead)?;
        if *first == *second {
            Ok(first)
        } else {
            Err(Failure::new(Exit::Failure, "the two are not the same"))
        }
    }

    fn must_ask(self, prompt: &str, instead: &str) -> Result<(), Failure> {
        if self.asks {
            return Ok(());
        }
        let message = format!(
            "--no-input was given, and \"{}\" has no answer",
            prompt.trim()
        );
        Err(Failure::new(Exit::Failure, message).advise(format!("give it with {instead}")))
    }
}

fn unread(error: &io::Error) -> Failure {
    Failure::because(format!("cannot read the answer: {error}"))
}

fn show(prompt: &str) {
    let mut err = io::stderr().lock();
    // A prompt that cannot be shown does not make the answer worse.
    let _shown = err.write_all(prompt.as_bytes()).and_then(|()| err.flush());
}

/// Reads a secret from a file, or from standard input; one newline at its end is cut.
fn secret_file(file: &Path, named_by: &str) -> Result<Zeroizing<String>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    if file == Path::new("-") {
        io::stdin()
            .lock()
            .take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| files::failed("read", file, &error))?;
    } else {
        *bytes = files::read_private(file).map_err(|failure| match failure.advice {
            Some(_) => failure,
            None => failure.advise(format!("it is the file that {named_by} names")),
        })?;
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Failure::new(Exit::Failure, format!("{} holds no text", file.display())))?;
    Ok(Zeroizing::new(
        text.strip_suffix('\n').unwrap_or(text).to_owned(),
    ))
}
