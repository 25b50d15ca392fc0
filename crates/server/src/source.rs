//! Where a request comes from: the network that failures and connections are counted by, and whether
//! it is this machine.

use std::net::{IpAddr, Ipv6Addr};

/// One IPv4 address, or one IPv6 /64, which one subscriber usually holds whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        })
    }
}

impl Source {
    /// Whether it is this machine. Nothing else in the network of `::1` is ever a source.
    pub(crate) fn is_loopback(self) -> bool {
        match self.0 {
            IpAddr::V4(address) => address.is_loopback(),
            IpAddr::V6(network) => network.is_unspecified(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(address: &str) -> Source {
        address.parse::<IpAddr>().unwrap().into()
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        assert_eq!(source("2001:db8:0:1::1"), source("2001:db8:0:1:ffff::9"));
        assert_ne!(source("2001:db8:0:1::1"), source("2001:db8:0:2::1"));
    }

    #[test]
    fn this_machine_is_a_source_of_its_own() {
        for here in ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"] {
            assert!(source(here).is_loopback(), "{here}");
        }
        for there in ["192.0.2.1", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1"] {
            assert!(!source(there).is_loopback(), "{there}");
        }
    }

    #[test]
    fn an_ipv4_address_is_a_source_however_it_is_written() {
        assert_eq!(source("::ffff:192.0.2.1"), source("192.0.2.1"));
        assert_ne!(source("192.0.2.1"), source("192.0.2.2"));
    }
}
