//! What a thief of the disk finds, or of a backup: orders, but nothing to sign in or to sign with.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::canary::reveals;
use countersign_tests::http::Request;
use countersign_tests::openssl::openssl;
use countersign_tests::po::{PASSWORD, Po};
use countersign_tests::programs::{Ran, run};
use countersign_tests::receiver::Receiver;
use countersign_tests::shop::{Shop, eventually};
use serde_json::json;
use tempfile::NamedTempFile;

const SERVICE_PASSPHRASE: &str = "a service passphrase of its own";
const ROOT_PASSPHRASE: &str = "correct horse battery staple";

/// What everybody may read, if they could enter the folder: it is published, or says nothing.
const PUBLIC: [&str; 5] = [
    ".cert.pem",
    "seller.p7m",
    "log.checkpoint",
    "address",
    ".lock",
];

/// A shop whose keys have a passphrase, which does what shops do.
struct Story {
    shop: Shop,
    _passphrase: NamedTempFile,
    /// Everything that lets in, or signs, by what it is.
    secrets: Vec<(&'static str, Vec<u8>)>,
    webhook: Vec<u8>,
}

fn shop_with_a_passphrase() -> (Shop, NamedTempFile) {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), SERVICE_PASSPHRASE).unwrap();
    let shop = Shop::open_with(&[
        ("OPD_PASSPHRASE_FILE", file.path().to_str().unwrap()),
        ("OPD_WEBHOOKS_ALLOW", "[\"127.0.0.1\"]"),
        ("OPD_TRACES_FILTER", "trace,countersign_store=info"),
    ]);
    (shop, file)
}

fn a_busy_day() -> Story {
    let (shop, passphrase) = shop_with_a_passphrase();
    let mut secrets: Vec<(&str, Vec<u8>)> = vec![
        ("the service keys' passphrase", SERVICE_PASSPHRASE.into()),
        ("the root's passphrase", ROOT_PASSPHRASE.into()),
        ("a chosen password", PASSWORD.into()),
    ];
    let receiver = Receiver::start();
    let added = shop.opd(&["webhook", "add", &receiver.url(), "--for", "seller"]);
    let webhook = added.ok().text().trim().to_owned();
    let webhook = webhook.strip_prefix("whsec_").unwrap();
    receiver.expects(&[&format!("whsec_{webhook}")]);

    let acme = shop.buyer("acme");
    secrets.push(("a buyer's password", acme.password.clone().into()));
    let session = acme.signs_in();
    secrets.push(("a session", session.token.clone().into()));
    let token = shop.opd(&["token", "add", "acme", "--scope", "order", "--label", "erp"]);
    let token = token.ok().text();
    let token = token
        .split_whitespace()
        .find(|word| word.starts_with("cst_"));
    secrets.push(("a machine's token", token.unwrap().into()));
    let clerk = shop.clerk("jo");
    secrets.push(("a clerk's password", b"password of jo".to_vec()));
    secrets.push(("a clerk's session", clerk.token.into()));

    let invite = shop.invites("globex");
    let (_, code) = invite.rsplit_once('/').unwrap();
    secrets.push(("an invite that was used", code.into()));
    let po = Po::new(shop.port());
    po.run(&["join", &invite, "--no-input"]).ok();
    let invite = shop.invites("initech");
    let (_, code) = invite.rsplit_once('/').unwrap();
    secrets.push(("an invite that is open", code.into()));

    po.orders(&["WATER=1", "--number", "PO-1"]).ok();
    let wrong = json!({"id": "acme", "password": "almost the password"});
    shop.ask(&Request::post_json("/v1/sessions", &wrong))
        .with_status(401);
    secrets.push(("a password mistyped", b"almost the password".to_vec()));
    let draft = acme.draft("PO-2").line("WATER", 1, "15.00");
    session.submits(&acme.envelope(&draft)).decision("accepted");
    shop.wait_for_state("PO-2", "shipped");
    eventually("a letter and a message", || {
        !shop.letters(&["PO-2"]).is_empty() && !receiver.told(1).is_empty()
    });
    shop.opd(&["backup", "data/backup.db"]).ok();
    for key in ["receipt", "tls", "recipient", "mail"] {
        secrets.push(("a private key", private_octets(&shop, key)));
    }
    let webhook = STANDARD.decode(webhook).unwrap();
    Story {
        shop,
        _passphrase: passphrase,
        secrets,
        webhook,
    }
}

