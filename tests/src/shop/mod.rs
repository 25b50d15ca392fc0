//! A seller's installation: a data directory, the `opd` commands, and the server that can be killed.

mod serving;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use countersign_envelope::Certificate;
use serde_json::Value;
use tempfile::TempDir;

use crate::buyer::{Buyer, Front, KeyKind, Session};
use crate::http::{Answer, Request, Server};
use crate::postgres::Postgres;
use crate::programs::{Ran, built, program_at, run, run_with_input, write_private};
use crate::serving::Serving;

/// The seller's name in every signed document.
pub const ORIGIN: &str = "shop.example";

/// What the shop sells unless a test says otherwise: SKU, price, stock.
pub const GOODS: &[(&str, &str, u32)] = &[
    ("WATER", "15.00", 100),
    ("BREAD", "2.50", 100),
    ("SALT", "0.99", 5),
];

/// Says where shops are that do not say it themselves: in an SQLite file, or with `postgres` in a PostgreSQL
/// database each.
const DATABASE_VARIABLE: &str = "COUNTERSIGN_TEST_DATABASE";

fn is_in_postgres() -> bool {
    match std::env::var(DATABASE_VARIABLE).as_deref() {
        Err(_) | Ok("sqlite") => false,
        Ok("postgres") => true,
        Ok(other) => panic!("{DATABASE_VARIABLE} is sqlite or postgres, not {other}"),
    }
}

/// A shop in a temporary folder, gone with it.
#[derive(Debug)]
pub struct Shop {
    folder: TempDir,
    /// The build of `opd` that it runs.
    opd: PathBuf,
    settings: Vec<(String, String)>,
    port: u16,
    serving: Option<Serving>,
    /// Where its state rests, if that is not a file: ended after the server.
    database: Option<Postgres>,
}

impl Shop {
    /// A shop with its goods, open for business.
    pub fn open() -> Self {
        Self::open_with(&[])
    }

    /// The same with settings, named as environment variables.
    pub fn open_with(settings: &[(&str, &str)]) -> Self {
        let mut shop = Self::founded(settings);
        shop.sells(GOODS);
        shop.serve();
        shop
    }

    /// The same in a database of one machine.
    pub fn open_in(database: &Postgres) -> Self {
        Self::open_with(&[
            ("OPD_STORAGE_DATABASE", &database.address()),
            ("OPD_STORAGE_DURABILITY", "single"),
        ])
    }

    /// A shop that has keys and nothing else, and is not open yet.
    pub fn founded(settings: &[(&str, &str)]) -> Self {
        Self::founded_with(&built("opd"), settings)
    }

    /// The same, run by another build of `opd`.
    pub fn founded_with(opd: &Path, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .unwrap();
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        let mut settings: Vec<(String, String)> = settings.collect();
        let is_said = settings
            .iter()
            .any(|(name, _)| name == "OPD_STORAGE_DATABASE");
        let database = (!is_said && is_in_postgres()).then(Postgres::start);
        if let Some(database) = &database {
            settings.push(("OPD_STORAGE_DATABASE".into(), database.address()));
            settings.push(("OPD_STORAGE_DURABILITY".into(), "single".into()));
        }
        let shop = Self {
            folder,
            opd: opd.to_owned(),
            settings,
            port: 0,
            serving: None,
            database,
        };
        shop.write("passphrase", "correct horse battery staple\n");
        shop.opd(&[
            "init",
            "--origin",
            ORIGIN,
            "--host",
            "127.0.0.1",
            "--host",
            "localhost",
            "--passphrase-file",
            "passphrase",
        ])
        .ok();
        shop
    }

    /// Another server of the same shop, on another machine as it were, with the same settings: what the guide says
    /// to copy, and no more.
    #[track_caller]
    pub fn another(&self) -> Self {
        self.remembers_its_log();
        let files = [
            "opd.toml",
            "address",
            "log.checkpoint",
            "keys",
            "denied-keys",
        ];
        let mut other = self.copy_of(&files.map(|file| format!("data/{file}")));
        other.serve();
        other
    }

    /// Everything copied as it stands, not open yet.
    #[track_caller]
    pub fn copied(&self) -> Self {
        self.copy_of(&["data", "passphrase"])
    }

