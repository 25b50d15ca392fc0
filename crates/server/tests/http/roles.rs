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
        .replace("{*tile}", "0/000.p/1")
        .replace("{log}", "1")
}

fn changes(route: &Route) -> bool {
    // What is one's own account's, everybody who came in may do.
    let is_for_everyone = matches!(
        route.access,
        Access::Anyone | Access::LogReader | Access::SignedIn
    );
    route.method != Method::Get && !is_for_everyone
}

#[tokio::test]
async fn an_auditor_is_refused_every_change_and_reads_what_the_desk_reads() {
    let server = TestServer::start().await;
    server.stocks("WATER", 5).await;
    let mut auditor = server.works("au", Role::Auditor).await;
    let mut refused = 0;
    for route in routes() {
        let body = Some(("application/json", b"{}".to_vec()));
        if changes(route) {
            let answer = auditor.client.send(verb(route), &path(route), body).await;
            let expected = match route.access {
                Access::Desk | Access::Supervisor => "403 role-not-enough",
                Access::Anyone
                | Access::LogReader
                | Access::SignedIn
                | Access::Buyer
                | Access::DeskReader => "404 not-found",
            };
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
    assert!(refused >= 10, "{refused}");
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
