//! The `OpenAPI` 3.1 document, made from the table of routes and the bodies' schemas.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::media;
use crate::routes::{Access, Body, Method, Route, Tag, routes};
use crate::{Code, Problem};

/// The contract as an `OpenAPI` 3.1 document.
pub fn openapi() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        })
        .into_generator();
    let mut paths = Map::new();
    for route in routes() {
        let operation = operation(route, &mut generator);
        let path = route.path.replace("{*", "{");
        let path = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = path.as_object_mut() {
            methods.insert(method(route.method).to_owned(), operation);
        }
    }
    let _registered = generator.subschema_for::<Problem>();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": "1",
            "description": "Signed orders in, signed receipts out. TLS 1.3 only.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "securitySchemes": {
                "session": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [tag(route.tag)],
        "responses": responses(route, generator),
    });
    let parameters = parameters(route, generator);
    if let Some(members) = operation.as_object_mut() {
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(content) = content(route.request, generator) {
            members.insert(
                "requestBody".to_owned(),
                json!({ "required": true, "content": content }),
            );
        }
        if let Some(who) = who(route.access) {
            members.insert("security".to_owned(), json!([{ "session": [] }]));
            members.insert("description".to_owned(), Value::from(who));
        }
    }
    operation
}

fn parameters(route: &Route, generator: &mut SchemaGenerator) -> Vec<Value> {
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| json!({ "name": name.trim_start_matches('*'), "in": "path", "required": true, "schema": { "type": "string" } }));
    let mut parameters: Vec<Value> = in_path.collect();
    if let Some(schema) = route.query {
        parameters.extend(query_parameters(schema, generator));
    }
    parameters
}

/// The members of a query's schema, each a parameter of its own.
fn query_parameters(
    schema: fn(&mut SchemaGenerator) -> schemars::Schema,
    generator: &mut SchemaGenerator,
) -> Vec<Value> {
    let reference = Value::from(schema(generator));
    let name = reference
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.rsplit('/').next())
        .unwrap_or_default();
    let definition = generator.definitions_mut().remove(name).unwrap_or_default();
    let Some(members) = definition.get("properties").and_then(Value::as_object) else {
        return Vec::new();
    };
    members
        .iter()
        .map(|(name, schema)| json!({ "name": name, "in": "query", "schema": schema }))
        .collect()
}

fn responses(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    let (status, body) = route.answer;
    let mut success = json!({ "description": "Done." });
    if let (Some(members), Some(content)) = (success.as_object_mut(), content(body, generator)) {
        members.insert("content".to_owned(), content);
    }
    if let (Some(media_type), Some(content)) = (route.also, success.get_mut("content"))
        && let Some(kinds) = content.as_object_mut()
    {
        kinds.insert(media_type.to_owned(), json!({}));
    }
    responses.insert(status.to_string(), success.clone());
    if route.is_repeatable {
        responses.insert("200".to_owned(), success);
    }
    for code in route.problems.iter().chain(&[Code::InternalError]) {
        let problem = responses.entry(code.status().to_string()).or_insert_with(|| {
            json!({
                "description": "",
                "content": { media::PROBLEM: { "schema": { "$ref": "#/components/schemas/Problem" } } },
            })
        });
        let said = problem
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let separator = if said.is_empty() { "" } else { ", " };
        problem["description"] = Value::from(format!("{said}{separator}`{code}`"));
    }
    Value::Object(responses)
}

fn content(body: Body, generator: &mut SchemaGenerator) -> Option<Value> {
    match body {
        Body::Empty => None,
        Body::Json(schema) => Some(json!({ media::JSON: { "schema": schema(generator) } })),
        Body::Media(media_type) => Some(json!({ media_type: {} })),
    }
}

const fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}

const fn tag(tag: Tag) -> &'static str {
    match tag {
        Tag::Sessions => "sessions",
        Tag::Catalogue => "catalogue",
        Tag::Orders => "orders",
        Tag::Keys => "keys",
        Tag::Log => "log",
        Tag::Desk => "desk",
        Tag::Service => "service",
    }
}

const fn who(access: Access) -> Option<&'static str> {
    match access {
        Access::Anyone => None,
        Access::SignedIn => Some("For anyone who is signed in."),
        Access::Buyer => Some("For a buyer's accounts."),
        Access::DeskReader => Some("For the seller's clerks, supervisors and auditors."),
        Access::Desk => Some("For the seller's clerks and supervisors."),
        Access::Supervisor => Some("For the seller's supervisors."),
        Access::LogReader => Some(
            "For anyone; for anyone who is signed in, where the seller keeps the log to those.",
        ),
    }
}
