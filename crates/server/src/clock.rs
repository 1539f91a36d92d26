//! The service's one source of wall-clock time.

pub use conclave_protocol::clock::{Clock, SystemClock, TokioClock};
