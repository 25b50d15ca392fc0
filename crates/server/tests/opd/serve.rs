//! `opd serve`: ready, single, and gone when told.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

use super::support::Desk;

struct Serving {
    process: Child,
    stdout: BufReader<ChildStdout>,
    ready: String,
}

impl Serving {
    fn start(desk: &Desk, arguments: &[&str]) -> Self {
        let mut process = desk
            .command(&[&["serve"], arguments].concat())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut ready = String::new();
        stdout.read_line(&mut ready).unwrap();
        Self {
            process,
            stdout,
            ready,
        }
    }

    fn port(&self) -> u16 {
        let (_, port) = self.ready.trim().rsplit_once(':').unwrap();
        port.parse().unwrap()
    }

    /// Ends it, and returns what it told on standard error.
    fn traces(mut self) -> String {
        let mut stderr = self.process.stderr.take().unwrap();
        self.end();
        let mut traces = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut traces).unwrap();
        traces
    }

    /// Asks it to end as the operating system does; returns what else it said and how it ended.
    fn end(mut self) -> (String, Option<i32>) {
        let id = i32::try_from(self.process.id()).unwrap();
        let id = rustix::process::Pid::from_raw(id).unwrap();
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        let start = Instant::now();
        let code = self.process.wait().unwrap().code();
        assert!(start.elapsed() < Duration::from_secs(10));
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).unwrap();
        (rest, code)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn it_says_where_it_listens_and_nothing_more_on_standard_output() {
    let desk = Desk::made();
    let serving = Serving::start(&desk, &["127.0.0.1", "0"]);
    let port = serving.port();
    assert_eq!(
        serving.ready,
        format!("listening https://127.0.0.1:{port}\n")
    );
    std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(serving.end(), (String::new(), Some(0)));
}

#[test]
fn traces_are_coloured_when_asked_for_and_never_in_a_file() {
    let desk = Desk::made();
    for (arguments, is_coloured) in [
        (&["0"][..], false),
        (&["0", "--color", "never"], false),
        (&["0", "--color", "always"], true),
    ] {
        let traces = Serving::start(&desk, arguments).traces();
        assert!(traces.contains("serving"), "{traces}");
        assert_eq!(traces.contains('\u{1b}'), is_coloured, "{traces}");
    }
}

#[test]
fn keys_that_rest_unencrypted_are_warned_of_once() {
    let traces = Serving::start(&Desk::made(), &["0"]).traces();
    let warnings = traces.matches("keys rest unencrypted").count();
    assert_eq!(warnings, 1, "{traces}");
}

#[test]
fn the_next_invite_leads_to_the_port_that_was_served_last() {
    let desk = Desk::made();
    let serving = Serving::start(&desk, &["0"]);
    let arguments = [
        "buyer",
        "invite",
        "acme",
        "--name",
        "Acme",
        "--email",
        "a@acme.example",
    ];
    let link = desk.opd(&arguments).ok().out;
    let start = format!("countersign://127.0.0.1:{}/", serving.port());
    assert!(link.starts_with(&start), "{link}");
}

#[test]
fn a_second_server_is_refused_and_commands_are_not() {
    let desk = Desk::made();
    let _serving = Serving::start(&desk, &["0"]);
    let second = desk.opd(&["serve", "0"]).with_code(1);
    assert!(second.err.contains("already serving"), "{}", second.err);
    desk.opd(&["item", "list"]).ok();
}

#[test]
fn an_address_that_is_none_is_a_wrong_command_line() {
    let desk = Desk::made();
    for wrong in [
        &["localhost"][..],
        &["70000"],
        &["localhost", "x"],
        &["a", "1", "2"],
    ] {
        desk.opd(&[&["serve"], wrong].concat()).with_code(2);
    }
}

#[test]
fn an_unknown_setting_is_named_and_nothing_is_served() {
    let desk = Desk::made();
    std::fs::write(
        desk.data().join("opd.toml"),
        "[mail]\ntransprot = \"smtp\"\n",
    )
    .unwrap();
    let refused = desk.opd(&["serve", "0"]).with_code(1);
    assert!(refused.err.contains("opd.toml"), "{}", refused.err);
    assert!(refused.err.contains("transprot"), "{}", refused.err);
}

#[test]
fn a_password_for_a_mail_server_without_tls_is_refused_before_serving() {
    let desk = Desk::made()
        .with("OPD_MAIL_TRANSPORT", "smtp")
        .with("OPD_MAIL_SMTP_ENCRYPTION", "none")
        .with("OPD_MAIL_SMTP_USERNAME", "orders");
    let refused = desk.opd(&["serve", "0"]).with_code(1);
    assert!(
        refused.err.contains("mail.smtp.encryption"),
        "{}",
        refused.err
    );
}

#[test]
fn a_check_prints_what_would_be_used() {
    let desk = Desk::made().with("OPD_LISTEN_PORT", "9000");
    let checked = desk.opd(&["serve", "--check", "--json"]).ok().json();
    assert_eq!(checked["listen"]["port"], 9000);
    desk.opd(&["serve", "--check"]).ok();
}
