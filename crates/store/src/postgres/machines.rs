//! The machines of one database: which of them is written to, and connections to it.
//!
//! An address may name several hosts. One of them is the primary, and after a failover another one. Whoever
//! connects begins with the one that was found last, and goes on to the next if it cannot be reached, does not
//! take what is written, or does not keep it.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use thiserror::Error;
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::connection::{BUSY_TIMEOUT, Connection, Durability, PostgresSettings, late};
use super::tls::Tls;
use crate::{OpenError, StoreError};

/// How long the database waits for the next statement of a transaction, before it undoes it: a server
/// that was stopped in the middle of one must not keep the others from writing.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(15);
/// Where PostgreSQL listens unless the address says otherwise.
const PORT: u16 = 5432;
/// How long connecting to one machine of the database may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long sent bytes may stay unacknowledged.
const TCP_TIMEOUT: Duration = Duration::from_secs(20);
/// After how long a silent machine is asked whether it is still there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
/// How long it has for the answer, before it is asked again.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// How often it is asked in vain, before the connection is given up.
const KEEPALIVE_RETRIES: u32 = 3;

/// Makes connections to one database.
#[derive(Clone)]
pub(super) struct Connector {
    machines: Arc<[Machine]>,
    /// The one where the last connection was made.
    current: Arc<AtomicUsize>,
    tls: Tls,
    durability: Durability,
}

/// One host of the address.
struct Machine {
    config: Config,
    /// Commits that are overdue on it.
    overdue: Arc<AtomicUsize>,
}

/// Why no connection to a machine came about.
#[derive(Debug, Error)]
#[error("there is no connection to PostgreSQL at {machine}")]
struct NoConnection {
    machine: String,
    source: Box<dyn Error + Send + Sync>,
}

/// Where a connection leads.
#[derive(Clone)]
pub(super) struct Place {
    machine: usize,
    current: Arc<AtomicUsize>,
    overdue: Arc<AtomicUsize>,
}

/// A commit that is overdue, until it is answered.
pub(super) struct Overdue(Arc<AtomicUsize>);

/// What a connection is for.
#[derive(Clone, Copy)]
enum Purpose {
    Reading,
    Keeping,
    Writing,
}

impl fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Connector")
            .field("durability", &self.durability)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// Whether the newest connection was made to the same machine.
    pub(super) fn is_current(&self) -> bool {
        self.current.load(Ordering::Relaxed) == self.machine
    }

    /// Counts a commit that is overdue.
    pub(super) fn overdue(&self) -> Overdue {
        self.overdue.fetch_add(1, Ordering::Relaxed);
        Overdue(Arc::clone(&self.overdue))
    }
}

impl Machine {
    /// Where it is, for people.
    fn name(&self) -> String {
        let port = self.config.get_ports().first().copied();
        let port = port.unwrap_or(PORT);
        let at = |address| SocketAddr::new(address, port).to_string();
        match (
            self.config.get_hosts().first(),
            self.config.get_hostaddrs().first(),
        ) {
            (Some(Host::Tcp(host)), _) => {
                let address = host.parse::<IpAddr>().map(at);
                address.unwrap_or_else(|_a_name| format!("{host}:{port}"))
            }
            (Some(Host::Unix(folder)), _) => folder.display().to_string(),
            (None, Some(address)) => at(*address),
            (None, None) => "no host".to_owned(),
        }
    }

    /// Says of an obstacle to connecting which machine it is about.
    fn named(&self, error: StoreError) -> StoreError {
        if let StoreError::Unavailable(source) = error {
            StoreError::Unavailable(Box::new(NoConnection {
                machine: self.name(),
                source,
            }))
        } else {
            error
        }
    }
}

impl Drop for Overdue {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Connector {
    pub(super) fn new(settings: &PostgresSettings) -> Result<Self, OpenError> {
        let config: Config = settings
            .address
            .parse()
            .map_err(|error| OpenError::Address(Box::new(error)))?;
        let machines = each_host(&config).into_iter().map(|mut config| {
            prepare(&mut config, settings);
            Machine {
                config,
                overdue: Arc::default(),
            }
        });
        Ok(Self {
            machines: machines.collect(),
            current: Arc::default(),
            tls: Tls::trusting(settings.authorities.as_deref())?,
            durability: settings.durability,
        })
    }

    /// Opens a connection, which lives on the present runtime.
    pub(super) async fn connect(&self) -> Result<Connection, StoreError> {
        self.connect_for(Purpose::Reading).await
    }

