//! Where mail goes: a mail server, a folder of `.eml` files, or a test's memory.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::message::Mail;
use super::smtp::Smtp;
use crate::background::{Background, Panicked};
use crate::files::{Readers, replace};

/// Where mail goes.
#[derive(Debug)]
pub(super) enum Transport {
    Smtp(Box<Smtp>),
    Folder(PathBuf),
    Memory(Mutex<Vec<Mail>>),
}

/// Why a mail was not delivered.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{text}")]
pub struct DeliveryError {
    /// Whether trying again would be in vain.
    pub permanent: bool,
    /// What happened, in words for the operator.
    pub text: String,
}

impl DeliveryError {
    pub(super) fn temporary(text: impl Into<String>) -> Self {
        Self {
            permanent: false,
            text: text.into(),
        }
    }

    /// The thread that writes letters did not do it.
    pub(super) fn undone(error: Panicked) -> Self {
        Self::temporary(format!("the letter was not written: {error}"))
    }

    pub(super) fn permanent(text: impl Into<String>) -> Self {
        Self {
            permanent: true,
            text: text.into(),
        }
    }
}

impl Transport {
    /// Hands the mail over. When this returns without an error, it is no longer ours to keep.
    pub(super) async fn deliver(
        &self,
        mail: Mail,
        writing: &Background,
    ) -> Result<(), DeliveryError> {
        match self {
            Self::Smtp(smtp) => smtp.deliver(&mail).await,
            Self::Folder(folder) => {
                // One file for an event: a second delivery replaces the first.
                let path = folder.join(format!("{}.eml", mail.event_id));
                let written = writing.run(move || replace(&path, &mail.message, Readers::Owner));
                written
                    .await
                    .map_err(DeliveryError::undone)?
                    .map_err(|error| DeliveryError::temporary(format!("mail folder: {error}")))
            }
            Self::Memory(mails) => {
                mails
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(mail);
                Ok(())
            }
        }
    }
}
