//! Who may do what: every route of the contract for everybody, from nobody to a supervisor. What is not in
//! the table is not allowed, and a route that is not in the table fails the test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign_api::{Body, Method, Route, media, routes};
use countersign_order::{Amounts, Money, Role};
use countersign_server::config::{DeskMode, Settings};
use countersign_server::desk::operations::SetRole;
use countersign_store::{MailFilter, NewMail, TokenScope};
use serde_json::{Value, json};

use crate::people::token;
use crate::support::{
    Answer, BODIES, Buyer, Clerk, Client, PASSWORD, TestServer, operator, path_of, verb,
};
use crate::webhooks::tells;

/// Who asks, in the order of the table's columns. Tokens are the buyer's; the order and the key that paths
/// name are the buyer's, too.
const PEOPLE: [&str; 8] = [
    "nobody",
    "buyer",
    "other",
    "reader",
    "orderer",
    "clerk",
    "supervisor",
    "auditor",
];

/// What each of them is told:
/// - `in` is let in, whatever is wrong with the request otherwise;
/// - `401` is to sign in;
/// - `404` learns of nothing;
/// - `token` has a token that does not do;
/// - `role` has a role that does not do.
const TABLE: &str = "
route                    nobody buyer other reader orderer clerk supervisor auditor
sign_in                  in     in    in    in     in      in    in         in
sign_out                 401    in    in    token  token   in    in         in
redeem_invite            in     in    in    in     in      in    in         in
change_password          401    in    in    token  token   in    in         in
change_email             401    in    in    token  token   in    in         in
seller                   in     in    in    in     in      in    in         in
items                    401    in    in    in     in      in    in         in
submit_order             401    in    in    token  in      404   404        404
orders                   401    in    in    in     in      404   404        404
order                    401    in    404   in     in      in    in         in
receipt                  401    in    404   in     in      in    in         in
statements               401    in    404   in     in      in    in         in
request_cancellation     401    in    404   token  in      404   404        404
evidence                 401    in    404   in     in      in    in         in
order_events             401    in    404   in     in      in    in         in
events                   401    in    in    in     in      404   404        404
refusals                 401    in    in    in     in      404   404        404
keys                     401    in    in    in     in      404   404        404
key_challenge            401    in    in    token  token   404   404        404
enrol_key                401    in    in    token  token   404   404        404
label_key                401    in    404   token  token   404   404        404
revoke_key               401    in    404   token  token   404   404        404
desk_orders              401    404   404   404    404     in    in         in
desk_events              401    404   404   404    404     in    in         in
prepare_order            401    404   404   404    404     in    in         role
pack_order               401    404   404   404    404     in    in         role
ship_order               401    404   404   404    404     in    in         role
cancel_order             401    404   404   404    404     in    in         role
approve_order            401    404   404   404    404     role  in         role
decline_order            401    404   404   404    404     role  in         role
order_notes              401    404   404   404    404     in    in         in
note_order               401    404   404   404    404     in    in         role
stock_movements          401    404   404   404    404     in    in         in
desk_items               401    404   404   404    404     in    in         in
receive_stock            401    404   404   404    404     in    in         role
change_item              401    404   404   404    404     role  in         role
desk_buyers              401    404   404   404    404     in    in         in
desk_refusals            401    404   404   404    404     in    in         in
outbox                   401    404   404   404    404     in    in         in
retry_mail               401    404   404   404    404     in    in         role
webhooks                 401    404   404   404    404     in    in         in
webhook                  401    404   404   404    404     in    in         in
deliveries               401    404   404   404    404     in    in         in
replay_webhook           401    404   404   404    404     in    in         role
buyer_terms              401    404   404   404    404     in    in         in
change_buyer             401    404   404   404    404     role  in         role
buyer_accounts           401    404   404   404    404     in    in         in
change_account           401    404   404   404    404     role  in         role
prices                   401    404   404   404    404     in    in         in
import_prices            401    404   404   404    404     role  in         role
end_price                401    404   404   404    404     role  in         role
packing_slip             401    404   404   404    404     in    in         in
import_items             401    404   404   404    404     role  in         role
keep_item                401    404   404   404    404     role  in         role
log_checkpoint           in     in    in    in     in      in    in         in
log_tile                 in     in    in    in     in      in    in         in
numbered_log_checkpoint  in     in    in    in     in      in    in         in
numbered_log_tile        in     in    in    in     in      in    in         in
health                   in     in    in    in     in      in    in         in
readiness                in     in    in    in     in      in    in         in
metrics                  in     in    in    in     in      in    in         in
openapi                  in     in    in    in     in      in    in         in
";

