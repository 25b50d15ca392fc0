//! A real mail server: `smtpd` delivering everything to a Maildir, and `stunnel` in front of it for
//! STARTTLS, since Debian's `smtpd` fails every handshake with OpenSSL 3.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::openssl::openssl;
use crate::programs::free_port;
use crate::shop::eventually;

/// Own mount namespace: its spool and its control socket have fixed paths, and every instance
/// needs its own.
const START: &str = "set -e\n\
    mount -t tmpfs none /run\n\
    mkdir -p /var/spool/smtpd\n\
    mount -t tmpfs -o mode=711 none /var/spool/smtpd\n\
    exec \"$(command -v smtpd || echo /usr/sbin/smtpd)\" -d -f smtpd.conf";

/// A running mail server, ended with this value.
#[derive(Debug)]
pub struct MailServer {
    folder: TempDir,
    port: u16,
    tls_port: u16,
    processes: Vec<Child>,
}

impl MailServer {
    /// Sets it up without starting it: the port refuses connections.
    ///
    /// # Panics
    /// If `smtpd` is missing or these tests do not run as root, which it needs.
    pub fn prepared() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-mail-")
            .tempdir()
            .unwrap();
        let (port, tls_port) = (free_port(), free_port());
        let path = folder.path();
        open_to_all(path);
        fs::create_dir(path.join("Maildir")).unwrap();
        std::os::unix::fs::chown(path.join("Maildir"), Some(65534), Some(65534))
            .expect("the mail server needs root: run the tests as root, or in a container");
        openssl(
            path,
            "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 \
             -subj /CN=localhost -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE",
        )
        .ok();
        let here = path.display();
        let delivery = format!(
            "table users {{ \"@\" = \"nobody\" }}\n\
             listen on 127.0.0.1 port {port} hostname \"mail.example\"\n\
             action \"deliver\" maildir \"{here}/Maildir\" virtual <users>\n\
             match from any for any action \"deliver\"\n"
        );
        fs::write(path.join("smtpd.conf"), delivery).unwrap();
        let front = format!(
            "foreground = yes\npid =\nsyslog = no\n[smtp]\nprotocol = smtp\n\
             accept = 127.0.0.1:{tls_port}\nconnect = 127.0.0.1:{port}\n\
             cert = {here}/cert.pem\nkey = {here}/key.pem\n"
        );
        fs::write(path.join("stunnel.conf"), front).unwrap();
        Self {
            folder,
            port,
            tls_port,
            processes: Vec::new(),
        }
    }

    /// Sets it up and starts it.
    pub fn started() -> Self {
        let mut server = Self::prepared();
        server.start();
        server
    }

    /// Starts it.
    pub fn start(&mut self) {
        let mut smtpd = Command::new("unshare");
        smtpd.args(["--mount", "sh", "-c", START]);
        let mut stunnel = Command::new("stunnel");
        stunnel.arg("stunnel.conf");
        for (mut command, port) in [(smtpd, self.port), (stunnel, self.tls_port)] {
            let log = fs::File::options()
                .create(true)
                .append(true)
                .open(self.log())
                .unwrap();
            let process = command
                .current_dir(self.folder.path())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .expect("unshare and stunnel can be run");
            self.processes.push(process);
            let address = ([127, 0, 0, 1], port).into();
            eventually(
                &format!("{command:?} answers, see {}", self.log().display()),
                || TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok(),
            );
        }
    }

    /// Ends it; it can be started again.
    pub fn stop(&mut self) {
        for mut process in self.processes.drain(..) {
            let id = i32::try_from(process.id())
                .ok()
                .and_then(Pid::from_raw)
                .unwrap();
            kill_process(id, Signal::TERM).unwrap();
            process.wait().unwrap();
        }
    }

    /// The port it listens on, for mail in the open.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The port it listens on for STARTTLS.
    pub const fn tls_port(&self) -> u16 {
        self.tls_port
    }

    /// The certificate it shows.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// The letters delivered so far that hold all of these texts.
    pub fn letters(&self, texts: &[&str]) -> Vec<String> {
        super::letters_in(&self.folder.path().join("Maildir/new"), texts)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The delivery agent runs as another user and has to pass through the folder.
fn open_to_all(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
}
