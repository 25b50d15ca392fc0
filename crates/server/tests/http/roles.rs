//! What the seller's own people may do, by role, over every route of the contract.

use countersign_api::{Access, Body, Method, Route, media, routes};
use countersign_order::Role;
use countersign_server::desk::operations::SetRole;
use serde_json::json;

use crate::support::{TestServer, operator, verb};

/// The path of a route, with names that could be there.
fn path(route: &Route) -> String {
    route
        .path
        .replace("{id}", "ord_00000000000000000000000000000000")
        .replace("{sku}", "WATER")
        .replace("{number}", "1")
        .replace("{*tile}", "0/000.p/1")
        .replace("{log}", "1")
}

/// What those learn who may only read and ask for a change; none where it is no change, or of what is
/// their own: their password, their address, their session.
fn refusal(route: &Route) -> Option<&'static str> {
    if route.method == Method::Get {
        return None;
    }
    match route.access {
        Access::Desk | Access::Supervisor => Some("403 role-not-enough"),
        Access::Buyer => Some("404 not-found"),
        Access::Anyone | Access::LogReader | Access::SignedIn | Access::DeskReader => None,
    }
}

#[tokio::test]
async fn an_auditor_is_refused_every_change_and_reads_what_the_desk_reads() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut auditor = server.works("au", Role::Auditor).await;
    let mut refused = 0;
    for route in routes() {
        let body = Some(("application/json", b"{}".to_vec()));
        if let Some(expected) = refusal(route) {
            let answer = auditor.client.send(verb(route), &path(route), body).await;
            assert_eq!(answer.verdict(), expected, "{}", route.path);
            refused += 1;
        } else if route.access == Access::DeskReader
            && !route.path.contains('{')
            && !matches!(route.answer.1, Body::Media(media::EVENTS))
        {
            let answer = auditor.client.get(route.path).await;
            assert_eq!(answer.status.as_u16(), 200, "{}", route.path);
        }
    }
    assert!(refused >= 20, "{refused}");
    assert_eq!(server.stock("WATER").await, (5, 0));
}

#[tokio::test]
async fn a_clerk_is_refused_what_is_the_supervisors_and_a_buyer_never_learns_of_the_desk() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut clerk = server.works("jo", Role::Clerk).await;
    let mut acme = server.buyer("acme").await;
    for route in routes() {
        let body = || Some(("application/json", b"{}".to_vec()));
        if route.access == Access::Supervisor {
            let answer = clerk.client.send(verb(route), &path(route), body()).await;
            assert_eq!(answer.verdict(), "403 role-not-enough", "{}", route.path);
        }
        if matches!(
            route.access,
            Access::Desk | Access::DeskReader | Access::Supervisor
        ) {
            let answer = acme.client.send(verb(route), &path(route), body()).await;
            assert_eq!(answer.verdict(), "404 not-found", "{}", route.path);
        }
    }
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
