//! Where buyers find the server, for invite links: the file `address`, which the operator may edit.

use std::fmt;
use std::io;
use std::net::IpAddr;
use std::str::FromStr;

use countersign_envelope::Host;

use super::DataDir;
use crate::files::{Readers, read_bounded, replace};

const DEFAULT_HOST: &str = "127.0.0.1";
const DEFAULT_PORT: u16 = 8443;
/// The largest file with an address, in bytes.
const FILE_MAX_BYTES: u64 = 1024;

/// A host and a port, as a buyer's program connects to them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Some text is not an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("an address is written HOST:PORT")]
pub(crate) struct NotAnAddress;

impl Address {
    /// The default port on a host, or on this machine.
    pub(crate) fn of_host(host: Option<&Host>) -> Self {
        let host = match host {
            None => DEFAULT_HOST.to_owned(),
            Some(Host::Dns(name)) => name.clone(),
            Some(Host::Ip(address)) => address.to_string(),
        };
        Self {
            host,
            port: DEFAULT_PORT,
        }
    }

    /// What the file says; this machine if it says nothing.
    pub(crate) fn read(data: &DataDir) -> Self {
        read_bounded(&data.address(), FILE_MAX_BYTES)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or_else(|| Self::of_host(None))
    }

    /// Keeps the address for the invites to come.
    pub(crate) fn write(&self, data: &DataDir) -> io::Result<()> {
        replace(
            &data.address(),
            format!("{self}\n").as_bytes(),
            Readers::Owner,
        )
    }

    /// The same host, another port.
    pub(crate) fn with_port(self, port: u16) -> Self {
        Self { port, ..self }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let (host, port) = text.rsplit_once(':').ok_or(NotAnAddress)?;
        let port = port
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or(NotAnAddress)?;
        let host = match host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'))
        {
            Some(bare) => bare
                .parse::<IpAddr>()
                .map(|address| address.to_string())
                .ok(),
            None => host.parse().ok().map(|host| match host {
                Host::Dns(name) => name,
                Host::Ip(address) => address.to_string(),
            }),
        };
        let host = host.ok_or(NotAnAddress)?;
        Ok(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_written() {
        for text in ["shop.example:443", "127.0.0.1:8443", "[::1]:9000"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for wrong in [
            "",
            "shop.example",
            "shop.example:",
            "shop.example:0",
            "a b:1",
            ":1",
            "[x]:1",
        ] {
            assert_eq!(wrong.parse::<Address>(), Err(NotAnAddress), "{wrong}");
        }
    }

    #[test]
    fn without_the_file_it_is_this_machine() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path());
        assert_eq!(Address::read(&data).to_string(), "127.0.0.1:8443");
        Address::read(&data).with_port(9000).write(&data).unwrap();
        assert_eq!(Address::read(&data).to_string(), "127.0.0.1:9000");
    }
}
