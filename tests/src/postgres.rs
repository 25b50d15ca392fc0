//! A private PostgreSQL for one story, behind a Unix socket in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::programs::run;

/// Debian's programs, and where other systems keep theirs.
const PROGRAMS: [&str; 2] = ["/usr/lib/postgresql/15/bin", "/usr/lib/postgresql/17/bin"];

/// A running cluster with an empty database, ended and gone with this value.
#[derive(Debug)]
pub struct Postgres {
    folder: TempDir,
    programs: PathBuf,
}

impl Postgres {
    /// Makes and starts one.
    #[track_caller]
    pub fn start() -> Self {
        let programs = PROGRAMS
            .iter()
            .map(PathBuf::from)
            .find(|path| path.is_dir());
        let cluster = Self {
            // A short path: a socket's name may have 107 bytes.
            folder: tempfile::Builder::new().prefix("pg-").tempdir().unwrap(),
            programs: programs.expect("PostgreSQL is installed: Debian calls it postgresql-15"),
        };
        if rustix::process::geteuid().is_root() {
            let folder = cluster.folder.path();
            run(Command::new("chown").arg("postgres").arg(folder)).ok();
        }
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

    /// Starts it again.
    #[track_caller]
    pub fn starts(&self) {
        let folder = self.folder.path().display();
        let options = format!("-c listen_addresses='' -c unix_socket_directories={folder}");
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
        let folder = self.folder.path().display();
        format!("postgres:///shop?host={folder}&user=postgres")
    }

    /// The same for whoever has no more rights than the script of roles grants.
    pub fn servers_address(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres:///shop?host={folder}&user=opd")
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

    /// Runs SQL in the database as its owner, and tells what it printed.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        run(self.psql().args(["--command", sql])).ok().text()
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
        psql.args([
            "--set",
            "ON_ERROR_STOP=1",
            "--username=postgres",
            "--dbname=shop",
        ]);
        psql.arg("--host").arg(self.folder.path());
        psql
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

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ended = self.stop().output();
    }
}
