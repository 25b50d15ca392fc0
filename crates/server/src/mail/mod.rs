//! Mail: what happened, told to whom it concerns, signed, and handed to a mail server or a folder.
//!
//! An event becomes a letter, a letter a message, a message a delivery. Nothing here decides
//! whether or when; a mail is never evidence, the statement attached to it is.

mod event;
mod letter;
mod message;
mod postman;
mod smtp;
mod template;
mod transport;

pub use event::{
    DeclineReason, KeyEnrolled, KeyRevoked, MailDetail, MailEvent, MailLine, News, OrderAccepted,
    OrderCancelled, OrderDeclined, OrderHeld, OrderNumbers, OrderShipped, WebhookDisabled,
};
pub use message::Mail;
pub use postman::{Parcel, Postman, PostmanError};
pub use transport::DeliveryError;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
