//! Every route of the contract, in tables: the server routes by it, `OpenAPI` is made from it.

mod buyers;
mod desk;
mod messages;
mod problems;
mod seller;
mod trade;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::Code;

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone.
    Anyone,
    /// Anyone who is signed in.
    SignedIn,
    /// A buyer's account, for what is the buyer's own.
    Buyer,
    /// Any account of the seller's.
    DeskReader,
    /// The seller's clerks and supervisors.
    Desk,
    /// The seller's supervisors.
    Supervisor,
    /// Anyone; anyone who is signed in, if the seller keeps the log to those.
    LogReader,
}

/// Under which heading a route is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Signing in, invites.
    Sessions,
    /// The seller and its catalogue.
    Catalogue,
    /// Orders and their statements.
    Orders,
    /// Keys.
    Keys,
    /// The transparency log.
    Log,
    /// The seller's own people.
    Desk,
    /// Health and description.
    Service,
}

/// What a body is.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// JSON of this schema.
    Json(fn(&mut SchemaGenerator) -> Schema),
    /// Octets or text of this media type.
    Media(&'static str),
}

/// One route.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, its parameters in braces; one that begins with `*` takes all that is left.
    pub path: &'static str,
    /// Its name, for generated clients.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// Where it is described.
    pub tag: Tag,
    /// Who may ask.
    pub access: Access,
    /// The schema of its query, if it takes one.
    pub query: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// The request's body.
    pub request: Body,
    /// The status of success, and its body.
    pub answer: (u16, Body),
    /// What the answer is, too, if the request's `Accept` names it.
    pub also: Option<&'static str>,
    /// Whether the same message again gets the same answer again, with status 200.
    pub is_repeatable: bool,
    /// What can be wrong, beside `internal-error`.
    pub problems: &'static [Code],
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

const fn json<T: JsonSchema>() -> Body {
    Body::Json(schema::<T>)
}

const fn route(
    method: Method,
    path: &'static str,
    name: &'static str,
    summary: &'static str,
    tag: Tag,
    access: Access,
) -> Route {
    Route {
        method,
        path,
        name,
        summary,
        tag,
        access,
        query: None,
        request: Body::Empty,
        answer: (200, Body::Empty),
        also: None,
        is_repeatable: false,
        problems: &[],
    }
}

impl Route {
    const fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(schema::<T>);
        self
    }

    const fn takes(mut self, body: Body) -> Self {
        self.request = body;
        self
    }

    const fn gives(mut self, status: u16, body: Body) -> Self {
        self.answer = (status, body);
        self
    }

    const fn or_if_accepted(mut self, media: &'static str) -> Self {
        self.also = Some(media);
        self
    }

    const fn repeatable(mut self) -> Self {
        self.is_repeatable = true;
        self
    }

    const fn or(mut self, problems: &'static [Code]) -> Self {
        self.problems = problems;
        self
    }
}

/// Every route.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    [
        buyers::ROUTES,
        desk::ROUTES,
        trade::ROUTES,
        messages::ROUTES,
        seller::ROUTES,
    ]
    .into_iter()
    .flatten()
}
