//! The flags that stand with every command, the environment behind them, and the shape of errors.

use serde_json::Value;

use crate::buyer::{Buyer, Run};
use crate::shop::{ACCOUNT, Conduct, ORIGIN, PASSWORD, Shop};

const OTHER: &str = "other.example";
const RED: &str = "\u{1b}[31m";

fn pins(buyer: &Buyer, shop: &Shop) -> [String; 5] {
    buyer.trusts(shop).succeeds();
    [
        "trust",
        "127.0.0.1",
        &shop.port.to_string(),
        "--fingerprint",
        &shop.root().to_string(),
    ]
    .map(str::to_owned)
}

#[test]
fn the_home_is_the_flags_before_the_environments_before_the_default() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    let trust = pins(&buyer, &shop);
    let sees = |command: &mut std::process::Command| {
        let run = Run::of(command.args(["sellers", "--json"])).succeeds();
        run.out.contains(ORIGIN)
    };
    assert!(sees(&mut buyer.command()));
    assert!(!sees(buyer.command().args(["--home", "elsewhere"])));

    Run::of(
        buyer
            .command()
            .args(&trust)
            .args(["--home", "data/countersign-po"]),
    )
    .succeeds();
    let by_default = |name: &str, folder: &str| {
        let mut command = buyer.command();
        command.env_remove("PO_HOME").env(name, buyer.path(folder));
        sees(&mut command)
    };
    assert!(by_default("XDG_DATA_HOME", "data"));
    assert!(!by_default("HOME", "person"));
    let share = "person/.local/share/countersign-po";
    Run::of(buyer.command().args(&trust).args(["--home", share])).succeeds();
    assert!(by_default("HOME", "person"));
    Run::of(buyer.command().env_remove("PO_HOME").arg("sellers"))
        .ends_with(1)
        .says("--home DIR");
}

#[test]
fn among_several_sellers_the_flag_says_which() {
    let shop = Shop::honest();
    let other = Shop::open(Conduct {
        origin: OTHER,
        ..Conduct::default()
    });
    let buyer = Buyer::new();
    buyer.trusts(&shop).succeeds();
    buyer.trusts(&other).succeeds();
    buyer.runs(["pending"]).ends_with(1).says("--seller ORIGIN");
    let run = buyer.runs(["items", "--seller", OTHER]).ends_with(4);
    run.says(&other.port.to_string());
    let run = buyer.runs(["--seller", ORIGIN, "items"]).ends_with(4);
    run.says(&shop.port.to_string());
    let run = buyer.runs(["items", "--seller", "none.example"]);
    run.ends_with(5).says("po sellers");
}

#[test]
fn json_is_one_document_on_standard_output() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    for (command, member) in [
        (&["items"][..], "data"),
        (&["sellers"], "data"),
        (&["pending"], "data"),
        (&["status"], "data"),
        (&["key", "list"], "data"),
        (
            &["order", "WATER=1", "--yes", "--key", "rsa.pem"],
            "decision",
        ),
    ] {
        let run = Run::of(buyer.command().args(command).arg("--json")).succeeds();
        let document: Value = serde_json::from_str(&run.out).unwrap();
        assert!(!document[member].is_null(), "{command:?}: {document}");
    }
}

#[test]
fn an_error_in_json_is_one_problem_on_standard_error() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.writes_secret("wrong", "not the password");
    let port = shop.port.to_string();
    for (command, exit, kind, title) in [
        (
            &[
                "login",
                "127.0.0.1",
                &port,
                ACCOUNT,
                "--password-file",
                "wrong",
            ][..],
            4,
            ":sign-in-not-accepted",
            "ID and password",
        ),
        (&["status", "PO-NONE"], 5, "about:blank", "PO-NONE"),
        (&["order", "WATER=0"], 2, "about:blank", "WATER=0"),
        (&["key", "revoke", "x"], 2, "about:blank", "--reason"),
    ] {
        let run = Run::of(buyer.command().args(command).arg("--json")).ends_with(exit);
        assert!(run.out.is_empty(), "{}", run.out);
        let problem: Value = serde_json::from_str(&run.err).unwrap();
        let member = |name: &str| problem[name].as_str().unwrap_or_default();
        assert!(member("type").ends_with(kind), "{problem}");
        assert!(member("title").contains(title), "{problem}");
    }
}

