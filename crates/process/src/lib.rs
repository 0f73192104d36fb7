//! What all programs of Docket share: flags, logs, signals, faults printed in one line, and the allocator.
//!
//! Knows no other part of Docket. A program passes the type of its flags and an async function to [`main`].

mod admin;
mod duration;
mod fault;
mod flags;
mod json;
mod log_queue;
mod logs;
mod tokens;
mod traces;

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub use admin::AdminFlags;
pub use duration::parse_duration;
pub use fault::Fault;
use flags::Parsed;
pub use tokens::{StalenessTooLong, TokenFlags};
use traces::Traces;

/// Set here for all programs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of a program that cannot run with its configuration.
const BAD_CONFIGURATION: u8 = 2;

/// Reads the flags, starts logging, and runs `program` to its end. SIGTERM and SIGINT cancel the token that it is
/// given; a second signal ends the process at once.
///
/// Returns the program's exit code. After a fault, or with invalid flags, that is 2, with one line on stderr.
pub fn main<Flags, Program, Running>(program: Program) -> ExitCode
where
    Flags: Parser,
    Program: FnOnce(Flags, CancellationToken) -> Running,
    Running: Future<Output = Result<ExitCode, Fault>>,
{
    let result = match flags::parse(std::env::args_os()) {
        Ok(flags) => run(program, flags),
        Err(flags::NotParsed::Printed(code)) => Ok(code),
        Err(flags::NotParsed::Invalid(fault)) => Err(fault),
    };
    result.unwrap_or_else(|fault| {
        fault.report();
        ExitCode::from(BAD_CONFIGURATION)
    })
}

fn run<Flags, Program, Running>(program: Program, Parsed { name, flags }: Parsed<Flags>) -> Result<ExitCode, Fault>
where
    Program: FnOnce(Flags, CancellationToken) -> Running,
    Running: Future<Output = Result<ExitCode, Fault>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("cannot start threads", error))?;
    runtime.block_on(async {
        let traces = Traces::start(&name)?;
        let _written_at_the_end = logs::start(traces.as_ref())?;
        let signals = Signals::new().map_err(|error| Fault::new("cannot listen for signals", error))?;
        let shutdown = CancellationToken::new();
        tokio::spawn(signals.cancel(shutdown.clone()));
        let ended = program(flags, shutdown).await;
        if let Some(traces) = traces {
            // It blocks, and the runtime sends meanwhile.
            drop(tokio::task::spawn_blocking(move || traces.stop()).await);
        }
        ended
    })
}

/// The signals that stop a process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    async fn cancel(mut self, shutdown: CancellationToken) {
        self.next().await;
        tracing::info!("stopping; a second signal ends the process at once");
        shutdown.cancel();
        self.next().await;
        std::process::exit(1);
    }
}

/// Listens on `address`.
///
/// # Errors
/// Where the address is in use, or does not belong to this machine.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| Fault::new(format!("cannot listen on {address}"), error))
}