    #[track_caller]
    fn copy_of(&self, places: &[impl AsRef<OsStr>]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("countersign-")
            .tempdir()
            .unwrap();
        let mut copies = Command::new("find");
        run(copies
            .args(places)
            // What a server is just writing under another name is gone a moment later.
            .args(["-type", "f", "!", "-name", "*.new"])
            .args(["-exec", "cp", "-a", "--parents", "-t"])
            .arg(folder.path())
            .args(["{}", "+"])
            .current_dir(self.folder()))
        .ok();
        Self {
            folder,
            opd: self.opd.clone(),
            settings: self.settings.clone(),
            port: 0,
            serving: None,
            database: None,
        }
    }

    /// The folder that holds everything of this shop.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The PostgreSQL that its state rests in, if it has one to itself.
    pub const fn database(&self) -> Option<&Postgres> {
        self.database.as_ref()
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.folder().join("data")
    }

    /// Writes a file next to the data directory, for its owner only, and returns its path.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        write_private(self.folder(), name, text)
    }

    /// An `opd` command to be run.
    pub fn opd_command(&self, arguments: &[&str]) -> Command {
        let mut command = program_at(&self.opd, self.folder());
        command.env("OPD_DATA", self.data());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.args(arguments);
        command
    }

    /// Runs an `opd` command.
    pub fn opd(&self, arguments: &[&str]) -> Ran {
        run(&mut self.opd_command(arguments))
    }

    /// Runs an `opd` command that must succeed, and reads its JSON.
    #[track_caller]
    pub fn opd_json(&self, arguments: &[&str]) -> Value {
        let mut command = self.opd_command(arguments);
        run(command.arg("--json")).ok().json()
    }

    /// The key line of the log that grows.
    #[track_caller]
    pub fn log_key_line(&self) -> String {
        let seller = self.opd_json(&["seller", "show"]);
        let lines = seller["log_key_lines"].as_array().unwrap();
        lines.last().unwrap().as_str().unwrap().to_owned()
    }

    /// Puts goods on the shelves: SKU, price in US dollars, stock.
    #[track_caller]
    pub fn sells(&self, goods: &[(&str, &str, u32)]) {
        let mut table = String::from("sku,name,unit,unit_price,currency,quantity\n");
        for (sku, price, stock) in goods {
            let line = format!("\"{sku}\",\"{sku}\",EA,{price},USD,{stock}\n");
            table += &line;
        }
        self.write("goods.csv", table);
        self.opd(&["item", "import", "goods.csv", "--set-stock"])
            .ok();
    }

    /// From its next start on, its programs see this variable of the environment, or this setting.
    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// From now on they do not.
    pub fn unset(&mut self, name: &str) {
        self.settings.retain(|(known, _)| known != name);
    }

    /// A certificate of the seller in PEM: `root`, `recipient`, `receipt`, `tls` or `mail`.
    pub fn certificate_pem(&self, usage: &str) -> String {
        fs::read_to_string(self.data().join(format!("keys/{usage}.cert.pem"))).unwrap()
    }

    /// What a buyer knows of the shop.
    pub fn front(&self) -> Front {
        let certificate = |usage| Certificate::from_pem(&self.certificate_pem(usage)).unwrap();
        let root = certificate("root");
        Front {
            server: Server::new(self.port, root.der()),
            root,
            recipient: certificate("recipient"),
            receipt: certificate("receipt"),
        }
    }

    /// Asks the server something outside any session.
    #[track_caller]
    pub fn ask(&self, request: &Request) -> Answer {
        self.front().server.ask(request)
    }

    /// What the server counts.
    #[track_caller]
    pub fn metrics(&self) -> String {
        self.ask(&Request::get("/metrics")).with_status(200).text()
    }

    /// What the server says of one of the things it counts.
    #[track_caller]
    pub fn counts(&self, metric: &str) -> usize {
        let metrics = self.metrics();
        let mut lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
        let found = lines.find(|(name, _)| *name == metric);
        let (_, count) = found.unwrap_or_else(|| panic!("no {metric} in {metrics}"));
        count.parse().unwrap()
    }

    /// Waits until the newest checkpoint is remembered outside the database.
    #[track_caller]
    pub fn remembers_its_log(&self) {
        eventually("the newest checkpoint is remembered", || {
            let newest = self.ask(&Request::get("/log/checkpoint")).with_status(200);
            let remembered = fs::read_to_string(self.data().join("log.checkpoint"));
            remembered.is_ok_and(|note| leaves_of(&note) == leaves_of(&newest.text()))
        });
    }

    /// A buyer with an account and an enrolled RSA key.
    #[track_caller]
    pub fn buyer(&self, id: &str) -> Buyer {
        self.buyer_with(id, KeyKind::Rsa)
    }

    /// A buyer with an account and an enrolled key of a kind.
    #[track_caller]
    pub fn buyer_with(&self, id: &str, kind: KeyKind) -> Buyer {
        let buyer = Buyer::new(id, kind, self.front());
        self.add(&buyer);
        buyer
    }

    /// Adds a buyer's account and enrols its key, as the operator.
    #[track_caller]
    pub fn add(&self, buyer: &Buyer) {
        let certificate = self.write("buyer.cert.pem", buyer.certificate().to_pem());
        let email = buyer.email();
        let arguments = [
            "buyer",
            "add",
            &buyer.id,
            "--name",
            "Acme Ltd",
            "--email",
            &email,
            "--key",
            certificate.to_str().unwrap(),
            "--password-file",
            "-",
        ];
        let mut command = self.opd_command(&arguments);
        run_with_input(&mut command, buyer.password.as_bytes()).ok();
    }

    /// A clerk, signed in.
    #[track_caller]
    pub fn clerk(&self, id: &str) -> Session {
        let email = format!("{id}@{ORIGIN}");
        let arguments = [
            "clerk",
            "add",
            id,
            "--email",
            &email,
            "--password-file",
            "-",
        ];
        let password = format!("password of {id}");
        run_with_input(&mut self.opd_command(&arguments), password.as_bytes()).ok();
        let server = self.front().server;
        let body = serde_json::json!({"id": id, "password": password});
        let answer = server.ask(&Request::post_json("/v1/sessions", &body));
        let token = answer.with_status(201).json()["token"].clone();
        Session {
            server,
            token: token.as_str().unwrap().to_owned(),
        }
    }

    /// Invites a buyer and returns the link to send them.
    #[track_caller]
    pub fn invites(&self, id: &str) -> String {
        let email = format!("{id}@buyer.example");
        let said = self.opd(&[
            "buyer", "invite", id, "--name", "Acme Ltd", "--email", &email,
        ]);
        let text = said.ok().text();
        let link = text.split_whitespace().find(|word| word.contains("://"));
        link.unwrap_or_else(|| panic!("no link in {text}"))
            .to_owned()
    }

    /// How many units of an item can be promised, as a buyer sees it.
    #[track_caller]
    pub fn available(&self, buyer: &Buyer, sku: &str) -> i64 {
        buyer.signs_in().available(sku)
    }

    /// Every order the desk knows.
    #[track_caller]
    pub fn orders(&self) -> Vec<Value> {
        rows(&self.opd_json(&["order", "list"]))
    }

    /// Every refusal the desk knows.
    #[track_caller]
    pub fn refusals(&self) -> Vec<Value> {
        rows(&self.opd_json(&["refusals"]))
    }

    /// Waits until an order is in a state.
    #[track_caller]
    pub fn wait_for_state(&self, number: &str, state: &str) {
        eventually(&format!("{number} is {state}"), || {
            self.orders()
                .iter()
                .any(|order| order["purchase_order_number"] == number && order["state"] == state)
        });
    }

    /// The letters in the mail folder that hold all of these texts.
    pub fn letters(&self, texts: &[&str]) -> Vec<String> {
        crate::mail::letters_in(&self.data().join("mail"), texts)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let traces = self.traces();
            let last: Vec<&str> = traces.lines().rev().take(30).collect();
            crate::remark(&format!("last traces, newest first:\n{}", last.join("\n")));
        }
        self.kill();
    }
}

/// The rows of a page.
#[track_caller]
pub fn rows(page: &Value) -> Vec<Value> {
    page["data"]
        .as_array()
        .unwrap_or_else(|| panic!("no page: {page}"))
        .clone()
}

/// How many leaves a checkpoint counts: its second line.
pub fn leaves_of(checkpoint: &str) -> u64 {
    checkpoint.lines().nth(1).unwrap().parse().unwrap()
}

/// Waits until something is so.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "waited in vain: {what}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
