//! Signing in and out.

use std::time::Duration;

use countersign_order::Digest;
use countersign_server::desk::operations::{Invite, SetPassword};
use countersign_server::desk::passwords;
use countersign_server::random::Random;
use countersign_store::Store as _;
use http::Method;
use jiff::SignedDuration;
use serde_json::json;
use tokio::time::sleep;

use crate::support::{PASSWORD, TestServer, operator, verifier};

#[tokio::test]
async fn whatever_is_wrong_with_a_sign_in_the_answer_is_the_same_to_the_byte() {
    let server = TestServer::start().await;
    let acme = server.buyer("acme").await;
    drop(acme);
    let bodies: [Vec<u8>; 9] = [
        json!({"id": "acme", "password": "wrong horse"})
            .to_string()
            .into(),
        json!({"id": "nobody", "password": PASSWORD})
            .to_string()
            .into(),
        json!({"id": "' OR 1=1 --", "password": PASSWORD})
            .to_string()
            .into(),
        json!({"id": "acme\n", "password": PASSWORD})
            .to_string()
            .into(),
        json!({"id": "a".repeat(10_000), "password": PASSWORD})
            .to_string()
            .into(),
        b"{\"id\":\"\xff\xfe\",\"password\":\"x\"}".to_vec(),
        b"".to_vec(),
        b"[]".to_vec(),
        json!({"id": "acme"}).to_string().into(),
    ];
    let mut answers = Vec::new();
    for body in bodies {
        let mut client = server.client().await;
        let body = Some(("application/json", body));
        let answer = client.send(Method::POST, "/v1/sessions", body).await;
        assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
        answers.push(answer.bytes);
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]));
    let mut client = server.client().await;
    assert_eq!(client.signs_in("acme", PASSWORD).await.verdict(), "201 ");
}

#[tokio::test]
async fn a_disabled_buyer_or_account_does_not_learn_that_its_password_is_right() {
    let server = TestServer::start().await;
    drop(server.buyer("acme").await);
    server.adds_account("acme", "acme/jo").await;
    let mut client = server.client().await;
    assert_eq!(client.signs_in("acme/jo", PASSWORD).await.verdict(), "201 ");
    let wrong = client.signs_in("acme/jo", "wrong horse").await;
    assert_eq!(wrong.verdict(), "401 sign-in-not-accepted");
    // The buyer's first account stands for the buyer, and for all its accounts.
    for disabled in ["acme/jo", "acme"] {
        server.enables(disabled, false).await;
        let right = client.signs_in("acme/jo", PASSWORD).await;
        assert_eq!(
            (right.status, right.bytes),
            (wrong.status, wrong.bytes.clone())
        );
        server.enables("acme/jo", true).await;
    }
    server.enables("acme", true).await;
    assert_eq!(client.signs_in("acme/jo", PASSWORD).await.verdict(), "201 ");
}

#[tokio::test]
async fn the_invite_of_a_disabled_buyer_looks_like_one_that_is_made_up() {
    let server = TestServer::start().await;
    let operation = Invite {
        account: "fresh".parse().unwrap(),
        name: "Fresh Ltd".parse().unwrap(),
        email: "jo@fresh.example".parse().unwrap(),
    };
    let code = server.desk.run(&operator(), operation).await.unwrap().code;
    server.enables("fresh", false).await;
    let mut client = server.client().await;
    for code in [code.as_str(), "made-up"] {
        let redeemed = json!({"code": code, "password": PASSWORD});
        let answer = client.post("/v1/invites/redeem", redeemed).await;
        assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    }
}

#[tokio::test]
async fn a_signed_out_session_is_over() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    assert_eq!(acme.client.get("/v1/items").await.verdict(), "200 ");
    let answer = acme
        .client
        .send(Method::DELETE, "/v1/sessions/current", None)
        .await;
    assert_eq!(answer.status, 204);
    assert_eq!(
        acme.client.get("/v1/items").await.verdict(),
        "401 sign-in-required"
    );
}