#[test]
fn quiet_leaves_data_and_errors() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let loud = buyer.runs(["keygen", "--bits", "2048", "--out", "a.pem"]);
    let quiet = buyer.runs(["keygen", "--bits", "2048", "--out", "b.pem", "--quiet"]);
    let (loud, quiet) = (loud.succeeds(), quiet.succeeds());
    assert!(
        loud.err.contains("keep the key to yourself"),
        "{}",
        loud.err
    );
    assert!(quiet.err.is_empty(), "{}", quiet.err);
    assert!(quiet.out.contains("b.pem"), "{}", quiet.out);
    buyer
        .runs(["status", "PO-NONE", "--quiet"])
        .ends_with(5)
        .says("PO-NONE");
}

#[test]
fn without_input_nothing_is_asked_and_what_is_missing_is_said() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let run = buyer.runs(["order", "WATER=1", "--key", "rsa.pem"]);
    run.ends_with(1).says("--yes");
    assert!(shop.asked("POST", "/v1/orders").is_empty());
    let mut command = buyer.command();
    command.env_remove("PO_PASSWORD_FILE");
    let port = shop.port.to_string();
    let run = Run::of(command.args(["login", "127.0.0.1", &port, ACCOUNT]));
    run.ends_with(1).says("--password-file");
}

#[test]
fn colour_is_for_terminals_unless_it_is_asked_for() {
    let buyer = Buyer::new();
    let errs = |choice: &[&str]| buyer.runs(["items"].iter().chain(choice)).ends_with(5).err;
    assert!(errs(&["--color", "always"]).starts_with(RED));
    for plain in [&["--color", "never"][..], &["--color", "auto"], &[]] {
        assert!(!errs(plain).contains(RED), "{plain:?}");
    }
    buyer.runs(["items", "--color", "blue"]).ends_with(2);
}

#[test]
fn a_password_comes_from_its_file_and_one_newline_is_cut() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    buyer.writes_secret("password", "not this one");
    let port = shop.port.to_string();
    let login = |file: Option<&str>, input: &str| {
        let mut command = buyer.command();
        command.args(["login", "127.0.0.1", &port, ACCOUNT]);
        command.args(file.map(|file| ["--password-file", file]).iter().flatten());
        Run::with_input(&mut command, input)
    };
    login(None, "").ends_with(4);
    for (text, exit) in [
        (PASSWORD.to_owned(), 0),
        (format!("{PASSWORD}\n"), 0),
        (format!("{PASSWORD}\n\n"), 4),
        (format!("{PASSWORD} "), 4),
    ] {
        buyer.writes_secret("named", &text);
        login(Some("named"), "").ends_with(exit);
        login(Some("-"), &text).ends_with(exit);
    }
}

#[test]
fn a_passphrase_comes_from_its_file_and_one_newline_is_cut() {
    let buyer = Buyer::new();
    buyer.writes_secret("line", "open sesame\n");
    let shop = Shop::honest();
    buyer.trusts(&shop).succeeds();
    buyer.signs_in(&shop).succeeds();
    let made = [
        "keygen",
        "--bits",
        "2048",
        "--out",
        "rsa.pem",
        "--passphrase-file",
        "line",
    ];
    buyer.runs(made).succeeds();
    shop.enrols(buyer.certificate("rsa"));
    buyer.orders("PO-1").succeeds();
    buyer.writes_secret("passphrase", "wrong");
    buyer.orders("PO-2").ends_with(1);
    let key = [
        "order",
        "WATER=1",
        "--yes",
        "--key",
        "rsa.pem",
        "--passphrase-file",
    ];
    buyer.runs(key.into_iter().chain(["line"])).succeeds();
    let mut command = buyer.command();
    Run::with_input(command.args(key).arg("-"), "open sesame\n").succeeds();
}

#[test]
fn flags_stand_before_or_after_the_command() {
    let buyer = Buyer::new();
    for words in [["--json", "sellers"], ["sellers", "--json"]] {
        let run = buyer.runs(words).succeeds();
        assert!(
            serde_json::from_str::<Value>(&run.out).is_ok(),
            "{}",
            run.out
        );
    }
}
