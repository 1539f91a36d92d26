//! What is said about the steps: each with its duration, at the end all of them, and one line that counts.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::counts::Counts;
use crate::failure::Failure;

/// What a step does; it returns the tests it counted, none for a check.
pub(super) type Step = fn() -> Result<Outcome, Failure>;

/// What came of a step that could be carried out.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) counts: Counts,
    /// Why it failed although it ran, if it did.
    pub(super) failure: Option<String>,
}

/// The steps so far.
pub(super) struct Report {
    begun: Instant,
    lines: Vec<String>,
    counts: Counts,
}

impl Report {
    pub(super) fn new() -> Self {
        Self { begun: Instant::now(), lines: Vec::new(), counts: Counts::default() }
    }

    /// Carries out a step; whether it passed.
    pub(super) fn step(&mut self, name: &str, step: Step) -> bool {
        println!("\n==> {name}");
        let begun = Instant::now();
        let outcome = step().unwrap_or_else(|failure| Outcome {
            counts: Counts::default(),
            failure: Some(failure.to_string()),
        });
        let mut counts = outcome.counts;
        if outcome.failure.is_some() && counts.failed == 0 {
            // A check that failed, or tests that did not get to count: never a closing line without it.
            counts.failed = 1;
        }
        let passed = counts.failed == 0;
        self.counts += counts;
        let line = line(name, passed, begun.elapsed(), counts);
        if let Some(failure) = outcome.failure {
            println!("{failure}");
        }
        println!("<== {line}");
        self.lines.push(line);
        passed
    }

    /// The summary, and the exit code it means.
    pub(super) fn close(self) -> ExitCode {
        println!("\nSteps:");
        for line in &self.lines {
            println!("  {line}");
        }
        println!("In {}.", span(self.begun.elapsed()));
        println!("{} passed, {} failed", self.counts.passed, self.counts.failed);
        if self.counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn line(name: &str, passed: bool, took: Duration, counts: Counts) -> String {
    let verdict = if passed { "ok    " } else { "FAILED" };
    let mut line = format!("{verdict} {:>8}  {name}", span(took));
    if counts.passed > 0 {
        line.push_str(&format!(" ({} passed, {} failed)", counts.passed, counts.failed));
    }
    line
}

/// A duration for people: `0.4 s`, `12.0 s`, `3 m 20 s`.
fn span(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 100 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} m {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_check_counts_even_if_no_test_did() {
        let mut report = Report::new();
        assert!(
            report.step("good", || Ok(Outcome { counts: Counts { passed: 2, failed: 0 }, failure: None }))
        );
        assert!(!report.step("bad", || Err(Failure::new("why"))));
        assert!(!report.step("died", || Ok(Outcome {
            counts: Counts { passed: 3, failed: 0 },
            failure: Some("a test binary ended without a result".to_owned()),
        })));
        assert_eq!(report.counts, Counts { passed: 5, failed: 2 });
    }

    #[test]
    fn durations_are_for_people() {
        assert_eq!(span(Duration::from_millis(400)), "0.4 s");
        assert_eq!(span(Duration::from_secs(200)), "3 m 20 s");
    }
}
