//! The business in plain types: purchase orders, money, stock, decisions, the life of an order and
//! the documents a seller signs about it.
//!
//! Everything here is a function of its arguments: no IO, no clock, no randomness, no `async` and no
//! cryptography. Digests come in as values, and so does the time.

mod address;
mod addressee;
mod cancellation_request;
mod decision;
mod digest;
mod enrolment;
mod id;
mod inventory;
mod item;
mod life;
mod money;
mod order_limits;
mod party;
mod purchase_order;
mod quantity;
#[cfg(test)]
mod sample;
mod statement;
mod strict_json;
mod text;
pub mod time;
mod window;

pub use address::{Address, Country};
pub use addressee::Misaddressed;
pub use cancellation_request::CancellationRequest;
pub use decision::{
    AmountError, Amounts, BuyerStanding, Changes, Credit, Decided, DecidedLine, Decision, Entry,
    HoldFor, HoldRules, KeyStanding, MAX_ATTEMPTS, NotAHold, Outcome, PriorAttempt, Reason,
    ReasonCode, Rejection, Snapshot, decide, prevailing,
};
pub use digest::{Blind, Der, Digest, DigestError};
pub use enrolment::KeyEnrolment;
pub use id::{IdError, KeyId, OrderId, RefusalId, TokenId};
pub use inventory::{Keeping, MovementKind, StockChange, StockLevel};
pub use item::{Offer, Sku, Unit};
pub use life::{Action, LineProgress, LineUnits, Move, MoveNotAllowed, OrderState, Progress};
pub use money::{Currency, Money, MoneyError, UnitPrice, line_amount, open_amount};
pub use order_limits::OrderLimits;
pub use party::{AccountId, BuyerId, EmailAddress, Language, LogOrigin, Origin, Role};
pub use purchase_order::{
    Draft, DraftError, DraftLine, Fulfilment, Line, MAX_LINES, MAX_REFERENCES, MEDIA_TYPE,
    PurchaseOrder, PurchaseOrderNumber, SalesOrderNumber, Terms,
};
pub use quantity::{Quantity, QuantityError};
pub use statement::{
    Authorisation, Cancellation, CancelledBy, CancelledLine, CertificateUse, Common, HoldEnd,
    KeyAction, KeyStatement, LogKey, LogPlace, NotAStatement, OrderReference, Receipt, ReceiptLine,
    RecoveredLog, Recovery, SellerCertificate, SellerStatement, Shipment, ShipmentLine,
    SignedOrder, Statement,
};
pub use strict_json::NotUnderstood;
pub use text::{Name, Note, ShortText, TextError};
pub use window::CLOCK_TOLERANCE;
