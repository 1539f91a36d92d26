//! `cargo xtask abuse [-- --seconds 60 --addresses 4 --connections 16 --only Blobs]`: runs hostile connections against
//! the real program on default limits, and measures their effect on it and on others. Fails if a figure misses its aim.
#![allow(clippy::unwrap_used, reason = "what can't be set up says where")]

#[path = "abuse/mod.rs"]
#[allow(dead_code, reason = "the test uses another part")]
mod abuse;
#[path = "../tests/service/client.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod client;
#[allow(dead_code, reason = "the bench uses more of it")]
mod memory;
#[path = "../tests/service/program.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod program;
#[path = "../tests/service/raw.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod raw;
#[path = "../tests/service/socket.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod socket;

use std::process::ExitCode;
use std::time::Duration;

use abuse::attack::{Plan, carry_out};
use abuse::hostile::Kind;

/// How long the bystander runs alone first.
const QUIET: Duration = Duration::from_secs(10);

fn plan() -> Plan {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |flag: &str| arguments.iter().skip_while(|word| *word != flag).nth(1);
    let number = |flag: &str, usual: u64| after(flag).map_or(usual, |text| text.parse().expect(flag));
    let named =
        |name: &String| Kind::ALL.into_iter().find(|kind| format!("{kind:?}") == *name).expect("a kind");
    Plan {
        connections: usize::try_from(number("--connections", 16)).unwrap(),
        addresses: u8::try_from(number("--addresses", 4)).unwrap(),
        quiet: QUIET,
        lasting: Duration::from_secs(number("--seconds", 60)),
        only: after("--only").map(named),
    }
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let figures = runtime.block_on(carry_out(&plan()));
    if figures.print() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
