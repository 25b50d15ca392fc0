//! A private PostgreSQL for one story, behind a Unix socket in a folder of its own.

mod copy;
mod network;
mod pair;
mod processes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::programs::run;
use crate::shop::eventually;

pub use pair::{Pair, Replication, Stopped};
pub use processes::{resume, stop};

/// Debian's programs, and where other systems keep theirs.
const PROGRAMS: [&str; 2] = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"];

/// What a standby calls itself.
pub const STANDBY: &str = "standby";

/// A running cluster with an empty database, ended and gone with this value.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
    /// Where it listens on the loopback, if it does; its socket has another name then.
    port: Option<u16>,
}

impl Postgres {
    /// Makes and starts one.
    #[track_caller]
    pub fn start() -> Self {
        let cluster = Self::unmade();
        let mut initdb = cluster.program("initdb");
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"]);
        initdb.args(["--locale=C.UTF-8", "--no-sync", "--no-instructions"]);
        run(initdb.arg("--pgdata").arg(cluster.data())).ok();
        cluster.starts();
        let mut createdb = cluster.program("createdb");
        run(createdb
            .args(["--username=postgres", "--host"])
            .args([cluster.folder.path()])
            .arg("shop"))
        .ok();
        cluster
    }

    /// A machine that has nothing yet.
    fn unmade() -> Self {
        let programs = PROGRAMS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_dir());
        let cluster = Self {
            // A short path: a socket's name may have 107 bytes.
            folder: tempfile::Builder::new().prefix("pg-").tempdir().unwrap(),
            programs: programs.expect("PostgreSQL is installed: Debian calls it postgresql-15"),
            port: None,
        };
        if rustix::process::geteuid().is_root() {
            let folder = cluster.folder.path();
            run(Command::new("chown").arg("postgres").arg(folder)).ok();
        }
        cluster
    }

    /// Another machine that follows a primary.
    #[track_caller]
    pub fn standby_of(primary: &Self) -> Self {
        let standby = Self::unmade();
        standby.follows(primary);
        standby
    }

    /// Forgets all it has, and follows a primary from a copy of it.
    #[track_caller]
    fn follows(&self, primary: &Self) {
        if self.data().exists() {
            fs::remove_dir_all(self.data()).unwrap();
        }
        let primary = primary.folder.path().display();
        let primary = format!("host={primary} user=postgres application_name={STANDBY}");
        let mut copies = self.program("pg_basebackup");
        copies.args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]);
        copies.args(["--dbname", &primary, "--pgdata"]);
        run(copies.arg(self.data())).ok();
        self.starts();
    }

    /// Ends being a standby.
    #[track_caller]
    fn is_promoted(&self) {
        let mut promote = self.program("pg_ctl");
        promote.args(["promote", "--wait", "--silent", "--pgdata"]);
        run(promote.arg(self.data())).ok();
    }

    /// Kills all of it at once (SIGKILL): the first process before it can do anything about the others.
    pub fn is_killed(&self) {
        processes::kill_all(self.process_id());
        // As when the machine starts again: its number is nobody's, not even a dead one's that was not buried yet.
        for lock in ["data/postmaster.pid", ".s.PGSQL.5432.lock"] {
            fs::remove_file(self.folder.path().join(lock)).unwrap();
        }
    }

    /// Waits until somebody waits for a standby to confirm a commit, and ends that wait as an operator may.
    #[track_caller]
    pub fn cancels_a_wait(&self) {
        eventually("a wait for a standby is cancelled", || {
            let cancelled = self.sql(
                "SELECT count(pg_cancel_backend(pid))
                 FROM pg_stat_activity
                 WHERE wait_event = 'SyncRep'",
            );
            cancelled != "0"
        });
    }

    /// Ends every wait for a standby that is under way, and leaves time for the next to begin.
    #[track_caller]
    pub fn cancels_all_waits(&self) {
        self.sql(
            "SELECT pg_cancel_backend(pid)
             FROM pg_stat_activity
             WHERE wait_event = 'SyncRep'",
        );
        thread::sleep(Duration::from_millis(50));
    }

    /// How many wait for a standby to confirm a commit.
    #[track_caller]
    pub fn waiting_for_a_standby(&self) -> usize {
        let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        self.sql(waiting).parse().unwrap()
    }

    /// The process of which all others are children.
    fn process_id(&self) -> u32 {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    /// Grants a server its rights in the database, which has the schema.
    #[track_caller]
    pub fn grants(&self) {
        let roles =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store/roles/postgres.sql");
        self.sql("CREATE ROLE opd LOGIN");
        let mut psql = self.psql();
        run(psql.args(["--set", "role=opd", "--file"]).arg(roles)).ok();
    }

    /// Runs SQL in the shop's database as its owner, and tells what it printed.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        let said = run(self.psql().args(["--command", sql])).ok();
        said.text().trim().to_owned()
    }

    /// Runs SQL as its owner for as long as it takes, which may be long.
    #[track_caller]
    pub fn begins(&self, sql: &str) -> Child {
        let mut psql = self.psql();
        psql.args(["--command", sql])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        psql.stdin(Stdio::null()).spawn().unwrap()
    }

    fn psql(&self) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]);
        psql.args(["--set=ON_ERROR_STOP=1", "--username=postgres"]);
        psql.args(["--dbname=shop", "--host"])
            .arg(self.folder.path());
        if let Some(port) = self.port {
            psql.args(["--port", &port.to_string()]);
        }
        psql
    }

    /// Starts it again.
    #[track_caller]
    pub fn starts(&self) {
        let folder = self.folder.path().display();
        let listen = self.port.map_or_else(
            || "-c listen_addresses=''".to_owned(),
            |port| format!("-c listen_addresses=localhost -c port={port} -c ssl=on"),
        );
        // What is shared is a file of its own folder, so that nothing stays behind wherever it is killed.
        let options = format!(
            "{listen} -c unix_socket_directories={folder} -c dynamic_shared_memory_type=mmap"
        );
        let mut start = self.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &options]);
        start.arg("--pgdata").arg(self.data());
        run(start.arg("--log").arg(self.folder.path().join("log"))).ok();
    }

    /// Ends it at once, as a loss of power would.
    #[track_caller]
    pub fn dies(&self) {
        run(&mut self.stop()).ok();
    }

    /// Where a server finds its database.
    pub fn address(&self) -> String {
        address_of(&[self])
    }

    /// The same for whoever has no more rights than the script of roles grants.
    pub fn servers_address(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///shop?host={folder}&user=opd")
    }

    fn stop(&self) -> Command {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--mode=immediate", "--silent", "--pgdata"]);
        stop.arg(self.data());
        stop
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of PostgreSQL's, which will not run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(Path::new("/"));
        command
    }
}

/// Where a server finds the one of these that can be written to.
fn address_of(clusters: &[&Postgres]) -> String {
    let folders = clusters.iter().map(|cluster| cluster.folder.path());
    let folders: Vec<_> = folders.map(|path| path.to_str().unwrap()).collect();
    format!(
        "postgres:///shop?host={}&user=postgres",
        folders.join("&host=")
    )
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ended = self.stop().output();
    }
}
