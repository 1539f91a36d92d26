//! How many tests passed and failed, parsed from the output of cargo and vitest.

/// Tests counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Sums lines like `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; …`.
pub(crate) fn cargo(output: &str) -> Counts {
    let mut sum = Counts::default();
    for line in output.lines() {
        // A test that prints without a newline can precede the runner's output on the line.
        if let Some((_, result)) = line.split_once("test result: ") {
            sum += in_words(result.split([';', '.']));
        }
    }
    sum
}

/// Sums lines like `Tests  1 failed | 11 passed | 2 skipped (14)`.
pub(crate) fn vitest(output: &str) -> Counts {
    let mut sum = Counts::default();
    for line in output.lines() {
        if let Some(result) = line.trim_start().strip_prefix("Tests  ") {
            sum += in_words(result.split(['|', '(']));
        }
    }
    sum
}

/// Reads phrases like `3 passed`.
fn in_words<'a>(phrases: impl Iterator<Item = &'a str>) -> Counts {
    let mut counts = Counts::default();
    for phrase in phrases {
        match phrase.trim().split_once(' ') {
            Some((number, "passed")) => counts.passed += number.parse().unwrap_or(0),
            Some((number, "failed")) => counts.failed += number.parse().unwrap_or(0),
            _ => {}
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_results_are_summed_over_binaries() {
        let output = "running 2 tests\n\
            test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.53s\n\
            noise test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 9.00s\n";
        assert_eq!(cargo(output), Counts { passed: 13, failed: 2 });
    }

    #[test]
    fn vitest_results_are_those_of_tests_not_of_files() {
        let output =
            " Test Files  1 failed | 4 passed (5)\n      Tests  1 failed | 11 passed | 2 skipped (14)\n";
        assert_eq!(vitest(output), Counts { passed: 11, failed: 1 });
        assert_eq!(vitest("      Tests  5 passed (5)\n"), Counts { passed: 5, failed: 0 });
        assert_eq!(vitest("nothing\n"), Counts::default());
    }
}
