//! Accounts and their machines: what a token may do, when reminders are due, how long invites rest.

use countersign_server::desk::operations::{
    AddToken, ChangeEmail, Invite, RemindOfKeys, SetCorrespondence,
};
use countersign_store::{MailFilter, TokenScope};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{Buyer, PASSWORD, TestServer, operator, rsa_key};

/// A token of an account, as its machine sends it.
pub(crate) async fn token(server: &TestServer, account: &str, scope: TokenScope) -> String {
    let operation = AddToken {
        account: account.parse().unwrap(),
        scope,
        label: "machine".parse().unwrap(),
        ends_at: None,
    };
    let made = server.desk.run(&operator(), operation).await.unwrap();
    made.expose().to_owned()
}

#[tokio::test]
async fn a_token_ends_with_its_day() {
    let server = TestServer::start().await;
    server.buyer("acme").await;
    let ends_at = server.clock.now() + SignedDuration::from_hours(24);
    let operation = AddToken {
        account: "acme".parse().unwrap(),
        scope: TokenScope::Read,
        label: "machine".parse().unwrap(),
        ends_at: Some(ends_at),
    };
    let made = server.desk.run(&operator(), operation).await.unwrap();
    let mut client = server.client().await;
    client.token = Some(made.expose().to_owned());
    assert_eq!(client.get("/v1/orders").await.status, 200);
    server.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(
        client.get("/v1/orders").await.verdict(),
        "401 sign-in-required"
    );
}

/// When the only key of a buyer ends.
async fn end_of_key(buyer: &mut Buyer) -> Timestamp {
    let keys = buyer.client.get("/v1/keys").await.json();
    keys["data"][0]["ends_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}

async fn reminders(server: &TestServer) -> Vec<String> {
    for days in [7, 30] {
        let more = server.desk.run(&operator(), RemindOfKeys { days }).await;
        assert!(!more.unwrap(), "all are looked at");
    }
    let mut view = server.desk.store().read().await.unwrap();
    let mails = view.mails(&MailFilter::default(), None, 100).await.unwrap();
    let mut identities: Vec<String> = mails
        .rows
        .into_iter()
        .filter(|mail| mail.kind == "key-expiring")
        .map(|mail| mail.event_id.rsplit('.').next().unwrap().to_owned())
        .collect();
    identities.sort();
    identities
}

#[tokio::test]
async fn a_key_is_remembered_30_and_7_days_before_its_certificate_ends_once_each() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let day = SignedDuration::from_hours(24);
    let left = end_of_key(&mut acme)
        .await
        .duration_since(server.clock.now());
    server
        .clock
        .advance(left - day * 30 - SignedDuration::from_secs(1));
    assert!(reminders(&server).await.is_empty());
    server.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(reminders(&server).await, ["30"]);
    server.clock.advance(day * 22);
    assert_eq!(reminders(&server).await, ["30"]);
    server.clock.advance(day);
    assert_eq!(reminders(&server).await, ["30", "7"]);
    server.clock.advance(day * 7);
    assert_eq!(reminders(&server).await, ["30", "7"], "it has ended");
}

#[tokio::test]
async fn whoever_is_told_in_the_last_week_is_not_told_twice() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let day = SignedDuration::from_hours(24);
    let left = end_of_key(&mut acme)
        .await
        .duration_since(server.clock.now());
    server.clock.advance(left - day * 3);
    for _ in 0..2 {
        assert_eq!(reminders(&server).await, ["7"]);
    }
    server.enables("acme", false).await;
    server.revokes("acme").await;
    assert_eq!(reminders(&server).await, ["7"]);
}

#[tokio::test]
async fn invites_rest_for_72_hours_after_a_change_of_address() {
    let server = TestServer::start().await;
    let mut fresh = server.buyer_without_key("fresh").await;
    let operation = ChangeEmail {
        account: "fresh".parse().unwrap(),
        email: "new@fresh.example".parse().unwrap(),
        matched: None,
    };
    server.desk.run(&operator(), operation).await.unwrap();
    assert_eq!(
        server.mails("email-changed").await,
        ["fresh@buyers.example", "new@fresh.example"]
    );
    for (hours, verdict) in [
        (0, "403 enrolment-not-authorised"),
        (71, "403 enrolment-not-authorised"),
        (1, "201 "),
    ] {
        server.clock.advance(SignedDuration::from_hours(hours));
        let operation = Invite {
            account: "fresh".parse().unwrap(),
            name: "Fresh".parse().unwrap(),
            email: "jo@fresh.example".parse().unwrap(),
        };
        let code = server.desk.run(&operator(), operation).await.unwrap().code;
        let redeemed = json!({"code": code, "password": PASSWORD});
        let session = fresh.client.post("/v1/invites/redeem", redeemed).await;
        let session = session.json();
        fresh.client.token = Some(session["token"].as_str().unwrap().to_owned());
        fresh.now = server.clock.now();
        let (mut body, _) = fresh.enrolment(&rsa_key("first")).await;
        body["invite"] = json!(code);
        let answer = fresh.client.post("/v1/keys", body).await;
        assert_eq!(answer.verdict(), verdict, "after {hours} more hours");
    }
}

#[tokio::test]
async fn a_password_that_is_set_again_by_an_invite_is_told() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let operation = Invite {
        account: "acme".parse().unwrap(),
        name: "Acme".parse().unwrap(),
        email: "jo@acme.example".parse().unwrap(),
    };
    let code = server.desk.run(&operator(), operation).await.unwrap().code;
    let redeemed = json!({"code": code, "password": "another horse"});
    let answer = acme.client.post("/v1/invites/redeem", redeemed).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        server.mails("password-changed").await,
        ["acme@buyers.example"]
    );
}

#[tokio::test]
async fn a_clerk_changes_the_password_too_and_is_told() {
    let server = TestServer::start().await;
    let mut clerk = server.clerk("kim").await;
    let change = json!({"password": PASSWORD, "new_password": "another horse"});
    let before = clerk.client.token.clone();
    let answer = clerk.client.post("/v1/account/password", change).await;
    assert_eq!(answer.status, 201, "{}", answer.verdict());
    assert_eq!(server.mails("password-changed").await.len(), 1);
    clerk.client.token = before;
    assert_eq!(
        clerk.client.get("/v1/desk/orders").await.verdict(),
        "401 sign-in-required"
    );
}

#[tokio::test]
async fn what_is_not_given_stays_as_it_was_agreed() {
    let server = TestServer::start().await;
    server.buyer("acme").await;
    let nothing = || SetCorrespondence {
        buyer: "acme".parse().unwrap(),
        language: None,
        orders_email: None,
        goods_in_email: None,
        mail_detail: None,
    };
    let language = SetCorrespondence {
        language: Some("de".parse().unwrap()),
        ..nothing()
    };
    for operation in [language, nothing()] {
        server.desk.run(&operator(), operation).await.unwrap();
    }
    let mut view = server.desk.store().read().await.unwrap();
    let agreed = view.correspondence(&"acme".parse().unwrap()).await.unwrap();
    assert_eq!(agreed.language.as_str(), "de");
    assert_eq!(agreed.orders_email, None);
}
