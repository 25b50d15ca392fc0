//! Bodies that nobody wrote, sent to every route that takes one: each is answered as the contract says.

use countersign_api::{Body, Route, media, routes};
use countersign_fuzz::Campaign;
use countersign_order::Role;
use http::StatusCode;
use jiff::SignedDuration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::block_in_place;

use crate::support::{Answer, BODIES, Client, PASSWORD, TestServer, path_of, verb};

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\\u0000",
    "\\ud800",
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "4294967296",
    "9223372036854775808",
    "0.1",
    "\u{feff}",
    "\u{202e}",
    "e\u{301}",
    "\r\n",
    "%",
    "'; --",
    "9999-12-31",
    "\"9999-12-31T23:59:59.999Z\"",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
];

/// A shop with an order, and the people who ask.
struct Scene {
    server: TestServer,
    buyer: Client,
    desk: Client,
    order: String,
    key: String,
}

impl Scene {
    /// Sends a body under the name of its route, which stands before it in a line of its own.
    async fn sends(&mut self, named: &[u8]) -> Option<Answer> {
        let (name, body) = named.split_at(named.iter().position(|octet| *octet == b'\n')?);
        let route = routes().find(|route| route.name.as_bytes() == name)?;
        // Neither the limits of a minute nor a session stand in the way.
        self.server.clock.advance(SignedDuration::from_secs(1));
        let answer = self.asks(route, &body[1..]).await;
        if answer.status != StatusCode::UNAUTHORIZED || route.name == "sign_in" {
            return Some(answer);
        }
        self.sign_in().await;
        Some(self.asks(route, &body[1..]).await)
    }

    async fn asks(&mut self, route: &Route, body: &[u8]) -> Answer {
        let path = path_of(route, &self.order, &self.key);
        let media = match route.request {
            Body::Media(media) => media,
            Body::Empty | Body::Json(_) => media::JSON,
        };
        let client = if route.path.starts_with("/v1/desk/") {
            &mut self.desk
        } else {
            &mut self.buyer
        };
        let revision = Some("\"1\"");
        let body = Some((media, body.to_vec()));
        client.send_if(revision, verb(route), &path, body).await
    }

    async fn sign_in(&mut self) {
        for (client, id) in [(&mut self.buyer, "acme"), (&mut self.desk, "su")] {
            *client = self.server.client().await;
            client.signs_in(id, PASSWORD).await;
        }
    }
}

fn named(name: &str, body: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b"\n", body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn fuzzed_bodies_are_answered_as_the_contract_says() {
    let server = TestServer::start().await;
    server.stocks("WATER", 50).await;
    let mut acme = server.buyer("acme").await;
    let sent = acme.order("PO-1", "WATER", 1);
    let answered = acme.submits(sent).await;
    let keys = acme.client.get("/v1/keys").await.json();
    let cancellation = acme.envelope(&acme.cancellation(&answered).to_json());
    let sealed = acme.envelope(b"{\"document\":\"countersign/order/1\"}");
    let mut seeds: Vec<Vec<u8>> = BODIES
        .iter()
        .map(|(name, body)| named(name, body.as_bytes()))
        .collect();
    seeds.push(named("submit_order", &sealed));
    seeds.push(named("request_cancellation", &cancellation));
    let taking = routes().filter(|route| !matches!(route.request, Body::Empty));
    for route in taking {
        let start = named(route.name, b"");
        assert!(
            seeds.iter().any(|seed| seed.starts_with(&start)),
            "{}",
            route.name
        );
    }
    let desk = server.works("su", Role::Supervisor).await.client;
    let scene = Mutex::new(Scene {
        server,
        buyer: acme.client,
        desk,
        order: answered.order_id(),
        key: keys["data"][0]["id"].as_str().unwrap().to_owned(),
    });
    for seed in &seeds {
        let answer = scene.lock().await.sends(seed).await.unwrap();
        let what = String::from_utf8_lossy(seed);
        assert!(
            !answer.verdict().ends_with("bad-request"),
            "{what}: {}",
            answer.json()
        );
    }
    Campaign::new("bodies over HTTP", seeds)
        .words(WORDS)
        .run(|input| {
            let sent = async { scene.lock().await.sends(input).await };
            // Every answer is compared with the contract as it comes in.
            if let Some(answer) = block_in_place(|| Handle::current().block_on(sent)) {
                assert!(!answer.status.is_server_error(), "{}", answer.verdict());
            }
        });
    assert_eq!(
        scene
            .into_inner()
            .server
            .client()
            .await
            .get("/healthz")
            .await
            .status,
        200
    );
}
