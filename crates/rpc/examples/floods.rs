//! Measures what floods of HTTP/2 control frames cost a server and its other clients: `cargo run --release --package
//! docket-rpc --example floods`. Loopback only; each flood lasts five seconds.
//!
//! The server is a process of its own, so that its CPU time can be told from that of the clients.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use docket_identity::{Clock, Random};
use docket_rpc::{Health, ServerSettings, ShieldSettings, serve, shield};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

const TIME: Duration = Duration::from_secs(5);
/// Connections that flood at once.
const CONNECTIONS: usize = 4;
/// Of Linux on every machine that this runs on.
const TICKS_A_SECOND: f64 = 100.0;
const CHUNK: usize = 64 * 1024;
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return serve_health().await;
    }
    let mut server = Server::start()?;
    server.measure("no flood", None).await?;
    let floods = [
        Flood { name: "PING", first: vec![], frames: |_| frame(PING, 0, 0, b"are you?") },
        Flood { name: "PING ACK", first: vec![], frames: |_| frame(PING, 1, 0, b"are you?") },
        Flood { name: "SETTINGS", first: vec![], frames: |_| frame(SETTINGS, 0, 0, &[]) },
        Flood { name: "WINDOW_UPDATE", first: vec![], frames: |_| frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]) },
        Flood { name: "PRIORITY", first: vec![], frames: |_| frame(PRIORITY, 0, 1, &[0, 0, 0, 0, 1]) },
        Flood { name: "empty DATA", first: headers(1), frames: |_| frame(DATA, 0, 1, &[]) },
        Flood { name: "unknown frames", first: vec![], frames: |_| frame(0xfa, 0, 0, &[]) },
        Flood {
            name: "rapid reset",
            first: vec![],
            frames: |index| [headers(index * 2 + 1), frame(RST_STREAM, 0, index * 2 + 1, &[0, 0, 0, 8])].concat(),
        },
    ];
    for flood in &floods {
        server.measure(flood.name, Some(flood)).await?;
    }
    Ok(())
}

/// Answers health checks, with the usual settings.
async fn serve_health() -> Result<(), Box<dyn Error>> {
    let shutdown = CancellationToken::new();
    let health = Health::new(shutdown.clone());
    let settings = ShieldSettings::new(Clock::system(), Random::system(), shutdown.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    // It has CPU time to itself: the floods come from elsewhere.
    let service = shield(Routes::new(health.service()), settings);
    serve(listener, service, shutdown, ServerSettings::default()).await;
    Ok(())
}

/// What a client sends again and again after the preface and `first`.
struct Flood {
    name: &'static str,
    first: Vec<u8>,
    frames: fn(u32) -> Vec<u8>,
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start() -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.arg("serve").stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(process.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { process, address: line.trim().parse()? })
    }

    /// Calls one after the other while the flood lasts, and tells how long they took and what the server spent.
    async fn measure(&mut self, name: &str, flood: Option<&Flood>) -> Result<(), Box<dyn Error>> {
        let channel = Endpoint::from_shared(format!("http://{}", self.address))?.connect().await?;
        let mut client = HealthClient::new(channel);
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let threads: Vec<_> =
            flood.iter().flat_map(|flood| (0..CONNECTIONS).map(|_| self.flood(flood, &stop, &sent))).collect();
        let (start, before, mut times) = (Instant::now(), self.cpu_time()?, Vec::new());
        while start.elapsed() < TIME {
            let call = Instant::now();
            client.check(HealthCheckRequest::default()).await?;
            times.push(call.elapsed());
        }
        let cpu = (self.cpu_time()? - before) / start.elapsed().as_secs_f64();
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| drop(thread.join()));
        times.sort();
        let quantile = |part: usize| times[times.len() * part / 100];
        let frames = sent.load(Ordering::Relaxed) / TIME.as_secs();
        writeln!(
            std::io::stdout(),
            "{name:15} {frames:>9} frames/s  {cpu:4.2} cores  {:>6} calls  p50 {:?}  p99 {:?}",
            times.len(),
            quantile(50),
            quantile(99)
        )?;
        Ok(())
    }

    fn flood(&self, flood: &Flood, stop: &Arc<AtomicBool>, sent: &Arc<AtomicU64>) -> thread::JoinHandle<()> {
        let (address, first, frames) = (self.address, flood.first.clone(), flood.frames);
        let (stop, sent) = (Arc::clone(stop), Arc::clone(sent));
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                // A connection that the server ends is opened anew.
                drop(send(address, &first, frames, &stop, &sent));
            }
        })
    }

    /// User and system time so far, in seconds (proc(5), stat).
    fn cpu_time(&self) -> Result<f64, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(2).map(str::parse).collect::<Result<_, _>>()?;
        Ok(ticks.iter().sum::<f64>() / TICKS_A_SECOND)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn send(
    address: SocketAddr,
    first: &[u8],
    frames: fn(u32) -> Vec<u8>,
    stop: &AtomicBool,
    sent: &AtomicU64,
) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_write_timeout(Some(Duration::from_millis(100)))?;
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), first].concat())?;
    let mut answers = stream.try_clone()?;
    let reader = thread::spawn(move || {
        let mut buffer = vec![0; CHUNK];
        while answers.read(&mut buffer).is_ok_and(|length| length > 0) {}
    });
    let mut index = 0;
    let mut result = Ok(());
    while result.is_ok() && !stop.load(Ordering::Relaxed) {
        let mut chunk = Vec::with_capacity(CHUNK + 100);
        let before = index;
        while chunk.len() < CHUNK {
            chunk.extend(frames(index));
            index += 1;
        }
        result = write_all(&mut stream, &chunk, stop);
        sent.fetch_add(u64::from(index - before), Ordering::Relaxed);
    }
    drop(stream.shutdown(std::net::Shutdown::Both));
    drop(reader.join());
    result
}

/// Waits for room, but no longer than the flood lasts.
fn write_all(stream: &mut TcpStream, mut bytes: &[u8], stop: &AtomicBool) -> std::io::Result<()> {
    while !bytes.is_empty() && !stop.load(Ordering::Relaxed) {
        match stream.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// RFC 9113, 4.1.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("frames are short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A call without its message (RFC 7541, Appendix A).
fn headers(stream: u32) -> Vec<u8> {
    let mut block = vec![0x83, 0x86, 0x04, 28]; // POST, http, :path
    block.extend(b"/grpc.health.v1.Health/Check");
    block.extend([0x01, 9]);
    block.extend(b"localhost");
    block.extend([0x0f, 16, 16]);
    block.extend(b"application/grpc");
    frame(HEADERS, 4, stream, &block)
}
