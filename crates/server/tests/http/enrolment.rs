//! Keys: enrolled only by whoever may, revoked with the password.

use countersign_api::limits::{ACTIVE_KEYS_PER_ACCOUNT, KEYS_PER_ACCOUNT};
use countersign_envelope::Signer;
use countersign_server::desk::operations::Invite;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{
    Answer, Buyer, PASSWORD, TestServer, base64, dsa_key, operator, p256_key, rsa_key,
};

async fn enrols(buyer: &mut Buyer, key: &Signer, permission: Value) -> Answer {
    let (mut body, _) = buyer.enrolment(key).await;
    for (member, value) in permission.as_object().unwrap() {
        body[member] = value.clone();
    }
    buyer.client.post("/v1/keys", body).await
}

#[tokio::test]
async fn a_password_and_a_fresh_key_are_not_enough() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let answer = enrols(&mut acme, &rsa_key("new"), json!({})).await;
    assert_eq!(answer.verdict(), "403 enrolment-not-authorised");
    let answer = enrols(&mut acme, &rsa_key("new"), json!({"invite": "made-up"})).await;
    assert_eq!(answer.verdict(), "403 enrolment-not-authorised");
}

#[tokio::test]
async fn an_active_key_authorises_another() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut acme = server.buyer("acme").await;
    let key = dsa_key("acme dsa");
    let (mut body, document) = acme.enrolment(&key).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let answer = acme.client.post("/v1/keys", body.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.verdict());
    assert_eq!(answer.json()["algorithm"], "DSA-2048/256");
    let content = acme.order("PO-1", "WATER", 1).complete().unwrap().to_json();
    let envelope = acme.envelope_by(&key, &content);
    assert_eq!(acme.sends(envelope).await.verdict(), "201 accepted");
    assert_eq!(server.mails("key-enrolled").await.len(), 2);

    // The challenge is used up.
    let again = acme.client.post("/v1/keys", body).await;
    assert_eq!(again.verdict(), "400 key-not-accepted");
}

#[tokio::test]
async fn a_key_whose_private_half_was_published_is_enrolled_for_nobody() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let key = rsa_key("published");
    server.denies(&key);
    let (mut body, document) = acme.enrolment(&key).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let answer = acme.client.post("/v1/keys", body).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("published"), "{detail}");
}

#[tokio::test]
async fn a_key_of_another_account_authorises_nothing() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let other = server.buyer("other").await;
    let key = rsa_key("new");
    let (mut body, document) = acme.enrolment(&key).await;
    for signer in [&other.key, &std::sync::Arc::new(rsa_key("stranger"))] {
        body["authorisation"] = json!(base64(&signer.sign(&document, acme.now).unwrap()));
        let answer = acme.client.post("/v1/keys", body.clone()).await;
        assert_eq!(answer.verdict(), "403 enrolment-not-authorised");
    }
    server.revokes("acme").await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let answer = acme.client.post("/v1/keys", body).await;
    assert_eq!(answer.verdict(), "403 enrolment-not-authorised");
}

#[tokio::test]
async fn possession_is_proved_by_the_new_key_over_a_fresh_challenge() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let key = rsa_key("new");
    let (mut body, document) = acme.enrolment(&key).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let mut by_the_old_key = body.clone();
    by_the_old_key["possession"] = body["authorisation"].clone();
    let answer = acme.client.post("/v1/keys", by_the_old_key).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
    server.clock.advance(SignedDuration::from_mins(10));
    let answer = acme.client.post("/v1/keys", body).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
}

/// A key's certificate with one bit of a DSA parameter turned over: p is no prime then, q is even.
fn with_wrong_parameters(key: &Signer) -> [Vec<u8>; 2] {
    const DSA: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01];
    // Behind it: SEQUENCE { INTEGER p of 257 octets, INTEGER q of 33 octets, …
    const LAST_OF_P: usize = 4 + 4 + 256;
    const LAST_OF_Q: usize = LAST_OF_P + 1 + 2 + 32;
    let der = key.certificate().der();
    let place = der.windows(DSA.len()).position(|at| at == DSA).unwrap() + DSA.len();
    [(LAST_OF_P, 2), (LAST_OF_Q, 1)].map(|(last, bit)| {
        let mut der = der.to_vec();
        der[place + last] ^= bit;
        der
    })
}

#[tokio::test]
async fn a_foreign_keys_parameters_are_looked_at_last() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let key = dsa_key("acme dsa");
    let (mut body, document) = acme.enrolment(&key).await;
    for certificate in with_wrong_parameters(&key) {
        body["certificate"] = json!(base64(&certificate));
        let stranger = rsa_key("stranger");
        for (signer, verdict) in [
            (&stranger, "403 enrolment-not-authorised"),
            (&acme.key, "400 key-not-accepted"),
        ] {
            body["authorisation"] = json!(base64(&signer.sign(&document, acme.now).unwrap()));
            let answer = acme.client.post("/v1/keys", body.clone()).await;
            assert_eq!(answer.verdict(), verdict);
            let detail = answer.json()["detail"].to_string();
            assert!(!detail.contains("parameters"), "{detail}");
        }
    }
}