    /// Opens a connection to a database that keeps what is committed.
    pub(super) async fn connect_to_keep(&self) -> Result<Connection, StoreError> {
        self.connect_for(Purpose::Keeping).await
    }

    /// Opens one on which what was committed before may be built.
    pub(super) async fn connect_to_write(&self) -> Result<Connection, StoreError> {
        self.connect_for(Purpose::Writing).await
    }

    /// Finds out, if there are several machines, which of them keeps what is written. While none does, what
    /// the first one holds can be read.
    pub(super) async fn find_primary(&self) {
        if self.machines.len() > 1
            && let Err(error) = self.connect_to_write().await
        {
            tracing::warn!(%error, "no machine of the database keeps what is written");
        }
    }

    /// What a commit must survive.
    pub(super) const fn durability(&self) -> Durability {
        self.durability
    }

    async fn connect_for(&self, purpose: Purpose) -> Result<Connection, StoreError> {
        let first = self.current.load(Ordering::Relaxed);
        let (before, after) = self.machines.split_at_checked(first).unwrap_or_default();
        let mut failure = None;
        for (machine, place) in after.iter().zip(first..).chain(before.iter().zip(0..)) {
            match self.connect_to(machine, place, purpose).await {
                Ok(connection) => {
                    self.current.store(place, Ordering::Relaxed);
                    return Ok(connection);
                }
                // The first machine is where the shop was last.
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        Err(failure.unwrap_or_else(|| StoreError::Unavailable("no host is named".into())))
    }

    async fn connect_to(
        &self,
        machine: &Machine,
        place: usize,
        purpose: Purpose,
    ) -> Result<Connection, StoreError> {
        if matches!(purpose, Purpose::Writing) && machine.overdue.load(Ordering::Relaxed) > 0 {
            return Err(StoreError::Unavailable(
                "an earlier commit still waits for a standby".into(),
            ));
        }
        let connecting = machine.config.connect(self.tls.clone());
        let connected = match timeout(CONNECT_TIMEOUT, connecting).await {
            Ok(connected) => connected.map_err(StoreError::from),
            Err(_elapsed) => Err(late("connecting")),
        };
        let (client, driver) = connected.map_err(|error| machine.named(error))?;
        let place = Place {
            machine: place,
            current: Arc::clone(&self.current),
            overdue: Arc::clone(&machine.overdue),
        };
        let mut connection = Connection::new(client, driver, place);
        if matches!(purpose, Purpose::Reading) {
            // Said only now: of several hosts one that says so at first would be passed over.
            connection
                .run("SET default_transaction_read_only = on")
                .await?;
            return Ok(connection);
        }
        connection.must_keep(self.durability).await?;
        if matches!(purpose, Purpose::Keeping) {
            return Ok(connection);
        }
        match connection.settle().await {
            // Of the work that is to begin nothing stands, whatever came of the empty message.
            Err(StoreError::OutcomeUnknown(source)) => Err(StoreError::Unavailable(source)),
            answer => answer,
        }
    }
}

/// What every connection is told.
fn prepare(config: &mut Config, settings: &PostgresSettings) {
    let is_local = |host: &Host| matches!(host, Host::Unix(_));
    // An address behind a host's name is one of TCP, whatever the host is.
    let is_socket = !config.get_hosts().is_empty()
        && config.get_hosts().iter().all(is_local)
        && config.get_hostaddrs().is_empty();
    if is_socket {
        config.ssl_mode(SslMode::Disable);
    } else if config.get_ssl_mode() != SslMode::Disable {
        config.ssl_mode(SslMode::Require);
    }
    if let Some(password) = &settings.password {
        config.password(password);
    }
    // Compiling a plan takes longer than most statements here, and is done anew each time.
    let options = format!(
        "{} -c jit=off -c client_min_messages=warning -c default_transaction_isolation=read\\ committed -c lock_timeout={} -c idle_in_transaction_session_timeout={}",
        config.get_options().unwrap_or_default(),
        BUSY_TIMEOUT.as_millis(),
        IDLE_IN_TRANSACTION.as_millis(),
    );
    config
        .options(options)
        .application_name("countersign")
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_user_timeout(TCP_TIMEOUT)
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES);
}

/// One configuration for each host, of which only that counts that can be written to if there are several.
fn each_host(config: &Config) -> Vec<Config> {
    let (hosts, addresses) = (config.get_hosts(), config.get_hostaddrs());
    let count = hosts.len().max(addresses.len());
    if count <= 1 {
        return vec![config.clone()];
    }
    let ports = config.get_ports();
    let of = |place: usize| {
        let mut one = Config::new();
        match hosts.get(place) {
            Some(Host::Tcp(host)) => one.host(host),
            Some(Host::Unix(folder)) => one.host_path(folder),
            None => &mut one,
        };
        if let Some(address) = addresses.get(place) {
            one.hostaddr(*address);
        }
        if let Some(port) = ports.get(place).or_else(|| ports.first()) {
            one.port(*port);
        }
        if let Some(user) = config.get_user() {
            one.user(user);
        }
        if let Some(password) = config.get_password() {
            one.password(password);
        }
        if let Some(name) = config.get_dbname() {
            one.dbname(name);
        }
        if let Some(options) = config.get_options() {
            one.options(options);
        }
        one.ssl_mode(config.get_ssl_mode())
            .ssl_negotiation(config.get_ssl_negotiation())
            .channel_binding(config.get_channel_binding())
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        one
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_of_an_address_is_a_machine_of_its_own() {
        let address = "postgres://opd@db-a:5433,db-b:5434/shop?options=-c%20a%3Db";
        let machines = each_host(&address.parse().unwrap());
        let found = machines.iter().map(|machine| {
            let host = machine.get_hosts().first().cloned();
            (host, machine.get_ports().to_vec(), machine.get_user())
        });
        let host = |name: &str| Some(Host::Tcp(name.to_owned()));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                (host("db-a"), vec![5433], Some("opd")),
                (host("db-b"), vec![5434], Some("opd"))
            ]
        );
        for machine in &machines {
            assert_eq!(machine.get_dbname(), Some("shop"));
            assert_eq!(machine.get_options(), Some("-c a=b"));
            let wanted = machine.get_target_session_attrs();
            assert_eq!(wanted, TargetSessionAttrs::ReadWrite);
        }
        let one = each_host(&"host=/run/a user=opd".parse().unwrap());
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn a_machine_is_named_without_user_or_password() {
        for (address, name) in [
            ("postgres://opd:secret@db.example/shop", "db.example:5432"),
            (
                "postgres://opd:secret@db.example:5433/shop",
                "db.example:5433",
            ),
            ("postgres://opd@[::1]:5433/shop", "[::1]:5433"),
            ("host=/run/postgresql user=opd", "/run/postgresql"),
            ("hostaddr=::1 port=5433 user=opd", "[::1]:5433"),
        ] {
            let machine = Machine {
                config: address.parse().unwrap(),
                overdue: Arc::default(),
            };
            assert_eq!(machine.name(), name);
        }
    }

    #[test]
    fn no_plan_is_compiled_whatever_the_address_says() {
        let address = "postgres://opd@db/shop?options=-c%20jit%3Don";
        let settings = PostgresSettings {
            address: address.to_owned(),
            password: None,
            authorities: None,
            durability: Durability::Replicated,
        };
        let mut config: Config = address.parse().unwrap();
        prepare(&mut config, &settings);
        // Of what is said twice the last counts.
        let options = config.get_options().unwrap();
        assert!(
            options.rfind("jit=off") > options.rfind("jit=on"),
            "{options}"
        );
    }

    #[test]
    fn a_password_is_not_told() {
        let settings = PostgresSettings {
            address: "postgres://opd:secret@db.example/opd".to_owned(),
            password: None,
            authorities: None,
            durability: Durability::Replicated,
        };
        let connector = Connector::new(&settings).unwrap();
        for told in [format!("{settings:?}"), format!("{connector:?}")] {
            assert!(!told.contains("secret"), "{told}");
        }
        assert_eq!(
            connector.machines[0].config.get_ssl_mode(),
            SslMode::Require
        );
    }

    #[test]
    fn only_what_goes_through_a_socket_is_not_encrypted() {
        let mode = |address: &str| {
            let settings = PostgresSettings {
                address: address.to_owned(),
                password: None,
                authorities: None,
                durability: Durability::Single,
            };
            Connector::new(&settings).unwrap().machines[0]
                .config
                .get_ssl_mode()
        };
        assert_eq!(mode("postgres:///shop?host=/run/x"), SslMode::Disable);
        for address in [
            "postgres://opd@db.example/shop",
            "postgres://opd@/shop?hostaddr=10.0.0.5",
            "postgres://opd@/shop?host=/run/x&hostaddr=10.0.0.5",
        ] {
            assert_eq!(mode(address), SslMode::Require, "{address}");
        }
    }
}
