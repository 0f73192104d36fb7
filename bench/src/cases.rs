//! Every pair of a call and a way to it that is measured, and how.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::bed::Bed;
use crate::calls::Kind;
use crate::figures::Figures;
use crate::hashing;
use crate::load::{self, Call, Protocol};

/// Enough to keep two cores and a pool of eight connections busy.
const IN_FLIGHT: usize = 64;
/// Hashing takes one core each; more would only wait.
const SIGN_INS_IN_FLIGHT: usize = 4;

/// Where a call goes, and through what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// The bare tonic server.
    Bare,
    /// `docket serve` on SQLite: through the gateway in the same process.
    Sqlite(Protocol),
    /// PostgreSQL's own benchmark with the task service's statements.
    Pgbench,
    /// The task service on PostgreSQL, without the gateway.
    Direct,
    /// The task service on PostgreSQL, through the gateway in a process of its own.
    Gateway(Protocol),
    /// As [`Self::Pgbench`], with row-level security off.
    PgbenchUnwalled,
    /// As [`Self::Direct`], with row-level security off.
    DirectUnwalled,
    /// Argon2 in a loop.
    Loop,
}

/// A call and a way.
pub(crate) type Case = (Kind, Way);

/// All of them, in an order that puts next to each other what is compared.
pub(crate) fn all() -> Vec<Case> {
    use Kind::{CreateTask, Echo, GetTask, ListTasks, SignIn};
    use Protocol::{Grpc, Web};
    let mut cases = vec![(Echo, Way::Bare)];
    for kind in [GetTask, ListTasks, CreateTask] {
        cases.extend([(kind, Way::Sqlite(Grpc)), (kind, Way::Sqlite(Web))]);
    }
    for kind in [GetTask, ListTasks, CreateTask] {
        cases.extend([Way::Pgbench, Way::Direct, Way::Gateway(Grpc), Way::Gateway(Web)].map(|way| (kind, way)));
    }
    cases.extend([(GetTask, Way::PgbenchUnwalled), (GetTask, Way::DirectUnwalled)]);
    cases.extend([(SignIn, Way::Loop), (SignIn, Way::Sqlite(Grpc))]);
    cases
}

/// Measures one case for `time`.
pub(crate) async fn measure(bed: &Bed, (kind, way): Case, time: Duration) -> anyhow::Result<Figures> {
    match way {
        Way::Loop => hashing::measure(time),
        Way::Pgbench => pgbench(bed, kind, time).await,
        Way::PgbenchUnwalled | Way::DirectUnwalled => {
            bed.database.set_row_security(false)?;
            let figures = match way {
                Way::PgbenchUnwalled => pgbench(bed, kind, time).await,
                _ => under_load(bed, kind, Way::Direct, time).await,
            };
            bed.database.set_row_security(true)?;
            figures
        }
        Way::Bare | Way::Sqlite(_) | Way::Direct | Way::Gateway(_) => under_load(bed, kind, way, time).await,
    }
}

async fn pgbench(bed: &Bed, kind: Kind, time: Duration) -> anyhow::Result<Figures> {
    let (statements, created) = bed.statements(kind).await?;
    bed.database.measure(&statements, Some(created.as_str()).filter(|id| !id.is_empty()), time)
}

async fn under_load(bed: &Bed, kind: Kind, way: Way, time: Duration) -> anyhow::Result<Figures> {
    let serve = bed.one.serve();
    let (address, account, protocol, processes) = match way {
        Way::Sqlite(protocol) => (serve.address(), &bed.on_sqlite, protocol, vec![serve.id()]),
        Way::Direct => (bed.task.address(), &bed.on_postgres, Protocol::Grpc, vec![bed.task.id()]),
        Way::Gateway(protocol) => {
            (bed.gateway.address(), &bed.on_postgres, protocol, vec![bed.gateway.id(), bed.task.id()])
        }
        _ => (bed.echo.address, &bed.on_sqlite, Protocol::Grpc, vec![bed.echo.id()]),
    };
    let sample = account.sample(kind).await?;
    let mut call = Call {
        address,
        path: kind.path(),
        protocol,
        access_token: account.access_token.clone(),
        request: sample.request,
        answer_length: sample.answer.len(),
        in_flight: if kind == Kind::SignIn { SIGN_INS_IN_FLIGHT } else { IN_FLIGHT },
    };
    if protocol == Protocol::Web {
        call.answer_length = web_answer_length(&call)?;
    }
    load::measure(&call, time, &processes)
}

/// How long the body of a good gRPC-Web answer is: its trailers are part of it.
fn web_answer_length(call: &Call) -> anyhow::Result<usize> {
    let mut connection = TcpStream::connect(call.address)?;
    // Of version 1.0, so that the body comes whole and not in chunks.
    write!(
        connection,
        "POST {} HTTP/1.0\r\nhost: {}\r\ncontent-type: application/grpc-web+proto\r\ncontent-length: {}\r\n\
         authorization: Bearer {}\r\n\r\n",
        call.path,
        call.address,
        call.request.len(),
        call.access_token
    )?;
    connection.write_all(&call.request)?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    ensure!(text.contains("grpc-status:0"), "the call fails through gRPC-Web: {text}");
    let head = answer.windows(4).position(|window| window == b"\r\n\r\n").context("the answer has no body")?;
    Ok(answer.len() - head - 4)
}