#[tokio::test]
async fn a_key_that_may_not_sign_orders_is_refused_when_all_else_is_right() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let key = p256_key("acme ec");
    let (mut body, document) = acme.enrolment(&key).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let answer = acme.client.post("/v1/keys", body.clone()).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("RSA or DSA"), "{detail}");
    server.clock.advance(SignedDuration::from_mins(10));
    let answer = acme.client.post("/v1/keys", body).await;
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("challenge"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_so_many_applications_examined_and_the_next_is_told_to_come_again() {
    const APPLICATIONS_PER_ACCOUNT: usize = 2;
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let (mut body, document) = acme.enrolment(&rsa_key("new")).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    let list_is_read = server.holds_up_examinations();
    let mut copies = JoinSet::new();
    for _ in 0..=APPLICATIONS_PER_ACCOUNT {
        let (mut buyer, body) = (acme.again(&server).await, body.clone());
        copies.spawn(async move { buyer.client.post("/v1/keys", body).await });
    }
    let refused = copies.join_next().await.unwrap().unwrap();
    assert_eq!(refused.verdict(), "503 busy");
    list_is_read();
    let mut verdicts = Vec::new();
    while let Some(answer) = copies.join_next().await {
        verdicts.push(answer.unwrap().verdict());
    }
    verdicts.sort();
    assert_eq!(verdicts, ["201 ", "400 key-not-accepted"]);
}

#[tokio::test]
async fn an_invite_enrols_one_first_key() {
    let server = TestServer::start().await;
    let mut fresh = server.buyer_without_key("fresh").await;
    let operation = Invite {
        account: "fresh".parse().unwrap(),
        name: "Fresh".parse().unwrap(),
        email: "jo@fresh.example".parse().unwrap(),
    };
    let code = server.desk.run(&operator(), operation).await.unwrap().code;
    let redeemed = json!({"code": code, "password": PASSWORD});
    let session = fresh
        .client
        .post("/v1/invites/redeem", redeemed)
        .await
        .json();
    fresh.client.token = Some(session["token"].as_str().unwrap().to_owned());
    let answer = enrols(&mut fresh, &rsa_key("first"), json!({"invite": code})).await;
    assert_eq!(answer.status, 201, "{}", answer.verdict());
    let answer = enrols(&mut fresh, &rsa_key("second"), json!({"invite": code})).await;
    assert_eq!(answer.verdict(), "403 enrolment-not-authorised");
}

#[tokio::test]
async fn a_key_is_enrolled_once_in_the_shop() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let other = server.buyer("other").await;
    let (mut body, document) = acme.enrolment(&other.key).await;
    body["authorisation"] = json!(base64(&acme.key.sign(&document, acme.now).unwrap()));
    assert_eq!(
        acme.client.post("/v1/keys", body).await.verdict(),
        "409 key-in-use"
    );
}

/// How an application is answered that another key of the account allows.
async fn one_more(buyer: &mut Buyer, key: &Signer) -> Answer {
    let (mut body, document) = buyer.enrolment(key).await;
    body["authorisation"] = json!(base64(&buyer.key.sign(&document, buyer.now).unwrap()));
    buyer.client.post("/v1/keys", body).await
}

#[tokio::test]
async fn an_account_has_eight_active_keys_and_a_thousand_in_its_life() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    server
        .had_keys("acme", KEYS_PER_ACCOUNT - ACTIVE_KEYS_PER_ACCOUNT - 1)
        .await;
    let others = (2..=ACTIVE_KEYS_PER_ACCOUNT).map(|number| dsa_key(&format!("number {number}")));
    let others: Vec<Signer> = others.collect();
    for key in &others {
        let answer = one_more(&mut acme, key).await;
        assert_eq!(answer.status, 201, "{}", answer.verdict());
    }
    // Whoever has it enrolled is not told to make room for it.
    let answer = one_more(&mut acme, &others[0]).await;
    assert_eq!(answer.verdict(), "409 key-in-use");
    let answer = one_more(&mut acme, &dsa_key("number 9")).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
    let why = answer.json()["detail"].to_string();
    assert!(why.contains("8 active keys"), "{why}");

    let keys = acme.client.get("/v1/keys").await.json();
    let mut active = keys["data"].as_array().unwrap().iter();
    let last = active.rfind(|key| key["state"] == "active").unwrap();
    let path = format!("/v1/keys/{}/revocation", last["id"].as_str().unwrap());
    let body = json!({"password": PASSWORD, "reason": "lost"});
    assert_eq!(acme.client.post(&path, body).await.status, 200);
    let answer = one_more(&mut acme, &dsa_key("number 10")).await;
    assert_eq!(answer.status, 201, "{}", answer.verdict());
    let answer = one_more(&mut acme, &dsa_key("number 11")).await;
    assert_eq!(answer.verdict(), "400 key-not-accepted");
    let why = answer.json()["detail"].to_string();
    assert!(why.contains("1,000 keys"), "{why}");
}

#[tokio::test]
async fn a_private_key_or_a_broken_certificate_is_refused() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let (mut body, _) = acme.enrolment(&rsa_key("new")).await;
    body["certificate"] = json!(base64(b"not a certificate"));
    body["invite"] = json!("any");
    assert_eq!(
        acme.client.post("/v1/keys", body).await.verdict(),
        "400 key-not-accepted"
    );
}

#[tokio::test]
async fn revoking_a_key_needs_the_password() {
    let server = TestServer::start().await;
    let mut acme = server.buyer("acme").await;
    let key = acme.client.get("/v1/keys").await.json()["data"][0].clone();
    let path = format!("/v1/keys/{}/revocation", key["id"].as_str().unwrap());
    let wrong = json!({"password": "wrong horse", "reason": "lost"});
    let answer = acme.client.post(&path, wrong).await;
    assert_eq!(answer.verdict(), "401 sign-in-not-accepted");
    let right = json!({"password": PASSWORD, "reason": "lost"});
    let answer = acme.client.post(&path, right).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["state"]),
        (200, &json!("revoked"))
    );
    assert_eq!(server.mails("key-revoked").await, ["acme@buyers.example"]);
    let other = server.buyer("other").await;
    let mut other = other;
    let right = json!({"password": PASSWORD, "reason": "lost"});
    assert_eq!(
        other.client.post(&path, right).await.verdict(),
        "404 not-found"
    );
}
