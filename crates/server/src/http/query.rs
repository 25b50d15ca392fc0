//! Pages and queries: what is asked for, within the limits, and where the next page begins.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use countersign_api::{Code, Page, Problem, limits};
use countersign_store as store;

use super::problem::Refused;

/// A query as asked, or why it is not understood.
pub(super) fn read<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Refused> {
    match query {
        Ok(Query(query)) => Ok(query),
        Err(rejection) => Err(Problem::from(Code::BadRequest)
            .with_detail(rejection.body_text())
            .into()),
    }
}

/// Rows to read: those asked for, within the limits.
pub(super) fn rows(limit: Option<u32>) -> u32 {
    limit
        .unwrap_or(limits::PAGE_DEFAULT_ROWS)
        .clamp(1, limits::PAGE_MAX_ROWS)
}

/// The key that a page begins after.
pub(super) fn after<T: std::str::FromStr>(after: Option<&str>) -> Result<Option<T>, Refused> {
    after
        .map(|text| text.parse().map_err(|_| Refused::from(Code::BadRequest)))
        .transpose()
}

/// A page for the outside.
pub(super) fn page<R, V>(
    page: store::Page<R>,
    key: impl Fn(&R) -> String,
    view: impl Fn(R) -> V,
) -> Page<V> {
    let next = page.rows.last().filter(|_| page.more).map(key);
    let data = page.rows.into_iter().map(view).collect();
    Page { data, next }
}
