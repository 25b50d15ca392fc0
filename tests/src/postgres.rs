//! A private PostgreSQL for one story, behind a Unix socket in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

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
