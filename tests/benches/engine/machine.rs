//! The machine, and its other load (Linux; elsewhere the lines say that it is unknown).

use std::fs;

use crate::table::line;

/// Busy time of the whole machine, and of this process and its ended children, in ticks.
#[derive(Clone, Copy)]
struct Ticks {
    all: u64,
    busy: u64,
    own: u64,
}

impl Ticks {
    fn now() -> Option<Self> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let cpu: Vec<u64> =
            stat.lines().next()?.split_whitespace().skip(1).filter_map(|n| n.parse().ok()).collect();
        let (all, idle) = (cpu.iter().sum(), cpu.get(3)? + cpu.get(4)?);
        let own = fs::read_to_string("/proc/self/stat").ok()?;
        let own: Vec<&str> = own.rsplit(')').next()?.split_whitespace().collect();
        let own = own.get(11..15)?.iter().map(|ticks| ticks.parse::<u64>()).sum::<Result<_, _>>().ok()?;
        Some(Self { all, busy: all - idle, own })
    }
}

/// The machine's load over a run.
pub(crate) struct Load {
    before: String,
    ticks: Option<Ticks>,
}

impl Load {
    pub(crate) fn begin() -> Self {
        Self { before: load_average(), ticks: Ticks::now() }
    }

    pub(crate) fn end(self) -> Report {
        let others = self.ticks.zip(Ticks::now()).map(|(from, to)| {
            let all = (to.all - from.all).max(1);
            let others = (to.busy - from.busy).saturating_sub(to.own - from.own);
            others * 100 / all
        });
        Report { before: self.before, after: load_average(), others }
    }
}

pub(crate) struct Report {
    before: String,
    after: String,
    /// Percentage of all cores used by other processes.
    others: Option<u64>,
}

impl Report {
    pub(crate) fn print(&self) {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| unknown());
        line(&format!("machine: {} ({cores} cores), Linux {}", model(), kernel.trim()));
        let build = if cfg!(debug_assertions) { "debug: figures mean little" } else { "release" };
        line(&format!("build: {build}"));
        let others = self.others.map_or_else(unknown, |percent| format!("{percent} %"));
        line(&format!(
            "load average before {}, after {}; other processes had {others} of the cores",
            self.before, self.after
        ));
        line("");
    }
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| unknown());
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

fn model() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|l| l.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(unknown, |(_, model)| model.to_owned())
}

/// Bytes that this process has written to disk so far, in whole pages.
pub(crate) fn written() -> u64 {
    let io = fs::read_to_string("/proc/self/io").unwrap_or_default();
    io.lines().find_map(|l| l.strip_prefix("write_bytes: ")?.parse().ok()).unwrap_or(0)
}
