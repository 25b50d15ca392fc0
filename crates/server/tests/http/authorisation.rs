//! Who may do what: every route of the contract for everybody, from nobody to a supervisor. What is not in
//! the table is not allowed, and a route that is not in the table fails the test.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use countersign_api::{Body, Method, Route, media, routes};
use countersign_order::Role;
use countersign_server::desk::operations::SetRole;
use countersign_store::{MailFilter, NewMail, TokenScope};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::people::token;
use crate::support::{
    Answer, BODIES, Buyer, Client, PASSWORD, TestServer, operator, path_of, verb,
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
/// - `in`: is let in, whatever is wrong with the request otherwise;
/// - `401`: has to sign in;
/// - `404`: learns of nothing;
/// - `token`: has a token that does not do;
/// - `role`: has a role that does not do.
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

/// A shop with an order, and everybody who may ask about it.
struct Scene {
    server: TestServer,
    order: String,
    key: String,
    acme: Buyer,
    other: Buyer,
    answered: Answer,
    mail: u64,
    tokens: Vec<Option<String>>,
}

impl Scene {
    async fn set(server: TestServer) -> Self {
        server.stocks("WATER", 50).await;
        let mut acme = server.buyer("acme").await;
        let other = server.buyer("other").await;
        let answered = acme.submits(acme.order("PO-1", "WATER", 1)).await;
        let keys = acme.client.get("/v1/keys").await.json();
        tells(&server, "https://nobody.example/", None).await;
        let mail = waiting_mail(&server).await;
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
        Self {
            server,
            order: answered.order_id(),
            key: keys["data"][0]["id"].as_str().unwrap().to_owned(),
            acme,
            other,
            answered,
            mail,
            tokens,
        }
    }

    fn path(&self, route: &Route) -> String {
        if route.name == "retry_mail" {
            return format!("/v1/desk/outbox/{}/retry", self.mail);
        }
        path_of(route, &self.order, &self.key)
    }

    /// A request that does what the route is for, where what it names must be looked up before it is known
    /// whose that is.
    fn body(&self, route: &Route, person: usize) -> Option<(&'static str, Vec<u8>)> {
        let document = match route.name {
            "request_cancellation" => {
                let sender = if PEOPLE[person] == "other" {
                    &self.other
                } else {
                    &self.acme
                };
                let request = sender.cancellation(&self.answered);
                return Some((media::PKCS7, sender.envelope(&request.to_json())));
            }
            // With the password that is right.
            "revoke_key" => json!({"password": PASSWORD, "reason": "lost"}).to_string(),
            // The order has one line, of one unit.
            "pack_order" | "ship_order" => "{}".to_owned(),
            name => {
                let known = BODIES.iter().find(|(route, _)| *route == name);
                known.map_or("{}", |(_, body)| body).to_owned()
            }
        };
        let is_get = route.method == Method::Get;
        (!is_get).then(|| (media::JSON, document.into_bytes()))
    }

    /// What one of them is told, in a word of the table.
    async fn told(&self, route: &Route, person: usize) -> &'static str {
        let mut client: Client = self.server.client().await;
        client.token.clone_from(&self.tokens[person]);
        let (path, body) = (self.path(route), self.body(route, person));
        // A stream of events that is not refused does not end.
        if matches!(route.answer.1, Body::Media(media::EVENTS))
            && client.listens(&path, None).await.status == 200
        {
            return "in";
        }
        let answer = client.send(verb(route), &path, body).await;
        match answer.verdict().as_str() {
            "401 sign-in-required" => "401",
            "404 not-found" => "404",
            "403 token-not-sufficient" => "token",
            "403 role-not-enough" => "role",
            _ => "in",
        }
    }

    /// Everything that a request could have changed.
    async fn state(&mut self) -> Value {
        let mut desk = self.server.client().await;
        desk.token.clone_from(&self.tokens[6]);
        let mut state = Vec::new();
        for path in [
            format!("/v1/orders/{}", self.order),
            format!("/v1/desk/orders/{}/notes", self.order),
            "/v1/desk/items".to_owned(),
            "/v1/desk/items/WATER/movements".to_owned(),
            "/v1/desk/orders".to_owned(),
        ] {
            state.push(desk.get(&path).await.json());
        }
        state.push(self.acme.client.get("/v1/keys").await.json());
        Value::Array(state)
    }

    /// What everybody is told, for the cells of these words.
    async fn ask_all(&self, table: &Table, wanted: impl Fn(&str) -> bool) -> String {
        let mut wrong = String::new();
        // Who signs out is signed out.
        let (last, first): (Vec<&Route>, Vec<&Route>) =
            routes().partition(|route| route.name == "sign_out");
        for route in first.into_iter().chain(last) {
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

/// The number of a mail that waits, and will be given up whenever it is tried.
async fn waiting_mail(server: &TestServer) -> u64 {
    let now = server.clock.now();
    let mail = NewMail {
        event_id: "a mail that makes no sense".to_owned(),
        kind: "order-accepted".to_owned(),
        to: "orders@acme.example".parse().unwrap(),
        order: None,
        payload: "{}".to_owned(),
        due_at: now + SignedDuration::from_hours(24),
    };
    let mut work = server.desk.store().begin().await.unwrap();
    work.insert_mail(&[mail], now).await.unwrap();
    work.commit().await.unwrap();
    let mut view = server.desk.store().read().await.unwrap();
    let newest = view.mails(&MailFilter::default(), None, 1).await.unwrap();
    newest.rows[0].number
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
    let mut scene = Scene::set(TestServer::start().await).await;
    let table = parsed(TABLE);
    let before = scene.state().await;
    let wrong = scene.ask_all(&table, |word| word != "in").await;
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(scene.state().await, before);
    let wrong = scene.ask_all(&table, |word| word == "in").await;
    assert!(wrong.is_empty(), "{wrong}");
    // The control: those who were let in did change something.
    assert_ne!(scene.state().await, before);
}

#[tokio::test]
async fn a_log_that_is_not_public_is_for_those_who_are_signed_in() {
    let server = TestServer::with(|settings| settings.log.public = false).await;
    let scene = Scene::set(server).await;
    let wrong = scene.ask_all(&parsed(CLOSED_LOG), |_| true).await;
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn lists_hold_what_is_ones_own() {
    let scene = Scene::set(TestServer::start().await).await;
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