/// The same where the seller keeps the log to those who are signed in.
const CLOSED_LOG: &str = "
route                    nobody buyer other reader orderer clerk supervisor auditor
log_checkpoint           401    in    in    in     in      in    in         in
log_tile                 401    in    in    in     in      in    in         in
numbered_log_checkpoint  401    in    in    in     in      in    in         in
numbered_log_tile        401    in    in    in     in      in    in         in
";

/// Each of these has an order of its own, with as many bottles of water at 15 dollars, in the state that it
/// begins with; what costs more than 40 dollars is held.
const ORDERS: [(&str, u32); 7] = [
    ("request_cancellation", 1),
    ("prepare_order", 1),
    ("pack_order", 1),
    ("ship_order", 1),
    ("cancel_order", 1),
    ("approve_order", 3),
    ("decline_order", 3),
];

/// Whoever is let in changes something by every other route that can: these would take a code and a
/// certificate that were made for them.
const NOTHING_DONE: [&str; 2] = ["redeem_invite", "enrol_key"];

/// Who has asked for one of these is signed out, or signed in anew.
const LAST: [&str; 2] = ["change_password", "sign_out"];

type Table = BTreeMap<String, Vec<String>>;

fn parsed(table: &str) -> Table {
    let mut lines = table.trim().lines().map(|line| {
        let mut words = line.split_whitespace().map(str::to_owned);
        (words.next().unwrap(), words.collect())
    });
    let (_, head): (String, Vec<String>) = lines.next().unwrap();
    assert_eq!(head, PEOPLE);
    lines.collect()
}

/// A shop with some orders, and everybody who may ask about them.
struct Scene {
    server: TestServer,
    /// The order that most routes are about.
    order: String,
    /// The orders of the routes that have one of their own.
    orders: BTreeMap<&'static str, String>,
    key: String,
    mail: u64,
    acme: Buyer,
    other: Buyer,
    to_cancel: Answer,
    tokens: Vec<Option<String>>,
    /// Who sees everything, and is never the one who asks.
    watcher: Clerk,
    /// The routes by which something was done.
    done: BTreeSet<&'static str>,
}

/// A desk that leaves shipping to clerks and holds what costs more than 40 dollars.
fn holding(settings: &mut Settings) {
    let most = Money::parse("40.00", "USD".parse().unwrap()).unwrap();
    settings.desk.mode = DeskMode::Manual;
    settings.desk.hold_above = Amounts::from_iter([most]);
}

