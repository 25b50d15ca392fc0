//! A PostgreSQL that is reached over the network: over TLS, and by whoever knows a password.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::Postgres;
use crate::openssl::openssl;
use crate::programs::{free_port, run};

/// Whoever comes over the network needs TLS and a password; tests come through the socket.
const WHO_MAY: &str = "local all all trust\nhostssl shop opd samehost scram-sha-256\n";

impl Postgres {
    /// Lets the role `opd` in from the loopback, over TLS and by this password, and tells where.
    #[track_caller]
    pub fn opens_to_the_network(&mut self, password: &str) -> String {
        self.sql(&format!("ALTER ROLE opd PASSWORD '{password}'"));
        self.makes_certificates();
        fs::write(self.data().join("pg_hba.conf"), WHO_MAY).unwrap();
        self.dies();
        let port = free_port();
        self.port = Some(port);
        self.starts();
        format!("postgres://opd@localhost:{port}/shop")
    }

    /// The certificate of who vouches for it.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// An authority, and a certificate for `localhost` from it, where PostgreSQL looks for its own.
    #[track_caller]
    fn makes_certificates(&self) {
        let new = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2";
        let authority = "-keyout authority.key -out authority.pem -subj /CN=authority";
        let own = "-keyout data/server.key -out data/server.crt -subj /CN=localhost \
                   -CA authority.pem -CAkey authority.key -addext subjectAltName=DNS:localhost \
                   -addext basicConstraints=critical,CA:FALSE";
        for which in [authority, own] {
            openssl(self.folder.path(), &format!("{new} {which}")).ok();
        }
        if rustix::process::geteuid().is_root() {
            let key = self.data().join("server.key");
            run(Command::new("chown").arg("postgres").arg(key)).ok();
        }
    }
}
