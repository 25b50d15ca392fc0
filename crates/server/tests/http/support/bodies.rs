//! A good request for each route of the contract.

use countersign_api::Route;

/// A good body for each route that takes JSON; "wrong horse" stands where a password does.
pub(crate) const BODIES: &[(&str, &str)] = &[
    ("sign_in", r#"{"id":"acme","password":"wrong horse"}"#),
    (
        "redeem_invite",
        r#"{"code":"AAAA-BBBB-CCCC","password":"a new password"}"#,
    ),
    (
        "change_password",
        r#"{"password":"wrong horse","new_password":"another horse"}"#,
    ),
    (
        "change_email",
        r#"{"password":"wrong horse","email":"new@buyers.example"}"#,
    ),
    (
        "enrol_key",
        r#"{"certificate":"MAA=","possession":"MAA=","authorisation":"MAA=","label":"laptop"}"#,
    ),
    ("label_key", r#"{"label":"laptop"}"#),
    (
        "revoke_key",
        r#"{"password":"wrong horse","reason":"lost"}"#,
    ),
    (
        "pack_order",
        r#"{"lines":[{"line":1,"quantity":1}],"missing":"one is broken"}"#,
    ),
    (
        "ship_order",
        r#"{"carrier":"UPS","tracking":"1Z999","lines":[{"line":1,"quantity":1}]}"#,
    ),
    ("cancel_order", r#"{"reason":"sold out"}"#),
    ("decline_order", r#"{"reason":"sold out"}"#),
    ("note_order", r#"{"note":"call first"}"#),
    (
        "import_items",
        r#"{"dry_run":false,"items":[{"sku":"SALT","name":"Salt","unit":"KGM","unit_price":"0.995","per":1,"currency":"USD"}]}"#,
    ),
    ("keep_item", r#"{"backorder":true,"low_stock":3}"#),
    ("receive_stock", r#"{"quantity":3}"#),
    ("change_item", r#"{"receive":3,"reason":"counted"}"#),
    ("replay_webhook", r#"{"since":"2026-11-23T18:00:00Z"}"#),
    (
        "change_buyer",
        r#"{"acceptance":"automatic","credit_limits":[{"currency":"USD","limit":"500.00"}],"language":"en"}"#,
    ),
    (
        "change_account",
        r#"{"enabled":true,"order_limits":[{"currency":"USD","largest":"500.00"}]}"#,
    ),
    (
        "import_prices",
        r#"{"dry_run":false,"prices":[{"buyer":"acme","sku":"WATER","currency":"USD","price":"14.00","per":1,"from":"2026-11-24"}]}"#,
    ),
    (
        "end_price",
        r#"{"buyer":"acme","sku":"WATER","currency":"USD","last_day":"2026-12-24"}"#,
    ),
];

/// The path of a route that names an order and a key by their IDs, and of all else what there is one of.
pub(crate) fn path_of(route: &Route, order: &str, key: &str) -> String {
    let of_buyer = ["/v1/desk/buyers/", "/v1/desk/accounts/"];
    let id = if route.path.starts_with("/v1/keys/") {
        key
    } else if of_buyer.iter().any(|path| route.path.starts_with(path)) {
        "acme"
    } else {
        order
    };
    route
        .path
        .replace("{id}", id)
        .replace("{sku}", "WATER")
        .replace("{*tile}", "0/000.p/1")
        .replace("{log}", "1")
        .replace("{number}", "1")
}
