//! `cargo xtask bench`: Docket beside what bounds it, on this machine, written into `bench/README.md`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::machine::{Halt, h2load, postgres_programs};
use crate::postgres::Cluster;
use crate::process;
use crate::web::Npm;
use crate::workspace::Workspace;

const DOCUMENT: &str = "bench/README.md";
/// What stands between these lines of the document is made here.
const MARKERS: [&str; 2] = ["<!-- figures -->\n", "<!-- end of figures -->\n"];

/// Measures, and writes the figures down; a quick run is only shown.
pub(crate) fn bench(workspace: &Workspace, quick: bool) -> anyhow::Result<ExitCode> {
    let figures = measure(workspace, quick).map_err(|halt| match halt {
        Halt::Lacking(reason) => anyhow::anyhow!(reason),
        Halt::Failed(error) => error,
    })?;
    println!("{figures}");
    if !quick {
        let path = workspace.root().join(DOCUMENT);
        let document = std::fs::read_to_string(&path).with_context(|| format!("cannot read {DOCUMENT}"))?;
        std::fs::write(&path, insert(&document, &figures)?).with_context(|| format!("cannot write {DOCUMENT}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn measure(workspace: &Workspace, quick: bool) -> Result<String, Halt> {
    let h2load = h2load(workspace)?;
    let programs = postgres_programs(workspace)?;
    match Npm::find(workspace) {
        Ok(npm) => npm.build(workspace)?,
        Err(Halt::Lacking(_)) => {} // no figure is the page's
        Err(failed) => return Err(failed),
    }
    process::run(&mut workspace.build_release())?;
    process::run(&mut workspace.cargo(&["build", "--release", "--locked", "--package", "docket-bench"]))?;
    let cluster = Cluster::start_durable(workspace)?;
    let mut command = workspace.command(harness(workspace));
    command.arg("run").args(quick.then_some("--quick"));
    command.env("DOCKET_BIN", workspace.release_binary()).env("DOCKET_TEST_POSTGRES_URL", cluster.url());
    command.env("DOCKET_H2LOAD", h2load).env("DOCKET_POSTGRES_PROGRAMS", programs);
    Ok(process::output(&mut command)?)
}

/// Where the harness lies after its build.
fn harness(workspace: &Workspace) -> PathBuf {
    workspace.release_binary().with_file_name("docket-bench")
}

/// The document with `figures` between the markers, in place of what was there.
fn insert(document: &str, figures: &str) -> anyhow::Result<String> {
    let [begin, end] = MARKERS;
    let Some((before, rest)) = document.split_once(begin) else { bail!("{DOCUMENT} lacks {}", begin.trim_end()) };
    let Some((_, after)) = rest.split_once(end) else { bail!("{DOCUMENT} lacks {}", end.trim_end()) };
    Ok(format!("{before}{begin}\n{}\n\n{end}{after}", figures.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_take_the_place_of_those_before() {
        let [begin, end] = MARKERS;
        let document = format!("# Figures\n\n{begin}old\n{end}\nHow to read them.\n");
        let new = insert(&document, "new\n").unwrap();
        assert_eq!(new, format!("# Figures\n\n{begin}\nnew\n\n{end}\nHow to read them.\n"));
        assert_eq!(insert(&new, "new\n").unwrap(), new);
    }

    #[test]
    fn a_document_without_markers_is_left_alone() {
        assert!(insert("# Figures\n", "new").is_err());
        assert!(insert(MARKERS[0], "new").is_err());
    }
}
