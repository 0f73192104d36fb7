//! Output on stdout: lines, and tables for a terminal. A closed pipe is a fault, not a panic.

use std::io::{self, Write as _};

use docket_process::Fault;
use tabwriter::TabWriter;

/// Prints one line, or several.
pub(crate) fn print(text: &str) -> Result<(), Fault> {
    writeln!(io::stdout(), "{text}").map_err(|error| Fault::new("cannot print", error))
}

/// Prints `rows` under the headings `head`, with aligned columns.
pub(crate) fn print_table<const COLUMNS: usize>(
    head: [&str; COLUMNS],
    rows: impl IntoIterator<Item = [String; COLUMNS]>,
) -> Result<(), Fault> {
    let mut table = TabWriter::new(io::stdout().lock());
    let write = || {
        writeln!(table, "{}", head.join("\t"))?;
        for row in rows {
            writeln!(table, "{}", row.join("\t"))?;
        }
        table.flush()
    };
    write().map_err(|error| Fault::new("cannot print", error))
}
