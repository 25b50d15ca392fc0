//! Traces: structured, on standard error. No secret and no content of an order is ever a field.

use std::error::Error;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{TraceFormat, TraceSettings};

/// Starts writing traces, in colour or not; a second start in one process changes nothing.
pub fn start(settings: &TraceSettings, colour: bool) -> Result<(), ParseError> {
    let filter = EnvFilter::builder().parse(&settings.filter)?;
    let traces = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(colour)
        .with_writer(std::io::stderr);
    let started = match settings.format {
        TraceFormat::Text => traces.try_init(),
        TraceFormat::Json => traces.json().flatten_event(true).try_init(),
    };
    if started.is_ok() {
        trace_panics();
    }
    Ok(())
}

/// An error and what caused it, in one line: for the one place that handles it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// A panic is a defect: it is traced like any other failure, where the operator looks.
fn trace_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no message");
        tracing::error!(place, text, "panicked");
    }));
}
