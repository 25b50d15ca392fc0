//! The HTTP contract: routes, bodies, problems and limits, shared by the server and its clients.
//!
//! Nothing here opens a socket or knows a framework; the `OpenAPI` document is made from the same
//! table that the server routes by.

mod accounts;
mod buyers;
mod day;
mod desk;
mod evidence;
mod instant;
mod invite_link;
mod item_import;
mod items;
mod keys;
pub mod limits;
mod live;
mod log;
pub mod media;
mod messages;
mod openapi;
mod orders;
mod page;
mod prices;
mod problem;
mod refusals;
mod routes;
mod seller;
mod slip;

pub use accounts::{
    AccountView, EmailChange, InviteRedemption, PasswordChange, Session, SessionRequest,
};
pub use buyers::{
    Acceptance, AccountChange, BuyerChange, BuyerTerms, CreditChange, CreditView, DeskAccount,
    LimitView, MailDetail,
};
pub use day::Day;
pub use desk::{
    CancelRequest, DeclineRequest, DeskBuyer, DeskItem, ItemChange, MovementView, NoteRequest,
    PackLine, PackRequest, ShipLine, ShipRequest, StockReceipt, StockView,
};
pub use evidence::{
    Evidence, EvidenceDocument, EvidenceSeller, EvidenceSigned, EvidenceStatement, NotEvidence,
};
pub use invite_link::{InviteLink, InviteLinkError};
pub use item_import::{
    ItemDifference, ItemImport, ItemRow, ItemsImported, KeepRequest, Never, Threshold, ValueChange,
};
pub use items::{ItemQuery, ItemView};
pub use keys::{KeyChallenge, KeyEnrolmentRequest, KeyLabel, KeyState, KeyView, RevocationRequest};
pub use live::OrderEvent;
pub use log::LeafProof;
pub use messages::{
    DeliveryState, DeliveryView, MailQuery, MailState, MailView, ReplayRequest, Replayed,
    WebhookView,
};
pub use openapi::openapi;
pub use orders::{
    CancellationAnswer, Event, NoteView, OrderAnswer, OrderLine, OrderQuery, OrderView,
    StatementView,
};
pub use page::{Page, PageQuery};
pub use prices::{
    PriceChange, PriceEnd, PriceImport, PriceQuery, PriceRow, PriceView, PricesEnded,
    PricesImported,
};
pub use problem::{Code, Problem, WrongRow};
pub use refusals::{RefusalQuery, RefusalView, RefusedItem};
pub use routes::{Access, Body, Method, Route, Tag, routes};
pub use seller::{SellerCertificates, SellerView};
pub use slip::{PackingSlip, SlipDeparture, SlipLine, SlipQuery};
