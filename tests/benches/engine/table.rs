//! Printing rows. The rows themselves are added by the measures that `main.rs` runs.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench's figures are what it is for")]

use std::time::Duration;

/// One figure.
struct Row {
    what: String,
    engine: String,
    floor: String,
    ratio: f64,
    aim: Option<f64>,
}

/// All figures, in the order in which they were measured.
#[derive(Default)]
pub(crate) struct Table(Vec<Row>);

impl Table {
    /// A time beside its floor.
    pub(crate) fn time(&mut self, what: String, engine: Duration, floor: Duration, aim: Option<f64>) {
        let ratio = engine.as_secs_f64() / floor.as_secs_f64();
        let shown = |d: Duration| format!("{:.3} ms", d.as_secs_f64() * 1e3);
        self.0.push(Row { what, engine: shown(engine), floor: shown(floor), ratio, aim });
    }

    /// Bytes beside their floor.
    pub(crate) fn bytes(&mut self, what: String, engine: f64, floor: f64, aim: Option<f64>) {
        let shown = |b: f64| format!("{:.1} KB", b / 1000.0);
        self.0.push(Row { what, engine: shown(engine), floor: shown(floor), ratio: engine / floor, aim });
    }

    pub(crate) fn print(&self) {
        println!("{:<62} {:>13} {:>13} {:>7}  aim", "figure (medians)", "engine", "floor", "ratio");
        for Row { what, engine, floor, ratio, aim } in &self.0 {
            let aim = match aim {
                Some(aim) if ratio <= aim => format!("≤ {aim}: met"),
                Some(aim) => format!("≤ {aim}: MISSED"),
                None => String::new(),
            };
            println!("{what:<62} {engine:>13} {floor:>13} {ratio:>6.2}×  {aim}");
        }
    }
}

/// Prints the progress of the run.
pub(crate) fn tell(what: &str) {
    eprintln!("… {what}");
}

/// A line of the header.
pub(crate) fn line(what: &str) {
    println!("{what}");
}

/// The median.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