/// Waits until it is noted that a session was used now.
async fn is_noted(server: &TestServer, token: &str) {
    let token = *countersign_envelope::Digest::of(token.as_bytes()).as_bytes();
    let token = Digest::from_bytes(token);
    let now = server.clock.now();
    for _ in 0..1_000 {
        let mut view = server.desk.store().read().await.unwrap();
        if view.session(&token, now).await.unwrap().unwrap().seen_at == now {
            return;
        }
        drop(view);
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the use of the session is not noted");
}

#[tokio::test]
async fn a_session_ends_when_idle_and_when_old() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    for _ in 0..23 {
        server.clock.advance(SignedDuration::from_mins(31));
        assert_eq!(acme.client.get("/v1/items").await.verdict(), "200 ");
        is_noted(&server, acme.client.token.as_deref().unwrap()).await;
    }
    server.clock.advance(SignedDuration::from_mins(31));
    assert_eq!(
        acme.client.get("/v1/items").await.verdict(),
        "401 sign-in-required"
    );

    acme.client.signs_in("acme", PASSWORD).await;
    server.clock.advance(SignedDuration::from_mins(61));
    assert_eq!(
        acme.client.get("/v1/items").await.verdict(),
        "401 sign-in-required"
    );
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_of_the_old_one() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let operation = SetPassword {
        account: "acme".parse().unwrap(),
        verifier: verifier().await,
    };
    server.desk.run(&operator(), operation).await.unwrap();
    assert_eq!(
        acme.client.get("/v1/items").await.verdict(),
        "401 sign-in-required"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_while_it_was_compared_opens_no_session_and_changes_nothing() {
    let key = "/v1/keys/{key}/revocation";
    for (path, body) in [
        ("/v1/sessions", json!({"id": "acme", "password": PASSWORD})),
        (
            "/v1/account/password",
            json!({"password": PASSWORD, "new_password": "the thief's own"}),
        ),
        (
            "/v1/account/email",
            json!({"password": PASSWORD, "email": "thief@example.org"}),
        ),
        (key, json!({"password": PASSWORD, "reason": "out of spite"})),
    ] {
        let server = TestServer::start().await;
        let mut acme = server.buyer("acme").await;
        let keys = acme.client.get("/v1/keys").await.json();
        let path = path.replace("{key}", keys["data"][0]["id"].as_str().unwrap());
        let mut thief = acme.again(&server).await.client;
        server.explosions.follow(&[false]);
        let stands_still = server.faults.nothing_begins().await;
        let (to, account) = (path.clone(), acme.id.parse().unwrap());
        let asked = tokio::spawn(async move { thief.post(&to, body).await });
        // The password was right, and what it allows is about to be done.
        server.explosions.the_writer_begins().await;
        let elsewhere = server.store_elsewhere();
        let mut work = elsewhere.begin().await.unwrap();
        let changed = format!("{}A", verifier().await);
        work.set_verifier(&account, &changed).await.unwrap();
        work.commit().await.unwrap();
        drop(stands_still);
        let answer = asked.await.unwrap();
        assert_eq!(answer.verdict(), "401 sign-in-not-accepted", "{path}");
        let mut view = server.desk.store().read().await.unwrap();
        let kept = view.account(&account).await.unwrap().unwrap();
        assert_eq!(kept.verifier, Some(changed), "{path}");
        assert_eq!(kept.email.to_string(), "acme@buyers.example", "{path}");
        let keys = view.keys_of(&account).await.unwrap();
        assert!(keys.iter().all(|key| key.revocation.is_none()), "{path}");
    }
}

#[tokio::test]
async fn the_eleventh_guess_at_one_account_waits() {
    let server = TestServer::start().await;
    let acme = server.buyer("acme").await;
    drop(acme);
    let mut client = server.client().await;
    for _ in 0..10 {
        let answer = client.signs_in("acme", "wrong horse").await;
        assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    }
    let answer = client.signs_in("acme", "wrong horse").await;
    assert_eq!(answer.verdict(), "429 slow-down");
    assert_eq!(answer.header("retry-after"), Some("360"));
    let policy = Some("\"sign-in\";q=10;w=3600");
    assert_eq!(answer.header("ratelimit-policy"), policy);
    assert_eq!(answer.header("ratelimit"), Some("\"sign-in\";r=0;t=360"));
    assert_eq!(
        client.signs_in("other", PASSWORD).await.verdict(),
        "401 sign-in-not-accepted"
    );
}

#[tokio::test]
async fn an_imported_password_works_and_is_stored_better_afterwards() {
    let server = TestServer::start().await;
    let acme = server.buyer("acme").await;
    drop(acme);
    // SHA-256 of "secret", as the other system kept it.
    let sha256 = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let legacy = passwords::hash_legacy(sha256, Random::system()).unwrap();
    let operation = SetPassword {
        account: "acme".parse().unwrap(),
        verifier: legacy.clone(),
    };
    server.desk.run(&operator(), operation).await.unwrap();
    for _ in 0..2 {
        let mut client = server.client().await;
        assert_eq!(client.signs_in("acme", "secret").await.verdict(), "201 ");
    }
    let mut view = server.desk.store().read().await.unwrap();
    let account = view
        .account(&"acme".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert!(account.verifier.unwrap().starts_with("$argon2id$"));
}

#[tokio::test]
async fn an_invite_sets_the_password_once_and_then_asks_for_it() {
    let server = TestServer::start().await;
    let operation = Invite {
        account: "fresh".parse().unwrap(),
        name: "Fresh Ltd".parse().unwrap(),
        email: "jo@fresh.example".parse().unwrap(),
    };
    let invitation = server.desk.run(&operator(), operation).await.unwrap();
    let mut client = server.client().await;
    let redeem = |code: &str, password: &str| json!({"code": code, "password": password});
    let path = "/v1/invites/redeem";
    let code = invitation.code.as_str();
    let answer = client.post(path, redeem(code, "short")).await;
    assert_eq!(answer.verdict(), "400 password-not-accepted");
    let answer = client.post(path, redeem("made-up", PASSWORD)).await;
    assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    let answer = client.post(path, redeem(code, PASSWORD)).await;
    assert_eq!(answer.verdict(), "201 ");
    assert_eq!(answer.json()["account"]["id"], "fresh");
    let answer = client.post(path, redeem(code, PASSWORD)).await;
    assert_eq!(answer.verdict(), "201 ");
    let answer = client.post(path, redeem(code, "another password")).await;
    assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    assert_eq!(client.signs_in("fresh", PASSWORD).await.verdict(), "201 ");
}
