//! What a process holds in memory (Linux).

use std::time::Duration;

/// Time between two samples.
const LOOK: Duration = Duration::from_millis(200);
/// Samples without a change until it counts as idle, and the maximum.
const STILL: usize = 5;
const LOOKS_MAX: usize = 100;
/// A smaller difference is no change, in bytes.
const NOISE: u64 = 64 << 10;

/// Resident memory of a process in bytes, without what is mapped from files, such as the program itself.
pub(crate) fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let kib = |what: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap()
    };
    (kib("RssAnon:") + kib("RssShmem:")) << 10
}

/// The same, once it no longer changes.
pub(crate) async fn at_rest(process: u32) -> u64 {
    let (mut last, mut still) = (resident(process), 0);
    for _ in 0..LOOKS_MAX {
        tokio::time::sleep(LOOK).await;
        let now = resident(process);
        still = if now.abs_diff(last) < NOISE { still + 1 } else { 0 };
        last = now;
        if still >= STILL {
            break;
        }
    }
    last
}
