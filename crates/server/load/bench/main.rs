//! `cargo xtask bench server [-- --quick | --only appends]`: what the service costs, each figure next to its lower
//! bound from the same run.
//!
//! Appends are measured in process, over connections of bare frames, with a database on disk. The cost of sockets is
//! measured on the real program, in its own process.
#![allow(clippy::unwrap_used, reason = "a measurement that can't be made says where")]

mod appends;
#[path = "../../tests/service/client.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod client;
mod fan_out;
mod floor;
mod idle;
#[path = "../../../../tests/benches/engine/machine.rs"]
#[allow(dead_code, reason = "the engine's bench uses more of it")]
mod machine;
#[path = "../memory.rs"]
mod memory;
#[path = "../../tests/service/program.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod program;
#[path = "../../tests/service/raw.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod raw;
#[path = "../../tests/service/socket.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod socket;
mod table;

use machine::Load;
use table::Table;

/// How much is measured.
struct Scale {
    /// Appends in flight.
    in_flight: Vec<usize>,
    /// Appends in a round, for each number in flight up to this many.
    appends: usize,
    rounds: usize,
    idle: usize,
    followers: usize,
    entries: usize,
}

impl Scale {
    /// `--quick`: checks in seconds that the bench works.
    fn of_arguments(arguments: &[String]) -> Self {
        let in_flight = vec![16, 128, 1_024];
        if arguments.iter().any(|argument| argument == "--quick") {
            let (appends, rounds, idle, followers, entries) = (2_000, 1, 200, 50, 5);
            Self { in_flight, appends, rounds, idle, followers, entries }
        } else {
            let (appends, rounds, idle, followers, entries) = (20_000, 5, 2_000, 1_000, 200);
            Self { in_flight, appends, rounds, idle, followers, entries }
        }
    }
}

fn main() {
    allow_sockets();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run());
}

/// Many clients share this process.
fn allow_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

async fn run() {
    let arguments: Vec<String> = std::env::args().collect();
    let only = arguments.iter().skip_while(|argument| *argument != "--only").nth(1);
    let wanted = |what: &str| only.is_none_or(|only| only == what);
    let scale = Scale::of_arguments(&arguments);
    let load = Load::begin();
    let mut table = Table::begin();
    if wanted("appends") {
        for in_flight in &scale.in_flight {
            appends::measure(*in_flight, &scale, &mut table).await;
        }
    }
    if wanted("idle") {
        idle::measure(scale.idle, &mut table).await;
    }
    if wanted("fan-out") {
        fan_out::measure(scale.followers, scale.entries, &mut table).await;
    }
    load.end().print();
}
