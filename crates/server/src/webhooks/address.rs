//! Which addresses may be asked: public ones, and those that the operator allows by name.
//!
//! Whoever chooses a webhook's address must not reach through us what they cannot reach themselves.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the operator allows beside the public network: a host by its name, or a block of addresses.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Allowed {
    /// This name, whatever address it has.
    Host(String),
    /// Addresses that begin with the first so many bits of this one.
    Block(IpAddr, u8),
}

/// A text names nothing that could be allowed.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is neither a host, such as erp.internal, nor addresses, such as 10.1.0.0/16")]
pub struct NotAllowable(String);

impl FromStr for Allowed {
    type Err = NotAllowable;

    fn from_str(text: &str) -> Result<Self, NotAllowable> {
        let wrong = || NotAllowable(text.to_owned());
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        match (address.parse::<IpAddr>(), bits) {
            (Ok(address), None) => Ok(Self::Block(address, width(address))),
            (Ok(address), Some(bits)) => {
                let bits = bits.parse().map_err(|_not_a_number| wrong())?;
                if bits > width(address) {
                    return Err(wrong());
                }
                Ok(Self::Block(address, bits))
            }
            (Err(_), None) if is_name(text) => Ok(Self::Host(text.to_ascii_lowercase())),
            (Err(_), _) => Err(wrong()),
        }
    }
}

impl TryFrom<String> for Allowed {
    type Error = NotAllowable;

    fn try_from(text: String) -> Result<Self, NotAllowable> {
        text.parse()
    }
}

impl From<Allowed> for String {
    fn from(allowed: Allowed) -> Self {
        allowed.to_string()
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(name) => formatter.write_str(name),
            Self::Block(address, bits) if *bits == width(*address) => address.fmt(formatter),
            Self::Block(address, bits) => write!(formatter, "{address}/{bits}"),
        }
    }
}

impl Allowed {
    /// Whether this names a host as it stands in an address, without the brackets of IPv6.
    pub(super) fn names(&self, host: &str) -> bool {
        match self {
            Self::Host(name) => name.eq_ignore_ascii_case(host),
            Self::Block(..) => host.parse().is_ok_and(|address| self.holds(address)),
        }
    }

    /// Whether an address is in this block.
    fn holds(&self, address: IpAddr) -> bool {
        match self {
            Self::Host(_) => false,
            Self::Block(block, bits) => match (block, address.to_canonical()) {
                (IpAddr::V4(block), IpAddr::V4(address)) => same_start(
                    u128::from(block.to_bits()) << 96,
                    u128::from(address.to_bits()) << 96,
                    *bits,
                ),
                (IpAddr::V6(block), IpAddr::V6(address)) => {
                    same_start(block.to_bits(), address.to_bits(), *bits)
                }
                (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
            },
        }
    }
}

/// Whether an address that a host has may be asked.
pub(super) fn may_ask(allowed: &[Allowed], host: &str, address: IpAddr) -> bool {
    is_public(address)
        || allowed
            .iter()
            .any(|allowed| allowed.names(host) || allowed.holds(address))
}

fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn same_start(one: u128, other: u128, bits: u8) -> bool {
    let rest = 128_u32.saturating_sub(bits.into());
    (one ^ other).checked_shr(rest).unwrap_or(0) == 0
}

/// Whether an address belongs to the public network, by IANA's registries of special addresses.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: &[(Ipv4Addr, u8)] = &[
        (Ipv4Addr::UNSPECIFIED, 8),           // this network
        (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
        (Ipv4Addr::new(100, 64, 0, 0), 10),   // between a carrier and its customers
        (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
        (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, clouds' metadata among it
        (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
        (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocols
        (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
        (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
        (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
        (Ipv4Addr::new(198, 18, 0, 0), 15),   // measurements
        (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
        (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
        (Ipv4Addr::new(224, 0, 0, 0), 3),     // multicast, reserved, broadcast
    ];
    !SPECIAL
        .iter()
        .any(|(block, bits)| Allowed::Block((*block).into(), *bits).holds(address.into()))
}

/// Of IPv6 only what is given out to networks; what carries IPv4 inside is not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    const GIVEN_OUT: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
    const SPECIAL: &[(Ipv6Addr, u8)] = &[
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocols, Teredo among them
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
        (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
    ];
    let is_in =
        |(block, bits): &(Ipv6Addr, u8)| same_start(block.to_bits(), address.to_bits(), *bits);
    is_in(&GIVEN_OUT) && !SPECIAL.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(allowed: &[&str], host: &str, address: &str) -> bool {
        let allowed: Vec<Allowed> = allowed.iter().map(|text| text.parse().unwrap()).collect();
        may_ask(&allowed, host, address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_are_asked() {
        for public in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(asks(&[], "receiver.example", public), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!asks(&[], "receiver.example", other), "{other}");
        }
    }

    #[test]
    fn what_is_allowed_by_name_or_block_is_asked_too() {
        assert!(asks(&["erp.internal"], "ERP.internal", "10.1.2.3"));
        assert!(!asks(&["erp.internal"], "erp.internal.example", "10.1.2.3"));
        assert!(asks(&["10.1.0.0/16"], "erp.internal", "10.1.2.3"));
        assert!(!asks(&["10.1.0.0/16"], "erp.internal", "10.2.0.1"));
        assert!(asks(&["127.0.0.1"], "erp.internal", "127.0.0.1"));
        assert!(asks(&["127.0.0.1"], "erp.internal", "::ffff:127.0.0.1"));
        assert!(!asks(&["127.0.0.1"], "erp.internal", "127.0.0.2"));
        assert!(asks(&["fd00::/8"], "erp.internal", "fd12::1"));
        assert!(!asks(&["fd00::/8"], "erp.internal", "fe80::1"));
        assert!(!asks(&["::/0"], "erp.internal", "10.0.0.1"));
        assert!(asks(&["0.0.0.0/0"], "erp.internal", "10.0.0.1"));
    }

    #[test]
    fn what_is_allowed_reads_back_and_nonsense_is_refused() {
        for text in [
            "erp.internal",
            "10.1.0.0/16",
            "127.0.0.1",
            "fd00::/8",
            "::1",
        ] {
            assert_eq!(text.parse::<Allowed>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "10.0.0.0/33",
            "fd00::/129",
            "10.0.0.0/",
            "a b",
            "a/8",
            "http://a",
            "a..b",
        ] {
            assert!(text.parse::<Allowed>().is_err(), "{text}");
        }
    }
}
