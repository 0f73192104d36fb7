//! What became of each part, and the close of the output.

use std::fmt;
use std::time::Duration;

/// How a part ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// With the reason.
    Failed(String),
    Skipped {
        reason: String,
        /// Whether it may be skipped in CI, too.
        tolerated: bool,
    },
}

/// All parts of one run.
pub(super) struct Report {
    ci: bool,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    time: Duration,
    outcome: Outcome,
    summaries: Vec<String>,
}

impl Report {
    pub(super) fn new(ci: bool) -> Self {
        Self { ci, rows: Vec::new() }
    }

    /// Adds a part, with the lines that its runners summed up in, and gives the line that says how it ended.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        time: Duration,
        outcome: Outcome,
        summaries: Vec<String>,
    ) -> String {
        let row = Row { name, time, outcome, summaries };
        let line = self.line(&row);
        self.rows.push(row);
        line
    }

    /// Whether nothing failed and, in CI, nothing was skipped that could have run.
    pub(super) fn passed(&self) -> bool {
        self.rows.iter().all(|row| !self.fails(&row.outcome))
    }

    fn fails(&self, outcome: &Outcome) -> bool {
        match outcome {
            Outcome::Passed => false,
            Outcome::Failed(_) => true,
            Outcome::Skipped { tolerated, .. } => self.ci && !tolerated,
        }
    }

    fn line(&self, row: &Row) -> String {
        let (word, reason) = match &row.outcome {
            Outcome::Passed => ("passed", ""),
            Outcome::Failed(reason) => ("FAILED", reason.as_str()),
            Outcome::Skipped { reason, .. } if self.fails(&row.outcome) => ("SKIPPED", reason.as_str()),
            Outcome::Skipped { reason, .. } => ("skipped", reason.as_str()),
        };
        let time = row.time.as_secs_f64();
        // One line a part, whatever an error says.
        let reason = reason.replace('\n', " ");
        format!("{:<10} {word:<7} {time:>7.1} s  {reason}", row.name).trim_end().to_owned()
    }
}

/// The table, and below it the runners' own lines, each under the name of its part.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.rows {
            writeln!(formatter, "{}", self.line(row))?;
        }
        if !self.passed() {
            let failed: Vec<&str> =
                self.rows.iter().filter(|row| self.fails(&row.outcome)).map(|row| row.name).collect();
            writeln!(formatter, "not passed: {}; again: cargo xtask test {}", failed.join(", "), failed.join(" "))?;
        }
        for row in self.rows.iter().filter(|row| !row.summaries.is_empty()) {
            writeln!(formatter, "\n{}", row.name)?;
            for summary in &row.summaries {
                writeln!(formatter, "{summary}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(tolerated: bool) -> Outcome {
        Outcome::Skipped { reason: "npm is not installed".to_owned(), tolerated }
    }

    fn report(ci: bool, outcome: Outcome) -> Report {
        let mut report = Report::new(ci);
        report.add("unit", Duration::from_millis(1540), Outcome::Passed, vec!["test result: ok. 3 passed".to_owned()]);
        report.add("web", Duration::from_secs(2), outcome, Vec::new());
        report
    }

    #[test]
    fn a_skip_fails_in_ci_only_and_there_unless_tolerated() {
        assert!(report(false, skipped(false)).passed());
        assert!(!report(true, skipped(false)).passed());
        assert!(report(true, skipped(true)).passed());
    }

    #[test]
    fn a_failure_fails_everywhere() {
        assert!(!report(false, Outcome::Failed("no".to_owned())).passed());
        assert!(!report(true, Outcome::Failed("no".to_owned())).passed());
        assert!(report(true, Outcome::Passed).passed());
    }

    #[test]
    fn the_runners_own_lines_close_the_output() {
        let text = report(true, skipped(false)).to_string();
        assert_eq!(
            text,
            "unit       passed      1.5 s\n\
             web        SKIPPED     2.0 s  npm is not installed\n\
             not passed: web; again: cargo xtask test web\n\
             \n\
             unit\n\
             test result: ok. 3 passed\n"
        );
    }

    #[test]
    fn a_reason_of_several_lines_stays_one_row() {
        let text = report(false, Outcome::Failed("first\nsecond".to_owned())).to_string();
        assert!(text.contains("web        FAILED      2.0 s  first second\n"), "{text}");
    }
}
