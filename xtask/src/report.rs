//! The report on a command's steps: each with its duration, then a summary with their share of the time, and one line
//! of totals.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::test::counts::Counts;

/// The result of a step that ran.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    /// Why it failed, if it did.
    pub(crate) failure: Option<String>,
}

/// The steps so far.
pub(crate) struct Report {
    begun: Instant,
    steps: Vec<Done>,
    counts: Counts,
}

/// A finished step.
struct Done {
    name: String,
    passed: bool,
    took: Duration,
    counts: Counts,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), steps: Vec::new(), counts: Counts::default() }
    }

    /// Runs a step, which returns its test counts, none for a check; returns whether it passed.
    pub(crate) fn step(&mut self, name: &str, step: impl FnOnce() -> Result<Outcome, Failure>) -> bool {
        println!("\n==> {name}");
        let begun = Instant::now();
        let outcome = step().unwrap_or_else(|failure| Outcome {
            counts: Counts::default(),
            failure: Some(failure.to_string()),
        });
        let mut counts = outcome.counts;
        if outcome.failure.is_some() && counts.failed == 0 {
            // A failed check, or tests that did not get to count: the totals must show it.
            counts.failed = 1;
        }
        let passed = counts.failed == 0;
        self.counts += counts;
        if let Some(failure) = outcome.failure {
            println!("{failure}");
        }
        let done = Done { name: name.to_owned(), passed, took: begun.elapsed(), counts };
        println!("<== {}", done.line());
        self.steps.push(done);
        passed
    }

    /// Prints the summary; returns the exit code.
    pub(crate) fn close(self) -> ExitCode {
        let whole = self.begun.elapsed();
        println!("\nSteps:");
        for step in &self.steps {
            println!("  {:>3} %  {}", percent(step.took, whole), step.line());
        }
        println!("In {}.", span(whole));
        println!("{} passed, {} failed", self.counts.passed, self.counts.failed);
        if self.counts.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

impl Done {
    fn line(&self) -> String {
        let verdict = if self.passed { "ok    " } else { "FAILED" };
        let mut line = format!("{verdict} {:>8}  {}", span(self.took), self.name);
        if self.counts.passed > 0 {
            line.push_str(&format!(" ({} passed, {} failed)", self.counts.passed, self.counts.failed));
        }
        line
    }
}

/// `part` as a percentage of `whole`, rounded.
fn percent(part: Duration, whole: Duration) -> u64 {
    (part.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE) * 100.0).round() as u64
}

/// A readable duration: `0.4 s`, `12.0 s`, `3 m 20 s`.
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

    #[test]
    fn shares_are_rounded_and_need_no_time_at_all() {
        assert_eq!(percent(Duration::from_secs(312), Duration::from_secs(575)), 54);
        assert_eq!(percent(Duration::ZERO, Duration::ZERO), 0);
    }
}
