//! What all programs of Docket have in common: flags, logs, signals, faults told in one line, and the allocator.
//!
//! Knows no part of Docket. A program hands [`main`] its flags' type and what to do with them.

mod duration;
mod fault;
mod flags;
mod json;
mod logs;

use std::future::Future;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

pub use duration::parse_duration;
pub use fault::Fault;

/// Here, so that no program can forget it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of a program that can't do what it was asked with the configuration that it was given.
const BAD_CONFIGURATION: u8 = 2;

/// Reads the flags, starts the logs, and runs `program` until it is done. The token that it is given is cancelled by
/// SIGTERM and SIGINT; a second signal ends the process at once.
///
/// Gives the program's exit code; after a fault, and after flags that make no sense, 2 with one line on stderr.
pub fn main<Flags, Program, Running>(program: Program) -> ExitCode
where
    Flags: Parser,
    Program: FnOnce(Flags, CancellationToken) -> Running,
    Running: Future<Output = Result<ExitCode, Fault>>,
{
    let result = match flags::parse(std::env::args_os()) {
        Ok(flags) => logs::start().and_then(|()| run(program, flags)),
        Err(flags::Refused::Answered(code)) => Ok(code),
        Err(flags::Refused::Bad(fault)) => Err(fault),
    };
    result.unwrap_or_else(|fault| {
        fault.report();
        ExitCode::from(BAD_CONFIGURATION)
    })
}

fn run<Flags, Program, Running>(program: Program, flags: Flags) -> Result<ExitCode, Fault>
where
    Program: FnOnce(Flags, CancellationToken) -> Running,
    Running: Future<Output = Result<ExitCode, Fault>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new("cannot start threads", error))?;
    runtime.block_on(async {
        let signals = Signals::new().map_err(|error| Fault::new("cannot watch for signals", error))?;
        let shutdown = CancellationToken::new();
        tokio::spawn(signals.obey(shutdown.clone()));
        program(flags, shutdown).await
    })
}

/// What tells a process to stop.
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

    async fn obey(mut self, shutdown: CancellationToken) {
        self.next().await;
        tracing::info!("stopping; a second signal stops at once");
        shutdown.cancel();
        self.next().await;
        std::process::exit(1);
    }
}

/// Takes the address.
///
/// # Errors
/// Where it is taken already, or none of this machine's.
pub async fn listen(address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).await.map_err(|error| Fault::new(format!("cannot listen on {address}"), error))
}
