//! A private PostgreSQL, which the tests start by themselves and share.
//!
//! Tests run as processes of their own, so the cluster lives in a folder that all of them know. Each
//! holds a shared lock while it runs; a watcher that gets the exclusive one finds the cluster unused, and
//! ends it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use countersign_store::{Durability, PostgresSettings, PostgresStore};

use crate::shop::fresh;

/// Debian's programs, and where other systems keep theirs.
const PROGRAMS: &[&str] = &["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"];
/// The database that new ones are copied from.
const TEMPLATE: &str = "migrated";

/// The cluster that listens on `localhost` too.
const NETWORK: &str = "network";
/// Who owns databases, and who serves from them with no more rights than the script of roles grants.
const OWNER: &str = "postgres";
const SERVER: &str = "opd";

/// Ends the cluster in `$1` once nobody holds a lock on the file `$2`.
const WATCH: &str = r#"
while sleep 5; do
    flock --nonblock --exclusive "$2" sh -c '
        kill -QUIT "$(head -n 1 "$0/data/postmaster.pid")"
        rm -rf "$0"
    ' "$1" && exit
done
"#;

/// A database that goes away with this value.
pub(crate) struct Database {
    cluster: &'static Cluster,
    name: String,
    user: &'static str,
}

impl Database {
    /// One with the schema, opened with a server's rights.
    pub(crate) fn migrated() -> Self {
        Self::copied(shared(), TEMPLATE, SERVER)
    }

    /// One with nothing in it, opened with its owner's rights.
    pub(crate) fn empty() -> Self {
        Self::copied(shared(), "template1", OWNER)
    }

    /// One with the schema, in a cluster whose settings nobody else minds.
    pub(crate) fn alone() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| Cluster::join("alone"));
        Self::copied(cluster, TEMPLATE, SERVER)
    }

    /// One with the schema, in a cluster that can be reached over the network.
    pub(crate) fn on_network() -> Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        let cluster = CLUSTER.get_or_init(|| Cluster::join(NETWORK));
        Self::copied(cluster, TEMPLATE, SERVER)
    }

    /// One with nothing in it, which keeps text as it comes.
    pub(crate) fn without_encoding() -> Self {
        let options = ["--template=template0", "--encoding=SQL_ASCII", "--locale=C"];
        Self::made(shared(), &options, OWNER)
    }

    fn copied(cluster: &'static Cluster, template: &str, user: &'static str) -> Self {
        Self::made(cluster, &["--template", template], user)
    }

    fn made(cluster: &'static Cluster, options: &[&str], user: &'static str) -> Self {
        let name = format!("test_{}_{}", std::process::id(), fresh());
        succeed(cluster.client("createdb").args(options).arg(&name));
        Self {
            cluster,
            name,
            user,
        }
    }

    /// How to open it.
    pub(crate) fn settings(&self) -> PostgresSettings {
        self.cluster.settings(self.user, &self.name)
    }

    /// How its owner opens it.
    pub(crate) fn owners_settings(&self) -> PostgresSettings {
        self.cluster.settings(OWNER, &self.name)
    }

    /// How to open it over the network, at a host that the authority in a file of the cluster vouches for.
    pub(crate) fn settings_at(&self, host: &str, authority: Option<&str>) -> PostgresSettings {
        let cluster = self.cluster;
        PostgresSettings {
            address: format!(
                "host={host} port={} user={} dbname={}",
                cluster.port, self.user, self.name
            ),
            password: None,
            authorities: authority.map(|name| cluster.folder.join(format!("{name}.pem"))),
            durability: Durability::Single,
        }
    }

    /// Runs SQL in it with its owner's rights, and tells what it printed.
    pub(crate) fn psql(&self, sql: &str) -> String {
        let ran = self.cluster.psql(OWNER, &self.name, sql);
        assert!(ran.is_success, "{sql}: {}", ran.complaint);
        ran.printed
    }

    /// What the database complains of when a server wants to run this SQL in it.
    pub(crate) fn refusal_of(&self, sql: &str) -> String {
        let ran = self.cluster.psql(SERVER, &self.name, sql);
        assert!(!ran.is_success, "{sql}: {}", ran.printed);
        ran.complaint
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What a failed test leaves behind goes with the cluster.
        if !std::thread::panicking() {
            let mut drop = self.cluster.client("dropdb");
            succeed(drop.args(["--force", &self.name]));
        }
    }
}

/// A running server, with a folder of its own.
struct Cluster {
    folder: PathBuf,
    programs: PathBuf,
    /// Where it listens: through a socket in its folder, and one on `localhost` too, with TLS.
    port: u16,
    /// Locked while this process runs.
    _in_use: File,
}

/// The cluster of all tests, started by the first who needs it.
fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::join("shared"))
}

