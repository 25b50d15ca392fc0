//! The link that invites a buyer: where the seller is, how to know it, and a single-use code.
//!
//! `countersign://HOST:PORT/ORIGIN#FINGERPRINT/CODE`. What follows the `#` is a secret.

use std::fmt;
use std::str::FromStr;

use countersign_order::{Digest, Origin};

/// The link's scheme.
const SCHEME: &str = "countersign://";
/// The longest link that is read, in bytes.
const MAX_BYTES: usize = 1024;

/// An invite, as it is passed on.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// The seller's host, as the buyer reaches it.
    pub host: String,
    /// The seller's port.
    pub port: u16,
    /// The seller.
    pub origin: Origin,
    /// The fingerprint of the seller's root certificate.
    pub root: Digest,
    /// The code, good once.
    pub code: String,
}

/// Some text is not an invite link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InviteLinkError;

impl fmt::Display for InviteLinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an invite link such as countersign://HOST:PORT/SELLER#sha256:…/CODE")
    }
}

impl std::error::Error for InviteLinkError {}

impl fmt::Display for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            host,
            port,
            origin,
            root,
            code,
        } = self;
        if host.contains(':') {
            write!(f, "{SCHEME}[{host}]:{port}/{origin}#{root}/{code}")
        } else {
            write!(f, "{SCHEME}{host}:{port}/{origin}#{root}/{code}")
        }
    }
}

impl fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteLink")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("origin", &self.origin)
            .field("root", &self.root)
            .finish_non_exhaustive()
    }
}

impl FromStr for InviteLink {
    type Err = InviteLinkError;

    fn from_str(text: &str) -> Result<Self, InviteLinkError> {
        read(text).ok_or(InviteLinkError)
    }
}

fn read(text: &str) -> Option<InviteLink> {
    if text.len() > MAX_BYTES {
        return None;
    }
    let (address, rest) = text.strip_prefix(SCHEME)?.split_once('/')?;
    let (origin, secret) = rest.split_once('#')?;
    let (root, code) = secret.split_once('/')?;
    let (host, port) = address.rsplit_once(':')?;
    let host = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.strip_suffix(']')?,
        None => host,
    };
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    let is_code = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if host.is_empty()
        || !host.bytes().all(is_host)
        || code.is_empty()
        || !code.bytes().all(is_code)
    {
        return None;
    }
    Some(InviteLink {
        host: host.to_owned(),
        port: port.parse().ok().filter(|port| *port != 0)?,
        origin: origin.parse().ok()?,
        root: root.parse().ok()?,
        code: code.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(host: &str) -> InviteLink {
        InviteLink {
            host: host.to_owned(),
            port: 8443,
            origin: "shop.example".parse().unwrap(),
            root: Digest::from_bytes([7; 32]),
            code: "abcd-efgh".to_owned(),
        }
    }

    #[test]
    fn a_link_reads_back_as_written() {
        for host in ["shop.example", "127.0.0.1", "::1"] {
            assert_eq!(link(host).to_string().parse(), Ok(link(host)), "{host}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let good = link("shop.example").to_string();
        for wrong in [
            String::new(),
            good.replace("countersign", "https"),
            good.replace(":8443", ""),
            good.replace(":8443", ":0"),
            good.replace('#', "?"),
            good.replace("sha256:", "sha1:"),
            good.replace("abcd-efgh", ""),
            good.replace("abcd-efgh", "abcd efgh"),
            good.replace("shop.example:", "sh op:"),
            "x".repeat(2000),
        ] {
            assert_eq!(wrong.parse::<InviteLink>(), Err(InviteLinkError), "{wrong}");
        }
    }

    #[test]
    fn a_link_shows_no_code_where_it_is_debugged() {
        assert!(!format!("{:?}", link("shop.example")).contains("abcd"));
    }
}
