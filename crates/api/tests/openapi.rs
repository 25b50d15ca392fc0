//! The checked-in contract is the one that the code describes.

#[test]
fn the_checked_in_contract_is_current() {
    let written = serde_json::to_string_pretty(&countersign_api::openapi()).unwrap() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(
        kept == written,
        "crates/api/openapi.json is stale: cargo run -q -p countersign-api --example openapi > crates/api/openapi.json"
    );
}

#[test]
fn every_reference_of_the_contract_leads_somewhere() {
    let contract = countersign_api::openapi();
    let text = contract.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(
            contract.pointer(pointer).is_some(),
            "{pointer} leads nowhere"
        );
    }
}

#[test]
fn no_route_is_listed_twice() {
    let routes: Vec<_> = countersign_api::routes().collect();
    for (index, route) in routes.iter().enumerate() {
        let again = routes[..index].iter().any(|other| {
            (other.path == route.path && other.method == route.method) || other.name == route.name
        });
        assert!(!again, "{} is listed twice", route.name);
    }
}
