//! One run: everything once round after round, so that what is compared was measured within moments.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use docket_testkit::{OneProcess, Program};

use crate::bed::{Bed, ISSUER_OF_THREE};
use crate::cases::{self, Case};
use crate::figures::Figures;
use crate::report::{Memory, Report};
use crate::{machine, verification};

const STARTS: usize = 5;
const WARM_UP: Duration = Duration::from_secs(1);

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// How often each case comes up.
    pub(crate) rounds: usize,
    /// How long a case runs each time, in whole seconds.
    pub(crate) time: Duration,
}

/// Measures everything; what fails ends the run.
pub(crate) async fn run(plan: Plan) -> anyhow::Result<Report> {
    let begin = Instant::now();
    let program = Program::named_or("docket");
    let mut one = OneProcess::start(&program).await;
    let start_time = start_time(&mut one).await;
    let mut bed = Bed::start(&program, one).await?;

    let mut runs: BTreeMap<Case, Vec<Figures>> = BTreeMap::new();
    for round in 0..plan.rounds {
        bed.sign_in().await?;
        for case in cases::all() {
            if round == 0 {
                cases::measure(&bed, case, WARM_UP).await?;
            }
            let figures = cases::measure(&bed, case, plan.time).await?;
            eprintln!("{:>4} s  {case:?}: {:.0}/s", begin.elapsed().as_secs(), figures.per_second);
            runs.entry(case).or_default().push(figures);
        }
    }

    let verification =
        verification::measure(bed.auth.channel(), ISSUER_OF_THREE, &bed.on_postgres.access_token).await?;
    let names = ["`docket serve`", "`docket auth`", "`docket task`", "`docket gateway`"];
    let memory = names.into_iter().zip(bed.idle.into_iter().zip(bed.memory()?));
    let memory = memory.map(|(process, (idle, loaded))| Memory { process, idle, loaded }).collect();
    let figures = runs.into_iter().filter_map(|(case, runs)| Some((case, Figures::middle(runs)?))).collect();
    Ok(Report {
        plan,
        machine: machine::describe(&bed.database.version()?)?,
        figures,
        memory,
        start_time,
        verification,
    })
}

/// From the start of `docket serve` on data that is there until it says that it serves: the middle of a few.
async fn start_time(one: &mut OneProcess) -> Duration {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(one.restart().await);
    }
    times.sort_unstable();
    times[STARTS / 2]
}
