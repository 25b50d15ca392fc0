//! `po sellers`: the pinned sellers.

use serde_json::json;

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::output::table;
use crate::seller::digest;

pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for pinned in context.home.sellers()? {
        let root = digest(pinned.root()?.fingerprint());
        documents.push(json!({ "origin": pinned.origin, "host": pinned.host, "port": pinned.port, "root": root }));
        rows.push(vec![
            pinned.origin.to_string(),
            pinned.address(),
            root.to_string(),
        ]);
    }
    let none = rows.is_empty();
    context
        .output
        .data(&json!({ "data": documents, "next": null }), || {
            if none {
                "no seller is pinned".to_owned()
            } else {
                table(&["seller", "address", "root"], &rows, &[])
            }
        })?;
    Ok(Exit::Ok)
}
