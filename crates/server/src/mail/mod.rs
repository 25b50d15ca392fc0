//! Mail: what happened, told to whom it concerns, signed, and handed to a mail server or a folder.

mod event;

pub use event::{
    DeclineReason, KeyEnrolled, KeyRevoked, MailDetail, MailEvent, MailLine, News, OrderAccepted,
    OrderCancelled, OrderDeclined, OrderHeld, OrderNumbers, OrderShipped,
};
