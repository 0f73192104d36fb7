//! The figures as Markdown, each beside what it is compared with and what was to be reached.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use crate::calls::Kind;
use crate::cases::{self, Case, Way};
use crate::figures::Figures;
use crate::load::Protocol;
use crate::run::Plan;

/// Everything that one run gave.
pub(crate) struct Report {
    pub(crate) plan: Plan,
    /// On what, when and of which state.
    pub(crate) machine: Vec<String>,
    pub(crate) figures: BTreeMap<Case, Figures>,
    pub(crate) memory: Vec<Memory>,
    /// From start to ready.
    pub(crate) start_time: Duration,
    /// Of a token that was verified before.
    pub(crate) verification: Duration,
}

/// What a process holds, in bytes.
pub(crate) struct Memory {
    pub(crate) process: &'static str,
    pub(crate) idle: u64,
    pub(crate) loaded: u64,
}

impl Memory {
    /// In MB, as the targets are.
    #[expect(clippy::cast_precision_loss, reason = "megabytes with one decimal")]
    fn megabytes(bytes: u64) -> f64 {
        bytes as f64 / 1e6
    }
}

/// A figure that was to be reached.
struct Target {
    what: &'static str,
    measured: f64,
    bound: Bound,
    unit: &'static str,
}

#[derive(Clone, Copy)]
enum Bound {
    AtLeast(f64),
    Under(f64),
}

impl Report {
    /// Answers a second of one case as a part of another's.
    fn ratio(&self, case: Case, bound: Case) -> f64 {
        self.figures[&case].per_second / self.figures[&bound].per_second
    }

    fn targets(&self) -> Vec<Target> {
        use Bound::{AtLeast, Under};
        use Kind::{Echo, GetTask, SignIn};
        let sqlite = Way::Sqlite(Protocol::Grpc);
        let unwalled = (GetTask, Way::PgbenchUnwalled);
        let ratio = |what, case, bound, least| Target {
            what,
            measured: self.ratio(case, bound),
            bound: AtLeast(least),
            unit: "",
        };
        let under = |what, measured, most, unit| Target { what, measured, bound: Under(most), unit };
        vec![
            ratio("GetTask on SQLite, of the echo", (GetTask, sqlite), (Echo, Way::Bare), 0.45),
            ratio(
                "GetTask on PostgreSQL with row-level security, of pgbench without",
                (GetTask, Way::Direct),
                unwalled,
                0.25,
            ),
            ratio("Sign-ins, of the bare Argon2 loop", (SignIn, sqlite), (SignIn, Way::Loop), 0.9),
            under("Verifying a token seen before", self.verification.as_secs_f64() * 1e6, 2.0, " µs"),
            under("Idle `docket serve`", Memory::megabytes(self.memory[0].idle), 30.0, " MB"),
            under("Start to ready of `docket serve`", self.start_time.as_secs_f64(), 0.5, " s"),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.machine {
            writeln!(formatter, "- {line}")?;
        }
        let Plan { rounds, time } = self.plan;
        writeln!(formatter, "- {rounds} rounds of {} s a row; the middle one counts\n", time.as_secs())?;
        writeln!(formatter, "| To reach | Measured | Target | |\n|---|---:|---:|---|")?;
        for target in self.targets() {
            writeln!(formatter, "{target}")?;
        }
        writeln!(formatter, "\n| Call | Way | Requests/s | p50 ms | p99 ms | Docket's CPU µs | Of its bound |")?;
        writeln!(formatter, "|---|---|---:|---:|---:|---:|---:|")?;
        for case in cases::all() {
            self.row(case, formatter)?;
        }
        writeln!(formatter, "\n| Process | Idle MB | After the load MB |\n|---|---:|---:|")?;
        for Memory { process, idle, loaded } in &self.memory {
            let [idle, loaded] = [*idle, *loaded].map(Memory::megabytes);
            writeln!(formatter, "| {process} | {idle:.1} | {loaded:.1} |")?;
        }
        Ok(())
    }
}

impl Report {
    fn row(&self, case: Case, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { per_second, median, late, cpu } = self.figures[&case];
        let [median, late] = [median, late].map(|time| time.as_secs_f64() * 1e3);
        let cpu = cpu.map_or_else(String::new, |cpu| format!("{:.0}", cpu.as_secs_f64() * 1e6));
        let part = bound_of(case).map_or_else(String::new, |bound| format!("{:.2}", self.ratio(case, bound)));
        let (call, way) = (call(case.0), way(case.1));
        writeln!(formatter, "| {call} | {way} | {per_second:.0} | {median:.2} | {late:.2} | {cpu} | {part} |")
    }
}

/// What a case is measured against.
fn bound_of((kind, way): Case) -> Option<Case> {
    match (kind, way) {
        (Kind::SignIn, Way::Sqlite(_)) => Some((Kind::SignIn, Way::Loop)),
        (_, Way::Sqlite(_)) => Some((Kind::Echo, Way::Bare)),
        (_, Way::Direct | Way::Gateway(_)) => Some((kind, Way::Pgbench)),
        (_, Way::DirectUnwalled) => Some((kind, Way::PgbenchUnwalled)),
        (_, Way::Bare | Way::Pgbench | Way::PgbenchUnwalled | Way::Loop) => None,
    }
}

fn call(kind: Kind) -> &'static str {
    match kind {
        Kind::Echo => "Echo",
        Kind::GetTask => "GetTask",
        Kind::ListTasks => "ListTasks (20)",
        Kind::CreateTask => "CreateTask",
        Kind::SignIn => "SignIn",
    }
}

fn way(way: Way) -> &'static str {
    match way {
        Way::Bare => "bare tonic",
        Way::Sqlite(Protocol::Grpc) => "SQLite, one process, gRPC",
        Way::Sqlite(Protocol::Web) => "SQLite, one process, gRPC-Web",
        Way::Pgbench => "PostgreSQL, pgbench",
        Way::Direct => "PostgreSQL, task service",
        Way::Gateway(Protocol::Grpc) => "PostgreSQL, gateway and task service, gRPC",
        Way::Gateway(Protocol::Web) => "PostgreSQL, gateway and task service, gRPC-Web",
        Way::PgbenchUnwalled => "PostgreSQL, pgbench, row-level security off",
        Way::DirectUnwalled => "PostgreSQL, task service, row-level security off",
        Way::Loop => "Argon2 alone",
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, bound, unit } = self;
        let (target, reached) = match bound {
            Bound::AtLeast(least) => (format!("at least {least}{unit}"), measured >= least),
            Bound::Under(most) => (format!("under {most}{unit}"), measured < most),
        };
        let verdict = if reached { "reached" } else { "**missed**" };
        write!(formatter, "| {what} | {measured:.2}{unit} | {target} | {verdict} |")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_tells_whether_it_was_reached() {
        let target = |measured, bound| Target { what: "a", measured, bound, unit: " s" }.to_string();
        assert_eq!(target(0.45, Bound::AtLeast(0.45)), "| a | 0.45 s | at least 0.45 s | reached |");
        assert_eq!(target(0.5, Bound::Under(0.5)), "| a | 0.50 s | under 0.5 s | **missed** |");
    }

    #[test]
    fn every_bound_is_itself_measured() {
        let all = cases::all();
        for bound in all.iter().copied().filter_map(bound_of) {
            assert!(all.contains(&bound), "{bound:?}");
        }
    }
}
