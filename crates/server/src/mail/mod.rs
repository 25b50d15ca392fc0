//! Mail: what happened, told to whom it concerns, signed, and handed to a mail server or a folder.
//!
//! An event becomes a letter in the words of a template, a letter a message, a message a delivery. Nothing here decides
//! whether or when; a mail is never evidence, the statement attached to it is.

mod columns;
mod event;
mod kinds;
mod letter;
mod message;
mod postman;
mod samples;
mod smtp;
mod template;
mod templates;
mod transport;

pub use event::{
    AccountChanged, BackOrderFilled, DeclineReason, EmailChanged, KeyEnrolled, KeyExpiring,
    KeyRevoked, MailDetail, MailEvent, MailLine, News, OrderAccepted, OrderCancelled,
    OrderDeclined, OrderHeld, OrderNumbers, OrderShipped, Reader, WebhookDisabled,
};
pub use kinds::{LETTERS, LetterKind, PHRASES, PhraseKind};
pub use letter::Letter;
pub use message::Mail;
pub(crate) use postman::from_address;
pub use postman::{Parcel, Postman, PostmanError};
pub use samples::{SampleError, samples};
pub use templates::{TemplateError, Templates};
pub use transport::DeliveryError;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
