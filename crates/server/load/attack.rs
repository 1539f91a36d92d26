//! A short attack on the real program: what it can make the service hold, and what is left for others. Speed depends on
//! the machine, and is measured by `cargo xtask abuse`.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

#[path = "abuse/mod.rs"]
#[allow(dead_code, reason = "the load program uses another part")]
mod abuse;
#[path = "../tests/service/client.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod client;
#[allow(dead_code, reason = "the bench uses more of it")]
mod memory;
#[path = "../tests/service/program.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod program;
#[path = "../tests/service/raw.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod raw;
#[path = "../tests/service/socket.rs"]
#[allow(dead_code, reason = "the other tests use more of it")]
mod socket;

use std::time::Duration;

use abuse::attack::{Plan, carry_out};

/// Twice what an idle machine may show, in bytes: freed memory is returned only when there is time.
const MEMORY_MAX: u64 = 128 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attack_is_held_to_its_bounds_and_leaves_others_what_is_theirs() {
    let (quiet, lasting) = (Duration::from_millis(500), Duration::from_secs(5));
    let plan = Plan { connections: 16, addresses: 4, quiet, lasting, only: None };
    let figures = carry_out(&plan).await;
    for figure in figures.bounds().into_iter().chain([figures.memory(MEMORY_MAX)]) {
        assert!(figure.met, "{}: {} (wanted {})", figure.what, figure.found, figure.wanted);
    }
}
