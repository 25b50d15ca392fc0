//! The clients' own ledger, and the Judge who compares it with what the server did: Python, which shares no
//! code with us.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::buyer::{Buyer, Session};
use crate::document::Draft;
use crate::http::{Answer, Connection, Request};
use crate::postgres::Postgres;
use crate::programs::{Ran, run};
use crate::python::python;
use crate::shop::{Shop, eventually};

/// Every judgement there is.
pub const ALL: [&str; 12] = [
    "J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9", "J10", "J11", "J12",
];

/// Every judgement but those that have nothing to look at.
pub fn all_but(left_out: &[&str]) -> Vec<&'static str> {
    assert!(left_out.iter().all(|name| ALL.contains(name)));
    let mut demanded = ALL.to_vec();
    demanded.retain(|name| !left_out.contains(name));
    demanded
}

/// A message as its sender keeps it.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Whose it is.
    pub account: String,
    /// What was signed.
    pub signed: Vec<u8>,
    /// What is sent.
    pub sealed: Vec<u8>,
}

impl Letter {
    /// An order, signed and sealed.
    pub fn order(buyer: &Buyer, draft: &Draft) -> Self {
        let signed = buyer.signs(draft);
        Self {
            account: buyer.id.clone(),
            sealed: buyer.seals(&signed),
            signed,
        }
    }
}

/// What clients wrote down: each line is on its way to the disk before its writer goes on.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    lines: Mutex<File>,
    sent: AtomicU64,
}

impl Ledger {
    /// A new one beside a shop's data.
    pub fn open(shop: &Shop) -> Self {
        let path = shop.folder().join("ledger.jsonl");
        Self {
            lines: Mutex::new(File::create(&path).unwrap()),
            path,
            sent: AtomicU64::new(0),
        }
    }

    /// Writes down whose sessions the Judge may ask in, and which passwords nobody may have told.
    pub fn names<'a>(&self, sessions: impl Iterator<Item = (&'a Buyer, &'a Session)>) {
        let (mut tokens, mut secrets) = (serde_json::Map::new(), Vec::new());
        for (buyer, session) in sessions {
            tokens.insert(buyer.id.clone(), json!(session.token));
            secrets.push(buyer.password.as_str());
        }
        self.header(json!({"tokens": tokens, "secrets": secrets}));
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&self, record: &Value) {
        let mut line = record.to_string();
        line.push('\n');
        self.lines
            .lock()
            .unwrap()
            .write_all(line.as_bytes())
            .unwrap();
    }

    /// Writes what the Judge must know of the clients.
    pub fn header(&self, mut header: Value) {
        header["record"] = json!("header");
        self.write(&header);
    }

    /// Writes a checkpoint down that was shown.
    pub fn checkpoint(&self, note: &str) {
        self.write(&json!({"record": "checkpoint", "note": note}));
    }

    /// Waits until no letter waits to be sent in PostgreSQL, where nobody knows that a server is dead: the
    /// leases of the dead are ended. A letter that a server had sent when it died, or when its database did,
    /// may come again.
    #[track_caller]
    pub fn settles_in(&self, database: &Postgres) {
        let waiting = |which: &str| {
            let sql = format!("SELECT count(*) FROM outbox WHERE state = 'waiting' AND {which}");
            database.sql(&sql).parse::<u64>().unwrap()
        };
        let now = "(extract(epoch FROM now()) * 1000000)::bigint";
        let is_due = format!("due_at <= {now}");
        eventually("all letters are claimed", || waiting(&is_due) == 0);
        thread::sleep(Duration::from_secs(1));
        let left = waiting("true");
        self.header(json!({"ambiguous_mails": left}));
        let release = format!("UPDATE outbox SET due_at = {now} WHERE state = 'waiting'");
        database.sql(&release);
        eventually("all letters are sent", || waiting("true") == 0);
    }

    /// Sends a message, and writes down first that, and then what came of it.
    pub fn sends(
        &self,
        connection: &mut Connection,
        session: &Session,
        letter: &Letter,
    ) -> io::Result<Answer> {
        let id = self.begins(letter);
        let request = Request::post_sealed("/v1/orders", letter.sealed.clone());
        let answer = connection.ask(&request.token(&session.token));
        self.ends(id, &answer);
        answer
    }

    /// The same on a connection of its own.
    pub fn sends_alone(&self, session: &Session, letter: &Letter) -> io::Result<Answer> {
        let mut connection = session.server.connect()?;
        self.sends(&mut connection, session, letter)
    }

    fn begins(&self, letter: &Letter) -> u64 {
        let id = self.sent.fetch_add(1, Ordering::SeqCst);
        self.write(&json!({
            "record": "sent",
            "id": id,
            "account": letter.account,
            "bytes": STANDARD.encode(&letter.sealed),
            "sha256": hex::encode(countersign_envelope::Digest::of(&letter.sealed).as_bytes()),
            "signed": STANDARD.encode(&letter.signed),
        }));
        id
    }

    fn ends(&self, id: u64, answer: &io::Result<Answer>) {
        self.write(&match answer {
            Ok(answer) => json!({
                "record": "answer",
                "id": id,
                "status": answer.status,
                "body": STANDARD.encode(&answer.body),
            }),
            Err(error) => json!({"record": "unknown", "id": id, "why": error.to_string()}),
        });
    }

    /// Has it judged against a shop that is open; these judgements must have something to look at.
    pub fn judged(&self, shop: &Shop, demanded: &[&str]) -> Ran {
        let port = shop.port();
        let server = format!("127.0.0.1:{port}");
        let mut judge = self.judge(shop, demanded);
        run(judge.args(["--server", &server]))
    }

    /// The same without asking the server.
    pub fn judged_closed(&self, shop: &Shop, demanded: &[&str]) -> Ran {
        run(&mut self.judge(shop, demanded))
    }

    fn judge(&self, shop: &Shop, demanded: &[&str]) -> Command {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judge/judge.py");
        let data = shop.data();
        if let Some(database) = shop.database() {
            database.copies_to(&data.join("opd.db"));
        }
        let certificate = data.join("keys/root.cert.pem");
        let mut judge = Command::new(python());
        judge.arg("-B").arg(script).arg(&self.path);
        judge.arg("--database").arg(data.join("opd.db"));
        judge.args(["--root", &shop.front().root.fingerprint().to_string()]);
        judge.arg("--root-certificate").arg(certificate);
        judge.arg("--mail").arg(data.join("mail"));
        judge.arg("--scan").arg(shop.folder().join("opd.log"));
        judge.args(["--demand", &demanded.join(",")]);
        judge
    }
}

/// Waits until no letter waits to be sent by a shop in SQLite: its server takes over at its start what a dead
/// one had claimed.
#[track_caller]
pub fn settles(shop: &Shop) {
    let path = shop.data().join("opd.db");
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(path, flags).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    let waiting = || -> i64 {
        let sql = "SELECT count(*) FROM outbox WHERE state = 'waiting'";
        database.query_row(sql, (), |row| row.get(0)).unwrap()
    };
    loop {
        let before = waiting();
        if before == 0 {
            return;
        }
        eventually("a letter is sent", || waiting() < before);
    }
}
