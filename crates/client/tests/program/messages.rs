//! What went wrong, then what to do: in words that can be typed, with the exit code that scripts read.

use std::net::TcpListener;

use countersign_api::Code;

use crate::buyer::{Buyer, Run};
use crate::shop::{ACCOUNT, Conduct, ORIGIN, Shop, problem};
use crate::wire::Answer;

#[test]
fn a_session_that_has_ended_says_how_to_sign_in_again() {
    let shop = Shop::answering(|_| Some(problem(Code::SignInRequired)));
    let run = Buyer::of(&shop).orders("PO-1").ends_with(4);
    run.says(&format!("po login 127.0.0.1 {} {ACCOUNT}", shop.port));
}

#[test]
fn nobody_signed_in_says_how_to_sign_in() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    let run = buyer.runs(["items"]).ends_with(4);
    run.says(&format!("po login 127.0.0.1 {} ID", shop.port));
}

#[test]
fn no_seller_says_how_to_pin_one() {
    let run = Buyer::new().runs(["items"]).ends_with(5);
    run.says("po trust HOST PORT").says("po join LINK");
}

#[test]
fn a_seller_that_is_not_pinned_says_how_to_pin_it() {
    let shop = Shop::honest();
    let (port, root) = (shop.port, shop.root());
    for run in [
        Buyer::new().runs(["trust", "127.0.0.1", &port.to_string()]),
        Buyer::new().signs_in(&shop),
    ] {
        let run = run.ends_with(1);
        run.says(&format!("po trust 127.0.0.1 {port} --fingerprint {root}"));
    }
}

#[test]
fn a_server_that_is_not_there_asks_for_host_and_port() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let run = Buyer::new()
        .runs(["trust", "127.0.0.1", &port])
        .ends_with(7);
    run.says("Connection refused").says("host and port");
}

#[test]
fn an_answer_that_is_no_sellers_asks_for_host_and_port() {
    let shop = Shop::answering(|_| {
        Some(Answer {
            status: 502,
            media_type: "text/html",
            body: b"<html>Bad Gateway".to_vec(),
        })
    });
    let run = Buyer::of(&shop).orders("PO-1").ends_with(1);
    run.says("status 502").says("Countersign server");
}

#[test]
fn a_wrong_passphrase_says_where_it_came_from() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    buyer.writes_secret("passphrase", "wrong");
    let run = buyer.orders("PO-1").ends_with(1);
    run.says("rsa.pem: the passphrase does not open the key")
        .says("PO_PASSPHRASE_FILE");
}

#[test]
fn a_secret_whose_file_is_missing_says_what_named_it() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    std::fs::remove_file(buyer.path("password")).unwrap();
    let run = buyer.signs_in(&shop).ends_with(5);
    run.says("PO_PASSWORD_FILE");
}

#[test]
fn a_wrong_password_says_whom_to_ask() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    buyer.trusts(&shop).succeeds();
    buyer.writes_secret("password", "not this one");
    let run = buyer.signs_in(&shop).ends_with(4);
    run.says("ask the seller for an invite");
}

#[test]
fn an_invite_that_is_not_accepted_is_called_an_invite() {
    let shop = Shop::honest();
    let run = Buyer::new().runs(["join", &shop.invite()]).ends_with(4);
    run.says("the invite was not accepted")
        .says("ask the seller for a new one");
}

#[test]
fn a_missing_key_and_a_missing_certificate_are_told_apart() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let orders = || buyer.orders_item("WATER=1");
    std::fs::rename(buyer.path("rsa.cert.pem"), buyer.path("away")).unwrap();
    let run = orders().ends_with(5);
    run.says("no file rsa.cert.pem").says("beside the key");
    std::fs::remove_file(buyer.key("rsa")).unwrap();
    orders()
        .ends_with(5)
        .says("no file rsa.pem")
        .says("po keygen");
}

#[test]
fn an_account_without_a_known_key_names_the_option_that_takes_one() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    let run = buyer.runs(["order", "WATER=1", "--yes"]).ends_with(5);
    run.says("--key KEY.pem");
    let run = buyer.runs(["key", "add", "rsa.pem"]).ends_with(5);
    run.says("--by KEY.pem");
}

#[test]
fn an_item_named_twice_is_a_mistake_in_the_command() {
    let shop = Shop::honest();
    let run = Buyer::of(&shop).runs(["order", "WATER=1", "a=b=1", "WATER=2", "--yes"]);
    run.ends_with(2).says("WATER is ordered twice");
}

#[test]
fn what_is_no_item_and_quantity_says_how_one_looks() {
    for wrong in ["WATER", "WATER=0", "WATER=1.5", "WATER=1000001", "=1"] {
        let run = Buyer::new().runs(["order", wrong]).ends_with(2);
        run.says(wrong);
    }
    Buyer::new()
        .runs(["order", "WATER"])
        .says("such as WATER=3");
}

#[test]
fn an_order_that_is_not_pending_says_where_to_look() {
    let shop = Shop::honest();
    let run = Buyer::of(&shop).runs(["resend", "PO-1"]).ends_with(5);
    run.says("po pending");
}

#[test]
fn a_document_for_another_seller_names_both() {
    let (shop, other) = (
        Shop::honest(),
        Shop::open(Conduct {
            origin: "other.example",
            log_origin: "other.example",
            ..Conduct::default()
        }),
    );
    let theirs = Buyer::of(&other);
    theirs.orders("PO-1").succeeds();
    let signed = crate::buyer::files_below(&theirs.home());
    let order = signed
        .iter()
        .find(|path| path.ends_with("order.p7s"))
        .unwrap();
    let certificate = theirs.certificate("rsa");
    let verified = countersign_envelope::Opened::from_signed_data(std::fs::read(order).unwrap())
        .unwrap()
        .verify(&[certificate])
        .unwrap();
    let buyer = Buyer::of(&shop);
    std::fs::write(buyer.path("order.json"), verified.content()).unwrap();
    let file = ["order", "--file", "order.json", "--yes", "--key", "rsa.pem"];
    let run = buyer.runs(file).ends_with(1);
    run.says("other.example").says(ORIGIN);
}

#[test]
fn a_session_that_may_not_ask_is_a_mistake_in_the_command() {
    let (shop, buyer) = (Shop::honest(), Buyer::new());
    let port = shop.port.to_string();
    buyer
        .runs(["127.0.0.1", &port])
        .ends_with(2)
        .says("po --help");
    let mut command = buyer.command();
    let run = Run::of(command.args(["127.0.0.1", &port, "--json"])).ends_with(2);
    run.says("no JSON");
    assert!(!shop.was_asked_anything());
}

#[test]
fn a_command_that_lacks_something_is_shown_without_what_the_environment_sets() {
    let run = Buyer::new().runs(["key", "revoke", "abc"]).ends_with(2);
    run.says("Usage: po key revoke [OPTIONS] --reason <REASON> <KEY>");
}
