//! A whole server in this process, on a fresh data directory, and buyers and clerks who talk to
//! it over TLS.

mod bodies;
mod client;
mod explosive;
mod faulty;
mod people;
mod receiver;
mod shop;
mod witness;

pub(crate) use bodies::{BODIES, path_of};
pub(crate) use client::{Answer, Client, greet, verb};
pub(crate) use faulty::{CallFault, Fault};
pub(crate) use people::{
    Buyer, Clerk, PASSWORD, base64, cancellation_path, dsa_key, p256_key, rsa_key, sha256,
};
pub(crate) use receiver::{Receiver, Reception, Told};
pub(crate) use shop::{TestServer, offer, operator, verifier};
pub(crate) use witness::{Manner, SEEN_AT, Witness};
