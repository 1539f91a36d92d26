//! `cargo xtask bench [-- --quick | --sizes 2,100]`: what the engine costs, each figure beside its floor from the same
//! run.
//!
//! The engines are real, with their own threads, over a service in the same process and files on disk. Groups of 100
//! and 1,000 are created by simulated members ([`crowd`]: mls-rs and our certificates, without an engine), whose
//! commits are in the service's log like anybody's; the last two members are engines.
#![allow(clippy::unwrap_used, reason = "a measurement that can't be made says where")]

mod catch_up;
mod certificates;
mod cold_open;
mod commit;
mod crowd;
mod floor;
mod gate;
mod machine;
mod message;
mod mls;
mod profile;
mod room;
mod table;

use machine::Load;
use profile::Host;
use room::Room;
use table::Table;

/// The app's allocator, since it makes a difference.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How much is measured. Groups always have their stated size.
struct Scale {
    sizes: Vec<usize>,
    messages: usize,
    commits: usize,
    catch_up: usize,
    groups: usize,
    kept: usize,
    opens: usize,
}

impl Scale {
    /// `--quick`: a smoke test, in seconds. `--sizes 2,100`: only groups of these sizes.
    fn of_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let mut scale = if arguments.iter().any(|argument| argument == "--quick") {
            let (messages, commits, catch_up, groups, kept, opens) = (20, 2, 300, 10, 1_000, 2);
            Self { sizes: vec![2, 32], messages, commits, catch_up, groups, kept, opens }
        } else {
            let (messages, commits, catch_up, groups, kept, opens) = (200, 10, 10_000, 200, 100_000, 7);
            Self { sizes: vec![2, 100, 1_000], messages, commits, catch_up, groups, kept, opens }
        };
        let sizes = arguments.iter().skip_while(|argument| *argument != "--sizes").nth(1);
        if let Some(sizes) = sizes {
            scale.sizes = sizes.split(',').map(|n| n.parse().expect("--sizes 2,100")).collect();
        }
        scale
    }
}

fn main() {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("warn").init();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(run(&Scale::of_arguments()));
}

async fn run(scale: &Scale) {
    let load = Load::begin();
    let host = Host::start();
    let mut table = Table::default();
    let mut per_message = Vec::new();
    for size in &scale.sizes {
        table::tell(&format!("a group of {size}"));
        let room = Room::of(&host, *size).await;
        let cost = message::measure(&room, scale.messages, &mut table).await;
        per_message.push((*size, cost));
        commit::measure(&room, scale.commits, &mut table).await;
        if scale.sizes.last() == Some(size) {
            table::tell("catching up");
            catch_up::measure(room, scale.catch_up, &mut table).await;
        } else {
            room.close().await;
        }
    }
    message::flatness(&per_message, &mut table);
    table::tell("a profile with many groups");
    cold_open::measure(&host, scale, &mut table).await;
    load.end().print();
    table.print();
}
