//! What an attack cost, and the limits for it.
#![allow(clippy::print_stdout, reason = "figures are what it is for")]

use std::time::Duration;

use conclave_server::Limits;

use super::attack::Plan;
use super::bystander::Noted;
use super::watching::Watched;

/// How much the server's memory may grow, in bytes.
const MEMORY_MAX: u64 = 64 << 20;
/// How large the write-ahead log may grow, in bytes.
const AHEAD_MAX: u64 = 64 << 20;
/// Fraction of the bystander's appends that must succeed.
const SUCCEED_MIN: f64 = 0.9;
/// The bystander's p99 under attack, as a multiple of the p99 without one.
const SLOWER_MAX: f64 = 5.0;
/// Bytes on disk for each of the bystander's entries, at most.
const ENTRY_BYTES_MAX: u64 = 4 << 10;

pub(crate) struct Figures {
    pub(crate) plan: Plan,
    pub(crate) quiet: Noted,
    pub(crate) attacked: Noted,
    pub(crate) before: Watched,
    pub(crate) most: Watched,
    pub(crate) after: Watched,
    pub(crate) usable: Vec<(&'static str, bool)>,
}

/// One figure, its limit, and whether it is met.
pub(crate) struct Figure {
    pub(crate) what: &'static str,
    pub(crate) found: String,
    pub(crate) wanted: String,
    pub(crate) met: bool,
}

impl Figures {
    /// Limits that hold on any machine, however slow.
    pub(crate) fn bounds(&self) -> Vec<Figure> {
        let mut all = vec![self.disk(), self.ahead()];
        all.extend(self.usable.iter().map(|&(what, met)| {
            let found = if met { "yes" } else { "no" };
            Figure { what, found: found.to_owned(), wanted: "yes".to_owned(), met }
        }));
        all
    }

    /// What the bystander notices.
    pub(crate) fn times(&self) -> Vec<Figure> {
        vec![self.succeeded(), self.read(), self.slowest()]
    }

    /// How much the server's memory may grow. How much freed memory has not been returned yet depends on the machine's
    /// load.
    pub(crate) fn memory(&self, most: u64) -> Figure {
        let grown = self.most.memory.saturating_sub(self.before.memory);
        let what = "the server's memory grows by at most";
        Figure { what, found: mib(grown), wanted: format!("< {}", mib(most)), met: grown < most }
    }

    /// By no more than what the attackers may store and the bystander has stored.
    fn disk(&self) -> Figure {
        let grown = self.after.database.saturating_sub(self.before.database);
        let allowance = Limits::default().bytes_stored;
        let seconds = self.plan.lasting.as_secs_f64() / allowance.refill.as_secs_f64();
        let each = u64::from(allowance.burst) + seconds.ceil() as u64;
        let of_bystander = self.attacked.took.len() as u64 * ENTRY_BYTES_MAX;
        let most = u64::from(self.plan.addresses) * each + of_bystander;
        let what = "the database grows by";
        Figure { what, found: mib(grown), wanted: format!("≤ {}", mib(most)), met: grown <= most }
    }

    fn ahead(&self) -> Figure {
        let what = "the write-ahead log takes at most";
        let met = self.most.ahead < AHEAD_MAX;
        Figure { what, found: mib(self.most.ahead), wanted: format!("< {}", mib(AHEAD_MAX)), met }
    }

    fn succeeded(&self) -> Figure {
        let all = self.attacked.took.len() + self.attacked.failed;
        let part = self.attacked.took.len() as f64 / all.max(1) as f64;
        let found = format!("{:.1} % of {all}", part * 100.0);
        let what = "the bystander's appends that succeed";
        Figure { what, found, wanted: format!("≥ {:.0} %", SUCCEED_MIN * 100.0), met: part >= SUCCEED_MIN }
    }

    fn read(&self) -> Figure {
        let failed = self.attacked.reads_failed;
        let what = "the bystander's reads that fail";
        let most = self.attacked.took.len() / 100;
        Figure { what, found: failed.to_string(), wanted: format!("≤ {most}"), met: failed <= most }
    }

    fn slowest(&self) -> Figure {
        let (quiet, attacked) = (slowest_of_100(&self.quiet.took), slowest_of_100(&self.attacked.took));
        let ratio = attacked.as_secs_f64() / quiet.as_secs_f64();
        let found = format!("{attacked:.1?} beside {quiet:.1?}: {ratio:.1}×");
        let what = "the bystander's p99";
        Figure { what, found, wanted: format!("≤ {SLOWER_MAX}×"), met: ratio <= SLOWER_MAX }
    }

    /// Prints everything; returns whether all limits were met.
    pub(crate) fn print(&self) -> bool {
        let memory = std::iter::once(self.memory(MEMORY_MAX));
        let figures: Vec<_> = memory.chain(self.bounds()).chain(self.times()).collect();
        for Figure { what, found, wanted, met } in &figures {
            let told = if *met { "met" } else { "MISSED" };
            println!("{what:<42} {found:>34}   {wanted}: {told}");
        }
        figures.iter().all(|figure| figure.met)
    }
}

fn slowest_of_100(took: &[Duration]) -> Duration {
    let mut took = took.to_vec();
    took.sort_unstable();
    took.get((took.len() * 99 / 100).min(took.len().saturating_sub(1))).copied().unwrap_or(Duration::MAX)
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}