impl Cluster {
    fn join(name: &str) -> Self {
        let programs = PROGRAMS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_dir());
        let programs = programs.expect("PostgreSQL is installed: Debian calls it postgresql-15");
        // One for each checkout: a short path, since a socket's name may have 107 bytes.
        let checkout = hash(env!("CARGO_MANIFEST_DIR"));
        let base = std::env::temp_dir().join(format!("countersign-{checkout:016x}-{name}"));
        fs::create_dir_all(&base).unwrap();
        let in_use = File::create(base.join("in_use")).unwrap();
        in_use.lock_shared().unwrap();
        let mut cluster = Self {
            folder: base.join("cluster"),
            programs,
            port: 0,
            _in_use: in_use,
        };
        let starting = File::create(base.join("starting")).unwrap();
        starting.lock().unwrap();
        let ready = fs::read_to_string(cluster.folder.join("ready"));
        cluster.port = ready.map_or(0, |port| port.parse().unwrap());
        if cluster.port == 0 || !cluster.answers() {
            cluster.port = free_port();
            cluster.start(&base.join("in_use"), name == NETWORK);
        }
        cluster
    }

    fn answers(&self) -> bool {
        run(&mut self.client("pg_isready")).is_success
    }

    fn start(&self, in_use: &Path, listens: bool) {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).unwrap();
        }
        fs::create_dir(&self.folder).unwrap();
        if is_root() {
            succeed(Command::new("chown").arg("postgres").arg(&self.folder));
        }
        let mut watcher = Command::new("setsid");
        watcher.args(["--fork", "sh", "-c", WATCH, "watch"]);
        succeed(watcher.arg(&self.folder).arg(in_use));
        let data = self.folder.join("data");
        let mut initdb = self.server("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"]);
        succeed(initdb.arg("--pgdata").arg(&data));
        let listen = if listens {
            self.make_certificates();
            let folder = self.folder.display();
            format!(
                "-c listen_addresses=localhost -c ssl=on -c ssl_cert_file={folder}/localhost.pem \
                 -c ssl_key_file={folder}/localhost.key"
            )
        } else {
            "-c listen_addresses=''".to_owned()
        };
        let options = format!(
            "{listen} -c port={} -c unix_socket_directories={} -c max_connections=300",
            self.port,
            self.folder.display()
        );
        let mut start = self.server("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &options]);
        start.arg("--pgdata").arg(&data);
        start.arg("--log").arg(self.folder.join("log"));
        succeed(&mut start);
        self.make_template();
        fs::write(self.folder.join("ready"), self.port.to_string()).unwrap();
    }

    /// Two authorities, and a certificate for `localhost` from the first.
    fn make_certificates(&self) {
        for name in ["authority", "stranger"] {
            succeed(self.openssl(name).args(["-subj", &format!("/CN={name}")]));
        }
        let mut leaf = self.openssl("localhost");
        leaf.args(["-subj", "/CN=localhost", "-CA", "authority.pem"]);
        leaf.args(["-CAkey", "authority.key"]);
        leaf.args(["-addext", "subjectAltName=DNS:localhost"]);
        succeed(leaf.args(["-addext", "basicConstraints=critical,CA:FALSE"]));
        if is_root() {
            succeed(
                Command::new("chown")
                    .arg("postgres")
                    .arg(self.folder.join("localhost.key")),
            );
        }
    }

    /// Makes a key and a certificate for it.
    fn openssl(&self, name: &str) -> Command {
        let mut openssl = Command::new("openssl");
        openssl.current_dir(&self.folder);
        openssl.args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
        ]);
        openssl.args(["-noenc", "-days", "2"]);
        openssl.args([
            "-keyout",
            &format!("{name}.key"),
            "-out",
            &format!("{name}.pem"),
        ]);
        openssl
    }

    /// On a runtime of its own, with which its connections end: nobody may be connected to a template.
    fn make_template(&self) {
        succeed(self.client("createdb").arg(TEMPLATE));
        let settings = self.settings(OWNER, TEMPLATE);
        let opened = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(PostgresStore::open(&settings)).map(drop)
        });
        opened.join().unwrap().unwrap();
        let roles = Path::new(env!("CARGO_MANIFEST_DIR")).join("roles/postgres.sql");
        succeed(self.client("createuser").arg(SERVER));
        let mut grants = self.client("psql");
        grants.args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"]);
        grants.args(["--set", &format!("role={SERVER}"), "--file"]);
        succeed(grants.arg(roles).arg(TEMPLATE));
    }

    fn settings(&self, user: &str, database: &str) -> PostgresSettings {
        PostgresSettings {
            address: format!(
                "host={} port={} user={user} dbname={database}",
                self.folder.display(),
                self.port
            ),
            password: None,
            authorities: None,
            durability: Durability::Single,
        }
    }

    fn psql(&self, user: &str, database: &str, sql: &str) -> Ran {
        let mut psql = self.client("psql");
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set", "ON_ERROR_STOP=1", "--username", user]);
        run(psql.args(["--command", sql, database]))
    }

    /// A program that asks the server.
    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env("PGHOST", &self.folder)
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "postgres");
        command
    }

    /// A program of the server's, which refuses to run as root.
    fn server(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command.arg(program).current_dir("/");
        command
    }
}

/// A port that nobody listens on.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn is_root() -> bool {
    succeed(Command::new("id").arg("-u")).trim() == "0"
}

/// FNV-1a, so that every process comes to the same name.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What came of running a program.
struct Ran {
    is_success: bool,
    printed: String,
    complaint: String,
}

/// Runs a program to its end, and tells what it printed.
fn succeed(command: &mut Command) -> String {
    let ran = run(command);
    assert!(ran.is_success, "{command:?}: {}", ran.complaint);
    ran.printed
}

/// Runs a program to its end. What it leaves running must hold no pipe of ours: so its streams are files.
fn run(command: &mut Command) -> Ran {
    let printed = tempfile::NamedTempFile::new().unwrap();
    let complaint = tempfile::NamedTempFile::new().unwrap();
    let status = command
        .stdin(Stdio::null())
        .stdout(printed.reopen().unwrap())
        .stderr(complaint.reopen().unwrap())
        .status()
        .unwrap();
    Ran {
        is_success: status.success(),
        printed: fs::read_to_string(printed.path()).unwrap(),
        complaint: fs::read_to_string(complaint.path()).unwrap(),
    }
}
