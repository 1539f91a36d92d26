//! Prints each row as it is measured.
#![allow(clippy::print_stdout, reason = "a bench's figures are what it is for")]

use std::time::Duration;

/// The aim of a figure.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
    None,
}

impl Aim {
    fn of(self, figure: f64) -> String {
        let told = |met: bool| if met { "met" } else { "MISSED" };
        match self {
            Self::AtLeast(aim) => format!("≥ {aim}: {}", told(figure >= aim)),
            Self::AtMost(aim) => format!("≤ {aim}: {}", told(figure <= aim)),
            Self::None => String::new(),
        }
    }
}

/// All figures.
pub(crate) struct Table(());

impl Table {
    pub(crate) fn begin() -> Self {
        println!("{:<52} {:>14} {:>14} {:>7}  aim", "figure (medians)", "service", "floor", "ratio");
        Self(())
    }

    /// A rate next to its lower bound; the aim applies to the ratio.
    pub(crate) fn rate(&mut self, what: &str, service: f64, floor: f64, aim: Aim) {
        let (ratio, shown) = (service / floor, |rate: f64| format!("{rate:.0} /s"));
        Self::row(what, &shown(service), &shown(floor), ratio, &aim.of(ratio));
    }

    /// A time next to its lower bound; the aim applies to the time, in milliseconds.
    pub(crate) fn time(&mut self, what: &str, service: Duration, floor: Duration, aim: Aim) {
        let (ms, ratio) = (service.as_secs_f64() * 1e3, service.as_secs_f64() / floor.as_secs_f64());
        let shown = |time: Duration| format!("{:.3} ms", time.as_secs_f64() * 1e3);
        Self::row(what, &shown(service), &shown(floor), ratio, &aim.of(ms));
    }

    /// Bytes, without a lower bound; the aim applies to the bytes, in KiB.
    pub(crate) fn bytes(&mut self, what: &str, bytes: f64, aim: Aim) {
        let kib = bytes / 1024.0;
        println!("{what:<52} {:>14} {:>14} {:>7}  {}", format!("{kib:.1} KiB"), "", "", aim.of(kib));
    }

    fn row(what: &str, service: &str, floor: &str, ratio: f64, aim: &str) {
        println!("{what:<52} {service:>14} {floor:>14} {ratio:>6.2}×  {aim}");
    }
}

/// A line after the figures.
pub(crate) fn line(what: &str) {
    println!("{what}");
}

/// The quantile at `part`.
pub(crate) fn quantile(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part).round() as usize]
}