/// A letter that nobody can write, since its event makes no sense: it is given up, and can be tried again
/// for ever.
async fn given_up(server: &TestServer) -> u64 {
    let mail = NewMail {
        event_id: "no-event".to_owned(),
        kind: "no-kind".to_owned(),
        to: "acme@buyers.example".parse().unwrap(),
        order: None,
        payload: "{}".to_owned(),
        due_at: server.clock.now(),
    };
    let mut transaction = server.desk.store().begin().await.unwrap();
    transaction
        .insert_mail(&[mail], server.clock.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let mut view = server.desk.store().read().await.unwrap();
    let mails = view.mails(&MailFilter::default(), None, 1).await.unwrap();
    mails.rows[0].number
}

impl Scene {
    /// On a server that is [`holding`].
    async fn set(server: TestServer) -> Self {
        server.stocks("WATER", 50).await;
        let mail = given_up(&server).await;
        let mut acme = server.buyer("acme").await;
        let other = server.buyer("other").await;
        let order = acme
            .submits(acme.order("PO-1", "WATER", 1))
            .await
            .order_id();
        let (mut orders, mut to_cancel) = (BTreeMap::new(), None);
        for (route, bottles) in ORDERS {
            let answer = acme.submits(acme.order(route, "WATER", bottles)).await;
            orders.insert(route, answer.order_id());
            to_cancel.get_or_insert(answer);
        }
        let keys = acme.client.get("/v1/keys").await.json();
        tells(&server, "https://nobody.example/", None).await;
        let mut tokens = vec![
            None,
            acme.client.token.clone(),
            other.client.token.clone(),
            Some(token(&server, "acme", TokenScope::Read).await),
            Some(token(&server, "acme", TokenScope::Order).await),
        ];
        for (id, role) in [
            ("cl", Role::Clerk),
            ("su", Role::Supervisor),
            ("au", Role::Auditor),
        ] {
            tokens.push(server.works(id, role).await.client.token);
        }
        let mut watcher = server.works("watcher", Role::Supervisor).await;
        for (route, action) in [
            ("pack_order", "prepare"),
            ("ship_order", "prepare"),
            ("ship_order", "pack"),
        ] {
            let path = format!("/v1/desk/orders/{}/{action}", orders[route]);
            let answer = watcher.client.post(&path, json!({})).await;
            assert_eq!(answer.verdict(), "200 ");
        }
        Self {
            server,
            order,
            orders,
            key: keys["data"][0]["id"].as_str().unwrap().to_owned(),
            mail,
            acme,
            other,
            to_cancel: to_cancel.unwrap(),
            tokens,
            watcher,
            done: BTreeSet::new(),
        }
    }

    fn path(&self, route: &Route) -> String {
        let order = self.orders.get(route.name).unwrap_or(&self.order);
        if route.name == "retry_mail" {
            return format!("/v1/desk/outbox/{}/retry", self.mail);
        }
        path_of(route, order, &self.key)
    }

    /// A request that does what the route is for.
    fn body(&self, route: &Route, person: usize) -> Option<(&'static str, Vec<u8>)> {
        let sender = if PEOPLE[person] == "other" {
            &self.other
        } else {
            &self.acme
        };
        let sealed = match route.name {
            "request_cancellation" => sender.cancellation(&self.to_cancel).to_json(),
            "submit_order" => {
                let order = sender.order("PO-2", "WATER", 1);
                order.complete().unwrap().to_json()
            }
            _ => {
                let (_, good) = BODIES.iter().find(|(name, _)| *name == route.name)?;
                let body = good.replace("wrong horse", PASSWORD);
                return Some((media::JSON, body.into_bytes()));
            }
        };
        Some((media::PKCS7, sender.envelope(&sealed)))
    }

    /// What one of them is told, in a word of the table.
    async fn told(&mut self, route: &Route, person: usize) -> &'static str {
        let mut client: Client = self.server.client().await;
        client.token.clone_from(&self.tokens[person]);
        let (path, body) = (self.path(route), self.body(route, person));
        if matches!(route.answer.1, Body::Media(media::EVENTS)) {
            // A stream that is not refused does not end: its head tells.
            return match client.listens(&path, None).await.status {
                200 => "in",
                401 => "401",
                404 => "404",
                status => panic!("{} said {status}", route.name),
            };
        }
        let answer = client.send(verb(route), &path, body).await;
        if answer.status.is_success() && route.method != Method::Get {
            self.done.insert(route.name);
            if route.name == "change_password" {
                let token = answer.json()["token"].as_str().unwrap().to_owned();
                self.tokens[person] = Some(token);
            }
        }
        match answer.verdict().as_str() {
            "401 sign-in-required" => "401",
            "404 not-found" => "404",
            "403 token-not-sufficient" => "token",
            "403 role-not-enough" => "role",
            _ => "in",
        }
    }

    /// Everything that a request could have changed, and who changed something.
    async fn state(&mut self) -> Value {
        let mut state = Vec::new();
        let ids = self.orders.values().chain([&self.order]);
        let of_orders = ids.map(|id| format!("/v1/desk/orders/{id}/notes"));
        let of_all = [
            "/v1/desk/orders",
            "/v1/desk/items",
            "/v1/desk/items/WATER/movements",
            "/v1/desk/buyers",
            "/v1/desk/buyers/acme",
            "/v1/desk/buyers/acme/accounts",
            "/v1/desk/prices",
        ];
        for path in of_orders.chain(of_all.map(str::to_owned)) {
            let answer = self.watcher.client.get(&path).await;
            assert_eq!(answer.status.as_u16(), 200, "{path}");
            state.push(answer.json());
        }
        let mut view = self.server.desk.store().read().await.unwrap();
        let keys = view.keys_of(&"acme".parse().unwrap()).await.unwrap();
        let audit = view.audit(None, 200).await.unwrap().rows;
        state.push(json!([format!("{keys:?}"), format!("{audit:?}")]));
        Value::Array(state)
    }

    /// What everybody is told, for the cells of these words.
    async fn ask_all(&mut self, table: &Table, wanted: impl Fn(&str) -> bool) -> String {
        let mut wrong = String::new();
        let first = routes().filter(|route| !LAST.contains(&route.name));
        let last = LAST.map(|name| routes().find(|route| route.name == name).unwrap());
        for route in first.chain(last) {
            let Some(row) = table.get(route.name) else {
                continue;
            };
            for (person, expected) in row.iter().enumerate().filter(|(_, word)| wanted(word)) {
                let told = self.told(route, person).await;
                if told != expected {
                    let who = PEOPLE[person];
                    writeln!(wrong, "{} by {who}: {told}, not {expected}", route.name).unwrap();
                }
            }
        }
        wrong
    }
}

