//! A connection to a seller as both programs make it, `po` for buyers and `opd` for clerks: TLS 1.3
//! under the seller's pinned root, and the statement that says which certificates are good.
//!
//! Keeps nothing and asks nobody: what is pinned, where, and what is said in case of doubt is the
//! programs' own.

mod events;
mod statement;
mod tls;

use std::time::Duration;

use ureq::Agent;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector as _, TcpConnector};

pub use events::{Message, Messages, NotText};
pub use statement::{StatementError, seller_statement, tls_certificates};
pub use tls::{Answering, objection};

use tls::TlsConnector;

/// How long to wait for a connection, in seconds.
const CONNECT_SECONDS: u64 = 10;

/// How long a server may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// So long for a whole answer.
    Answer(Duration),
    /// As long as it wants, if it is never silent for so long.
    Silence(Duration),
}

/// Something that asks whoever may answer, over HTTPS, and goes nowhere else.
pub fn agent(
    answering: Answering<'_>,
    user_agent: &str,
    patience: Patience,
) -> Result<Agent, rustls::Error> {
    let (answer, silence) = match patience {
        Patience::Answer(answer) => (Some(answer), None),
        Patience::Silence(silence) => (None, Some(silence)),
    };
    let tls = TlsConnector::new(answering, silence)?;
    let config = Agent::config_builder()
        .https_only(true)
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .timeout_connect(Some(Duration::from_secs(CONNECT_SECONDS)))
        .timeout_global(answer)
        .user_agent(user_agent)
        .build();
    let connector = ().chain(TcpConnector::default()).chain(tls);
    Ok(Agent::with_parts(
        config,
        connector,
        DefaultResolver::default(),
    ))
}

/// Writes a value into a query (RFC 3986, section 2.1).
pub fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for digit in [byte >> 4, byte & 15] {
                let digit = char::from_digit(digit.into(), 16).unwrap_or_default();
                encoded.push(digit.to_ascii_uppercase());
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_plain_is_encoded() {
        assert_eq!(percent_encode("PO-1/Ä &b"), "PO-1%2F%C3%84%20%26b");
    }
}
