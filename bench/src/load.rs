//! One call over and over, as fast as the answers come: h2load, and what it saw.
//!
//! h2load takes an HTTP answer for a success whatever its gRPC status is, so that the size of the answers decides:
//! a failed call has another one than the answer that was seen before.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;

use crate::figures::Figures;
use crate::usage::cpu_time;

/// How far the mean size of the answers may be from that of the first: times in them are of varying length.
const TOLERANCE: f64 = 0.03;

/// How a call travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Protocol {
    /// gRPC on HTTP/2.
    Grpc,
    /// gRPC-Web (binary) on HTTP/1.1, as browsers speak where there is no TLS.
    Web,
}

/// A call to make over and over.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) address: SocketAddr,
    pub(crate) path: &'static str,
    pub(crate) protocol: Protocol,
    /// Empty for a call that needs none.
    pub(crate) access_token: String,
    /// The request with its frame.
    pub(crate) request: Bytes,
    /// How long the body of a good answer is.
    pub(crate) answer_length: usize,
    /// How many requests are in flight at any time.
    pub(crate) in_flight: usize,
}

/// Makes `call` for `time`, and counts what `processes` compute meanwhile.
pub(crate) fn measure(call: &Call, time: Duration, processes: &[u32]) -> anyhow::Result<Figures> {
    let folder = tempfile::tempdir()?;
    let cpu = || processes.iter().map(|process| cpu_time(*process)).sum::<anyhow::Result<Duration>>();
    let mut command = command(call, time, folder.path())?;
    let before = cpu()?;
    let output = command.output().context("cannot start h2load")?;
    let spent = cpu()?.checked_sub(before).context("a process was replaced")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "h2load: {}{text}", String::from_utf8_lossy(&output.stderr));
    check(&text, call.answer_length)?;
    let times = times(&fs::read_to_string(folder.path().join("log"))?)?;
    Figures::new(times, time, Some(spent)).context("not one answer came")
}

fn command(call: &Call, time: Duration, folder: &Path) -> anyhow::Result<Command> {
    let (request, log) = (folder.join("request"), folder.join("log"));
    fs::write(&request, &call.request)?;
    let mut command = Command::new(std::env::var_os("DOCKET_H2LOAD").context("DOCKET_H2LOAD is not set")?);
    command.arg("--data").arg(request).arg("--log-file").arg(log);
    command.args(["--threads=1", &format!("--duration={}", time.as_secs())]);
    // HTTP/2 shares a connection among up to eight; HTTP/1.1 can't.
    let (connections, streams) = match call.protocol {
        Protocol::Grpc => (call.in_flight.div_ceil(8), call.in_flight.min(8)),
        Protocol::Web => (call.in_flight, 1),
    };
    command.args([format!("--clients={connections}"), format!("--max-concurrent-streams={streams}")]);
    match call.protocol {
        Protocol::Grpc => command.args(["--header=content-type: application/grpc", "--header=te: trailers"]),
        Protocol::Web => command.args(["--h1", "--header=content-type: application/grpc-web+proto"]),
    };
    if !call.access_token.is_empty() {
        command.arg(format!("--header=authorization: Bearer {}", call.access_token));
    }
    command.arg(format!("http://{}{}", call.address, call.path));
    Ok(command)
}

/// Fails unless every request had an answer, and the answers were as long as a good one.
fn check(output: &str, answer_length: usize) -> anyhow::Result<()> {
    let number_before = |line: &str, word: &str| -> Option<u64> {
        let (before, _) = line.split_once(word)?;
        before.rsplit([' ', '(']).next()?.trim_end_matches(')').parse().ok()
    };
    let line = |start: &str| output.lines().find(|line| line.starts_with(start)).unwrap_or_default();
    let requests = line("requests: ");
    let (Some(succeeded), Some(failed), Some(bytes)) = (
        number_before(requests, " succeeded"),
        number_before(requests, " failed"),
        number_before(line("traffic: "), ") data"),
    ) else {
        bail!("h2load says something else than expected:\n{output}");
    };
    ensure!(succeeded > 0 && failed == 0, "{requests}");
    #[expect(clippy::cast_precision_loss, reason = "a mean of 50 bits is exact enough")]
    let (mean, expected) = (bytes as f64 / succeeded as f64, answer_length as f64);
    let off = (mean / expected - 1.0).abs();
    ensure!(off < TOLERANCE, "answers of {mean:.0} bytes where good ones have {expected}: calls failed");
    Ok(())
}

/// The times of h2load's log: when it began, HTTP status, microseconds.
fn times(log: &str) -> anyhow::Result<Vec<Duration>> {
    let time = |line: &str| {
        let microseconds = line.split('\t').nth(2).and_then(|field| field.parse().ok());
        microseconds.map(Duration::from_micros).with_context(|| format!("h2load's log holds {line:?}"))
    };
    log.lines().map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "finished in 2.00s, 5.00 req/s, 1KB/s\n\
        requests: 10 total, 12 started, 10 done, 10 succeeded, 0 failed, 0 errored, 0 timeout\n\
        status codes: 10 2xx, 0 3xx, 0 4xx, 0 5xx\n\
        traffic: 4.1KB (4200) total, 120B (120) headers (space savings 90.00%), 2.0KB (2000) data\n";

    #[test]
    fn answers_of_the_right_size_are_good_ones() {
        assert!(check(OUTPUT, 200).is_ok());
        assert!(check(OUTPUT, 204).is_ok());
        assert!(check(OUTPUT, 260).is_err());
    }

    #[test]
    fn a_failed_request_and_a_strange_text_are_refused() {
        assert!(check(&OUTPUT.replace("0 failed", "1 failed"), 200).is_err());
        assert!(check("h2load: no", 200).is_err());
    }

    #[test]
    fn times_are_the_third_column() {
        assert_eq!(times("1700\t200\t250\n1701\t200\t1250\n").unwrap(), [250, 1250].map(Duration::from_micros));
        assert!(times("1700\t200\n").is_err());
    }
}
