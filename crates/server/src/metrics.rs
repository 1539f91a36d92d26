//! Counters for the operator: how much, never who or what. They hold no name, id or address.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use conclave_protocol::wire::ErrorCode;

use crate::shared::{Full, Shared};

/// Error codes are numbered from 0 to this (conclave.proto).
const CODES: usize = ErrorCode::Internal as usize + 1;

/// Counts since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    opened: AtomicU64,
    /// Indexed by [`Full`].
    refused: [AtomicU64; 3],
    requests: AtomicU64,
    entries: AtomicU64,
    pushes: AtomicU64,
    /// Indexed by code.
    errors: [AtomicU64; CODES],
}

impl Counters {
    pub(crate) fn opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, why: Full) {
        self.refused[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn entry(&self) {
        self.entries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn push(&self) {
        self.pushes.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn error(&self, code: ErrorCode) {
        if let Some(count) = self.errors.get(code as usize) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// All counters, in the text format of Prometheus (version 0.0.4).
pub(crate) fn text(shared: &Shared) -> String {
    let counters = &shared.counters;
    let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let mut text = Text::default();
    text.one("conclave_connections", "gauge", "Connections that are open.", shared.connections() as u64);
    text.one(
        "conclave_request_bytes",
        "gauge",
        "Bytes of requests in the shared pool.",
        shared.requests.taken() as u64,
    );
    text.one(
        "conclave_answer_bytes",
        "gauge",
        "Bytes of answers in the shared pool.",
        shared.answers.taken() as u64,
    );
    text.one("conclave_connections_opened_total", "counter", "Connections opened.", of(&counters.opened));
    text.one("conclave_requests_total", "counter", "Requests accepted.", of(&counters.requests));
    text.one("conclave_entries_total", "counter", "Submissions accepted.", of(&counters.entries));
    text.one("conclave_pushes_total", "counter", "Entries pushed as they arrived.", of(&counters.pushes));
    text.head("conclave_connections_refused_total", "counter", "Connections refused, and why.");
    for why in [Full::OfAddress, Full::OfAll, Full::Closing] {
        text.labelled(
            "conclave_connections_refused_total",
            "why",
            why.name(),
            of(&counters.refused[why as usize]),
        );
    }
    text.head("conclave_errors_total", "counter", "Requests that were not carried out, by error code.");
    for (number, count) in counters.errors.iter().enumerate().skip(1) {
        let code = i32::try_from(number).ok().and_then(|number| ErrorCode::try_from(number).ok());
        if let Some(code) = code {
            let name = code.as_str_name().trim_start_matches("ERROR_CODE_");
            text.labelled("conclave_errors_total", "code", name, of(count));
        }
    }
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string can't fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn labelled(&mut self, name: &str, label: &str, of: &str, value: u64) {
        let _ = writeln!(self.0, "{name}{{{label}=\"{of}\"}} {value}");
    }
}
