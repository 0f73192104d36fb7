//! The queue between whoever logs a line and stderr.
//!
//! A call does not wait for the log: a thread writes what is there, many lines at once. Where nobody takes the lines any
//! more, further ones are counted and lost, and the next that is written tells how many.

use std::io::{self, BufWriter, Write};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use serde_json::json;
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};

/// Lines that wait. At 300 bytes a line they are 5 MB, and a quarter of a second of the busiest server (60,000 calls a second).
const MAX_WAITING: usize = 16 * 1024;
/// How long lines gather after others were written. Without it, each call would wake the thread that writes.
const REST: Duration = Duration::from_millis(10);
/// What is written at once.
const BATCH: usize = 64 * 1024;

/// Begins to write lines to `output`. When the guard is dropped, what waits is written, for a second at most.
pub(crate) fn start(output: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    bounded(output, MAX_WAITING)
}

fn bounded(output: impl Write + Send + 'static, max_waiting: usize) -> (NonBlocking, WorkerGuard) {
    let lost = Arc::<OnceLock<ErrorCounter>>::default();
    let lines = Lines { output: BufWriter::with_capacity(BATCH, output), lost: Arc::clone(&lost), told: 0 };
    let (queue, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(max_waiting).thread_name("log").finish(lines);
    lost.get_or_init(|| queue.error_counter());
    (queue, guard)
}

/// The end of the queue.
struct Lines<W: Write> {
    output: BufWriter<W>,
    /// Set once the queue is there, before its first line.
    lost: Arc<OnceLock<ErrorCounter>>,
    told: usize,
}

impl<W: Write> Write for Lines<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.output.write(line)
    }

    /// Comes whenever no line is left.
    fn flush(&mut self) -> io::Result<()> {
        let lost = self.lost.get().map_or(0, ErrorCounter::dropped_lines);
        if lost > self.told {
            let mut timestamp = String::new();
            SystemTime.format_time(&mut Writer::new(&mut timestamp)).map_err(io::Error::other)?;
            let lines = lost - self.told;
            let line =
                json!({ "timestamp": timestamp, "level": "WARN", "message": "log lines were lost", "lines": lines });
            writeln!(self.output, "{line}")?;
            self.told = lost;
        }
        self.output.flush()?;
        thread::sleep(REST);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Says when it is given something, and takes it once it is told to.
    struct Stalled {
        stalls: Sender<()>,
        go_on: Receiver<()>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Stalled {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Both fail once the test has let it go.
            let _told = self.stalls.send(());
            let _told = self.go_on.recv();
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stalled_reader_holds_nobody_up_and_learns_how_many_lines_it_lost() {
        let ((stalls, stalled), (go, go_on)) = (channel(), channel());
        let written = Arc::<Mutex<Vec<u8>>>::default();
        let (mut queue, guard) = bounded(Stalled { stalls, go_on, written: Arc::clone(&written) }, 4);
        queue.write_all(b"0\n").unwrap();
        stalled.recv().unwrap();
        for line in 1..100 {
            queue.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        drop((go, stalled));
        drop(guard);

        let written = String::from_utf8(written.lock().unwrap().clone()).unwrap();
        let (lines, lost) = written.trim_end().rsplit_once('\n').unwrap();
        assert_eq!(lines, "0\n1\n2\n3\n4");
        let mut lost: serde_json::Value = serde_json::from_str(lost).unwrap();
        let time = lost.as_object_mut().unwrap().remove("timestamp").unwrap();
        assert!(time.as_str().is_some_and(|time| time.ends_with('Z')), "{time}");
        assert_eq!(lost, json!({ "level": "WARN", "message": "log lines were lost", "lines": 95 }));
    }
}