#[test]
fn every_route_has_its_row_and_every_row_its_route() {
    let table = parsed(TABLE);
    let missing: Vec<_> = routes()
        .map(|route| route.name)
        .filter(|name| !table.contains_key(*name))
        .collect();
    assert!(missing.is_empty(), "no row says who may ask: {missing:?}");
    assert_eq!(table.len(), routes().count(), "a row is of no route");
    for (name, row) in &table {
        assert_eq!(row.len(), PEOPLE.len(), "{name}");
    }
}

#[tokio::test]
async fn whoever_is_refused_changes_nothing_and_everybody_else_is_let_in() {
    let mut scene = Scene::set(TestServer::with(holding).await).await;
    let table = parsed(TABLE);
    let before = scene.state().await;
    let wrong = scene.ask_all(&table, |word| word != "in").await;
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(scene.state().await, before);
    assert!(scene.done.is_empty(), "{:?}", scene.done);
    let wrong = scene.ask_all(&table, |word| word == "in").await;
    assert!(wrong.is_empty(), "{wrong}");
    // The control: by the same requests, those who were let in did change something.
    assert_ne!(scene.state().await, before);
    let changing: BTreeSet<&str> = routes()
        .filter(|route| route.method != Method::Get && !NOTHING_DONE.contains(&route.name))
        .map(|route| route.name)
        .collect();
    assert_eq!(scene.done, changing);
}

#[tokio::test]
async fn a_log_that_is_not_public_is_for_those_who_are_signed_in() {
    let server = TestServer::with(|settings| {
        holding(settings);
        settings.log.public = false;
    })
    .await;
    let mut scene = Scene::set(server).await;
    let wrong = scene.ask_all(&parsed(CLOSED_LOG), |_| true).await;
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn lists_hold_what_is_ones_own() {
    let scene = Scene::set(TestServer::with(holding).await).await;
    for path in ["/v1/orders", "/v1/refusals", "/v1/orders?text=PO-1"] {
        let mut client = scene.server.client().await;
        client.token.clone_from(&scene.other.client.token);
        assert_eq!(client.get(path).await.json()["data"], json!([]), "{path}");
    }
    let mut client = scene.server.client().await;
    client.token.clone_from(&scene.other.client.token);
    let keys = client.get("/v1/keys").await.json();
    assert!(!keys.to_string().contains(&scene.key), "{keys}");
}

#[tokio::test]
async fn a_role_counts_at_once_also_in_sessions_that_are_open() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut jo = server.works("jo", Role::Clerk).await;
    let receive = "/v1/desk/items/WATER/receive";
    let answer = jo.client.post(receive, json!({"quantity": 1})).await;
    assert_eq!(answer.status.as_u16(), 200);
    let operation = SetRole {
        account: "jo".parse().unwrap(),
        role: Role::Auditor,
    };
    server.desk.run(&operator(), operation).await.unwrap();
    let answer = jo.client.post(receive, json!({"quantity": 1})).await;
    assert_eq!(answer.verdict(), "403 role-not-enough");
}