/// Octets that only the private key has, found with OpenSSL: the number that a P-256 key consists of, or
/// the end of an RSA key's last one.
fn private_octets(shop: &Shop, key: &str) -> Vec<u8> {
    let passphrase = format!("pass:{SERVICE_PASSPHRASE}");
    let path = format!("data/keys/{key}.key.pem");
    let mut command = std::process::Command::new("openssl");
    command
        .args(["pkcs8", "-outform", "DER", "-passin", &passphrase])
        .args(["-in", &path])
        .current_dir(shop.folder());
    let der = run(&mut command).ok().stdout;
    // RFC 5915: version 1, then the octets of the number.
    let mark = [0x02, 0x01, 0x01, 0x04, 0x20];
    let at = der.windows(5).position(|part| part == mark);
    let at = at.map_or(der.len() - 32, |at| at + 5);
    der[at..at + 32].to_vec()
}

fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn after_a_busy_day_no_file_holds_a_secret_or_is_open_to_others() {
    let story = a_busy_day();
    assert_no_secret_in_files(&story);
    assert_files_closed(&story.shop);
}

/// Nothing that lets in or signs is in any file of the shop.
fn assert_no_secret_in_files(story: &Story) {
    let mut files = everything_below(&story.shop.data());
    files.push(story.shop.folder().join("opd.log"));
    let (mut read, mut with_webhook) = (0, Vec::new());
    for path in files.iter().filter(|path| path.is_file()) {
        let bytes = fs::read(path).unwrap();
        read += bytes.len();
        for (what, secret) in &story.secrets {
            assert!(!reveals(&bytes, secret), "{what} is in {}", path.display());
        }
        let is_open = reveals(&bytes, "-----BEGIN PRIVATE KEY-----")
            || reveals(&bytes, "-----BEGIN EC PRIVATE KEY-----");
        assert!(!is_open, "a key lies open in {}", path.display());
        if reveals(&bytes, &story.webhook) {
            with_webhook.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    assert!(read > 500_000, "the day was not busy: {read} bytes");
    // What a webhook is signed with must be known to sign it: it is in the database, and nowhere else.
    // It is the control of this search, too.
    with_webhook.retain(|name| !name.starts_with("opd.db"));
    assert_eq!(with_webhook, ["backup.db"]);
}

/// Every file is its owner's alone, and every folder is closed.
fn assert_files_closed(shop: &Shop) {
    for path in everything_below(&shop.data()) {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let name = path.to_str().unwrap();
        let expected: &[u32] = if path.is_dir() {
            &[0o700]
        } else if PUBLIC.iter().any(|ending| name.ends_with(ending)) {
            &[0o600, 0o644]
        } else {
            &[0o600]
        };
        assert!(expected.contains(&mode), "{name}: {mode:o}");
    }
}

#[test]
fn a_credential_of_systemd_opens_the_keys_and_without_it_they_stay_closed() {
    let (mut shop, _passphrase) = shop_with_a_passphrase();
    shop.close();
    let traces = shop.traces();
    assert!(!traces.is_empty(), "nothing is traced");
    assert!(!traces.contains("unencrypted"), "{traces}");
    let credentials = shop.folder().join("credentials");
    fs::create_dir(&credentials).unwrap();
    let shows = |credentials: Option<&Path>| -> Ran {
        let mut command = shop.opd_command(&["serve", "0", "--check"]);
        command.env_remove("OPD_PASSPHRASE_FILE");
        if let Some(folder) = credentials {
            command.env("CREDENTIALS_DIRECTORY", folder);
        }
        run(&mut command)
    };
    let refused = shows(None).ends_with(1);
    assert!(
        refused.stderr.contains("OPD_PASSPHRASE_FILE"),
        "{refused:?}"
    );
    // A service may have other credentials.
    shows(Some(&credentials)).ends_with(1);
    fs::write(credentials.join("opd-passphrase"), SERVICE_PASSPHRASE).unwrap();
    shows(Some(&credentials)).ok();
    fs::write(credentials.join("opd-passphrase"), "another").unwrap();
    shows(Some(&credentials)).ends_with(1);
    let listed = openssl(
        shop.folder(),
        "pkcs8 -in data/keys/receipt.key.pem -passin pass:wrong",
    );
    assert_ne!(listed.code, Some(0));
}
