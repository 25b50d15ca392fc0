//! A letter as a message: MIME (RFC 2045), the statement attached, the whole S/MIME-signed (RFC 8551).

use std::time::SystemTime;

use countersign_envelope::{Digest, SignError};
use countersign_order::EmailAddress;
use jiff::Timestamp;
use lettre::Message;
use lettre::address::{Address, AddressError};
use lettre::message::header::{
    ContentTransferEncoding, ContentType, ContentTypeErr, HeaderName, HeaderValue,
};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};

use super::event::{MailDetail, MailEvent, News};
use super::letter::{self, visible};
use super::templates::Templates;
use crate::seller::Seller;

/// How a detached signature names itself (RFC 8551 section 3.5.3).
const SIGNATURE_TYPE: &str = "application/pkcs7-signature";
const DIGEST_NAME: &str = "sha-256";

/// A mail that is ready to go.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The event it tells of; the Message-ID is made of it.
    pub event_id: String,
    /// From whom.
    pub from: EmailAddress,
    /// To whom.
    pub to: EmailAddress,
    /// The message, headers and all, with CRLF line ends.
    pub message: Vec<u8>,
}

/// Why a mail could not be written. Trying again would not help.
#[derive(Debug, thiserror::Error)]
pub(super) enum ComposeError {
    /// An address is not one for mail.
    #[error("the address is not one for mail")]
    Address(#[from] AddressError),
    /// The signature failed.
    #[error("the mail could not be signed")]
    Sign(#[from] SignError),
    /// A content type is not one.
    #[error("a content type could not be written")]
    ContentType(#[from] ContentTypeErr),
    /// The time lies outside what a mail can state.
    #[error("the time cannot be stated in a mail")]
    Time(#[from] jiff::Error),
    /// A part could not be encoded.
    #[error("a part of the message could not be encoded")]
    Encoding,
    /// The message could not be put together.
    #[error("the message could not be put together")]
    Message(#[from] lettre::error::Error),
}

/// Writes and signs the mail of an event. The same event always has the same Message-ID, so a
/// second delivery is recognised as one.
pub(super) fn compose(
    (event, to, statement): (&MailEvent, &EmailAddress, Option<&[u8]>),
    from: &EmailAddress,
    seller: &Seller,
    templates: &Templates,
    now: Timestamp,
) -> Result<Mail, ComposeError> {
    let event_id = event.id();
    let attached = attachment(event, statement);
    let letter = letter::write(event, attached.map(|(name, _)| name), seller, templates);
    let content = content(&event_id, &letter.body, attached)?;
    let signature = seller.mail().sign_detached(&signed_bytes(&content), now)?;
    let signed = MultiPart::signed(SIGNATURE_TYPE.to_owned(), DIGEST_NAME.to_owned())
        .boundary(boundary("signed", &event_id))
        .multipart(content)
        .singlepart(file("smime.p7s", SIGNATURE_TYPE, signature)?);
    let message = Message::builder()
        .message_id(Some(format!("<{event_id}@{}>", seller.origin())))
        .date(SystemTime::try_from(now)?)
        .from(mailbox(seller.origin().as_str(), from)?)
        .to(mailbox(&event.name, to)?)
        .subject(letter.subject)
        .raw_header(automatic())
        .multipart(signed)?;
    Ok(Mail {
        event_id,
        from: from.clone(),
        to: to.clone(),
        message: message.formatted(),
    })
}

/// The statement's file name and DER. A buyer who wants no goods named in mail gets no statement
/// about goods either: it names them.
pub(super) fn attachment<'a>(
    event: &MailEvent,
    statement: Option<&'a [u8]>,
) -> Option<(&'static str, &'a [u8])> {
    let (name, names_goods) = match event.news {
        News::OrderAccepted(_) | News::OrderHeld(_) | News::OrderDeclined(_) => {
            ("receipt.p7m", true)
        }
        News::OrderShipped(_) => ("shipment.p7m", true),
        News::OrderCancelled(_) => ("cancellation.p7m", true),
        News::KeyEnrolled(_) | News::KeyRevoked(_) => ("key.p7m", false),
        News::BackOrderFilled(_)
        | News::KeyExpiring(_)
        | News::PasswordChanged(_)
        | News::EmailChanged(_)
        | News::AccountDisabled(_)
        | News::AccountEnabled(_)
        | News::WebhookDisabled(_) => return None,
    };
    statement
        .filter(|_| event.detail == MailDetail::Full || !names_goods)
        .map(|der| (name, der))
}

/// What is signed: the text, and the statement beside it.
fn content(
    event_id: &str,
    body: &str,
    attached: Option<(&'static str, &[u8])>,
) -> Result<MultiPart, ComposeError> {
    // Quoted-printable survives every mail server between us and the reader; 8-bit text might be
    // re-encoded on the way, and the signature would break.
    let text = Body::new_with_encoding(body.to_owned(), ContentTransferEncoding::QuotedPrintable)
        .map_err(|_unencoded| ComposeError::Encoding)?;
    let text = SinglePart::builder()
        .content_type(ContentType::TEXT_PLAIN)
        .body(text);
    let content = MultiPart::mixed()
        .boundary(boundary("content", event_id))
        .singlepart(text);
    let Some((name, der)) = attached else {
        return Ok(content);
    };
    let statement_type = format!("application/pkcs7-mime; smime-type=signed-data; name=\"{name}\"");
    Ok(content.singlepart(file(name, &statement_type, der.to_vec())?))
}

fn file(name: &str, content_type: &str, bytes: Vec<u8>) -> Result<SinglePart, ComposeError> {
    let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
        .map_err(|_unencoded| ComposeError::Encoding)?;
    Ok(Attachment::new(name.to_owned()).body(body, ContentType::parse(content_type)?))
}

/// The line break before a boundary belongs to the boundary (RFC 2046 section 5.1.1).
fn signed_bytes(content: &MultiPart) -> Vec<u8> {
    let mut bytes = content.formatted();
    if bytes.ends_with(b"\r\n") {
        bytes.truncate(bytes.len().saturating_sub(2));
    }
    bytes
}

/// A boundary that no content can hold by accident, the same for the same event.
fn boundary(part: &str, event_id: &str) -> String {
    let digest = Digest::of(format!("{part} {event_id}").as_bytes());
    hex::encode(
        digest
            .as_bytes()
            .iter()
            .copied()
            .take(20)
            .collect::<Vec<_>>(),
    )
}

fn mailbox(name: &str, address: &EmailAddress) -> Result<Mailbox, ComposeError> {
    let address: Address = address.as_str().parse()?;
    Ok(Mailbox::new(Some(visible(name)), address))
}

/// Tells vacation responders to stay quiet (RFC 3834).
fn automatic() -> HeaderValue {
    HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    )
}

#[cfg(test)]
mod tests;
