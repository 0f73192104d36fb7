//! What processes use of the machine, as Linux counts it.

use std::time::Duration;

use anyhow::Context as _;

/// `/proc` counts in hundredths of a second on every architecture (proc(5), USER_HZ).
const TICK: Duration = Duration::from_millis(10);

/// The time that a process has computed since it began, all of its threads together.
pub(crate) fn cpu_time(process: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).context("the process is gone")?;
    ticks(&stat).map(|ticks| TICK * ticks).context("/proc/<process>/stat has another form than expected")
}

/// User and system time of a `stat` line. The second field is the program's name, and may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let (user, system) = (fields.next()?, fields.next()?);
    Some(user.parse::<u32>().ok()? + system.parse::<u32>().ok()?)
}

/// The memory that a process holds now, in bytes.
pub(crate) fn resident_memory(process: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).context("the process is gone")?;
    resident(&status).context("/proc/<process>/status has another form than expected")
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_shift_the_fields() {
        assert_eq!(ticks("7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 120 34 0 0 20 0 1 0 1 1 1"), Some(154));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn memory_is_counted_in_bytes() {
        assert_eq!(resident("VmPeak:\t  9 kB\nVmRSS:\t    12 kB\n"), Some(12_288));
        assert_eq!(resident("VmPeak:\t  9 kB\n"), None);
    }

    #[test]
    fn this_process_computes_and_holds_memory() {
        assert!(cpu_time(std::process::id()).is_ok());
        assert!(resident_memory(std::process::id()).unwrap() > 100_000);
    }
}
