//! The postman: writes, signs and delivers the mail of an event.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_order::EmailAddress;
use jiff::Timestamp;

use super::event::MailEvent;
use super::letter::{self, Letter};
use super::message::{Mail, attachment, compose};
use super::smtp::Smtp;
use super::templates::{TemplateError, Templates};
use super::transport::{DeliveryError, Transport};
use crate::background::Background;
use crate::config::{MailTransport, Settings};
use crate::files::create_private_folder;
use crate::seller::{DataDir, SecretError, Seller};

/// Writes, signs and delivers mail.
#[derive(Debug)]
pub struct Postman {
    seller: Arc<Seller>,
    from: EmailAddress,
    templates: Templates,
    transport: Transport,
    /// Where letters are written and signed: an RSA signature takes as long as several orders.
    writing: Background,
}

/// What there is to deliver.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What happened.
    pub event: MailEvent,
    /// To whom it goes.
    pub to: EmailAddress,
    /// The DER of the statement that the event announces.
    pub statement: Option<Vec<u8>>,
}

/// Why mail cannot be sent by these settings.
#[derive(Debug, thiserror::Error)]
pub enum PostmanError {
    /// Settings contradict each other.
    #[error("{0}")]
    Settings(&'static str),
    /// The sender's address is not one.
    #[error("mail.from is not an e-mail address")]
    From,
    /// The operator's address is not one.
    #[error("mail.operator is not an e-mail address")]
    Operator,
    /// The text of a letter cannot be used.
    #[error("the mail's templates cannot be used")]
    Templates(#[from] TemplateError),
    /// A secret could not be read.
    #[error("the password of the mail server cannot be read")]
    Secret(#[from] SecretError),
    /// A file or folder could not be used.
    #[error("cannot use {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// TLS could not be set up.
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[from] lettre::transport::smtp::Error),
    /// The thread that writes letters did not start.
    #[error("the thread that writes letters cannot be started")]
    Thread(#[source] io::Error),
}

impl Postman {
    /// A postman by the operator's settings.
    pub fn new(
        settings: &Settings,
        data: &DataDir,
        seller: Arc<Seller>,
    ) -> Result<Self, PostmanError> {
        let mail = &settings.mail;
        let from = from_address(settings, &seller)?;
        if let Some(operator) = &mail.operator {
            let _address: EmailAddress = operator
                .parse()
                .map_err(|_not_one| PostmanError::Operator)?;
        }
        let transport = match mail.transport {
            MailTransport::Smtp => Transport::Smtp(Box::new(Smtp::new(&mail.smtp)?)),
            MailTransport::Folder => {
                let path = mail.folder.clone().unwrap_or_else(|| data.mail());
                create_private_folder(&path).map_err(|source| PostmanError::Read {
                    path: path.clone(),
                    source,
                })?;
                Transport::Folder(path)
            }
        };
        Ok(Self {
            seller,
            from,
            templates: Templates::load(&data.templates())?,
            transport,
            writing: background()?,
        })
    }

    /// A postman who keeps everything, for tests.
    pub fn memory(seller: Arc<Seller>) -> Result<Self, PostmanError> {
        Ok(Self {
            from: default_from(&seller)?,
            templates: Templates::load(Path::new(""))?,
            seller,
            transport: Transport::Memory(Mutex::new(Vec::new())),
            writing: background()?,
        })
    }

    /// Delivers a mail once; the caller tries again unless the error is permanent.
    pub async fn deliver(
        self: &Arc<Self>,
        parcel: Parcel,
        now: Timestamp,
    ) -> Result<(), DeliveryError> {
        let postman = Arc::clone(self);
        let composed = self.writing.run(move || postman.compose(&parcel, now));
        let mail = composed.await.map_err(DeliveryError::undone)??;
        self.transport.deliver(mail, &self.writing).await
    }

    /// What a postman in memory has delivered so far.
    pub fn delivered(&self) -> Vec<Mail> {
        match &self.transport {
            Transport::Memory(mails) => {
                mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
            }
            Transport::Smtp(_) | Transport::Folder(_) => Vec::new(),
        }
    }

    /// The letter alone, as its reader sees it.
    pub fn letter(&self, event: &MailEvent, statement: Option<&[u8]>) -> Letter {
        let attached = attachment(event, statement).map(|(name, _)| name);
        letter::write(event, attached, &self.seller, &self.templates)
    }

    /// The whole message, signed.
    pub fn compose(&self, parcel: &Parcel, now: Timestamp) -> Result<Mail, DeliveryError> {
        let Parcel {
            event,
            to,
            statement,
        } = parcel;
        let written = (event, to, statement.as_deref());
        compose(written, &self.from, &self.seller, &self.templates, now).map_err(|error| {
            let source = std::error::Error::source(&error);
            let cause = source.map_or_else(String::new, |source| format!(": {source}"));
            DeliveryError::permanent(format!("{error}{cause}"))
        })
    }
}

fn background() -> Result<Background, PostmanError> {
    Background::start("letters", 1).map_err(PostmanError::Thread)
}

/// The address that letters come from.
pub(crate) fn from_address(
    settings: &Settings,
    seller: &Seller,
) -> Result<EmailAddress, PostmanError> {
    match &settings.mail.from {
        Some(address) => address.parse().map_err(|_not_one| PostmanError::From),
        None => default_from(seller),
    }
}

/// The address the first mail certificate is made for.
fn default_from(seller: &Seller) -> Result<EmailAddress, PostmanError> {
    format!("orders@{}", seller.origin())
        .parse()
        .map_err(|_not_one| PostmanError::From)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use super::super::sample::{now, seller, shipped};
    use super::*;

    /// Whoever answers requests has its threads to itself.
    #[tokio::test]
    async fn a_letter_is_written_and_put_away_by_the_thread_for_letters() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path());
        let in_a_folder = Postman::new(&Settings::default(), &data, seller()).unwrap();
        for postman in [in_a_folder, Postman::memory(seller()).unwrap()] {
            let postman = Arc::new(postman);
            let (go_on, stopped) = mpsc::channel::<()>();
            let mut stops = pin!(postman.writing.run(move || stopped.recv()));
            let parcel = Parcel {
                event: shipped(),
                to: "orders@acme.example".parse().unwrap(),
                statement: None,
            };
            let mut delivers = pin!(postman.deliver(parcel, now()));
            let context = &mut Context::from_waker(Waker::noop());
            assert!(stops.as_mut().poll(context).is_pending());
            assert!(delivers.as_mut().poll(context).is_pending());
            go_on.send(()).unwrap();
            delivers.await.unwrap();
        }
    }
}
