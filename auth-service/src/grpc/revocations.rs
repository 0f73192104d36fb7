//! RevocationService: for services that verify tokens.

use std::collections::VecDeque;
use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use docket_identity::{Revocation, RevocationTarget};
use docket_proto::auth::v1 as proto;
use docket_proto::auth::v1::revocation_service_server::RevocationService;
use docket_rpc::{Reason, Violations, bearer_token, timestamp};
use futures_util::{Stream, StreamExt as _, stream};
use proto::revocation::Target;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use crate::revocations::{News, RevocationFeed, Watch};
use crate::services::{AdmittedService, Services};

/// Number of revocations in one message: about 100 KB.
const CHUNK: usize = 1000;

/// The stream of revocations.
#[derive(Clone, Debug)]
pub(crate) struct RevocationHandlers {
    /// Where they come from.
    pub(crate) feed: RevocationFeed,
    /// Who may watch; `None` for callers in the same process.
    pub(crate) services: Option<Services>,
    /// Ends the streams.
    pub(crate) shutdown: CancellationToken,
}

type Message = Result<proto::WatchRevocationsResponse, Status>;

#[tonic::async_trait]
impl RevocationService for RevocationHandlers {
    type WatchRevocationsStream = Pin<Box<dyn Stream<Item = Message> + Send>>;

    async fn watch_revocations(
        &self,
        request: Request<proto::WatchRevocationsRequest>,
    ) -> Result<Response<Self::WatchRevocationsStream>, Status> {
        let member = match &self.services {
            None => None,
            Some(services) => {
                let headers = request.metadata().clone().into_headers();
                let service = services.admit(bearer_token(&headers)?).await?;
                Some(Member { services: services.clone(), service })
            }
        };
        let watch = self.feed.watch(resume_from(&request.get_ref().resume_token)?);
        Ok(Response::new(messages(watch, member, self.shutdown.clone()).boxed()))
    }
}

/// A service that watches, for as long as its credential is good.
struct Member {
    services: Services,
    service: AdmittedService,
}

/// News as messages, until the server stops or the member's credential is revoked.
fn messages(watch: Watch, member: Option<Member>, shutdown: CancellationToken) -> impl Stream<Item = Message> + Send {
    let start = Some((watch, VecDeque::new(), member, shutdown));
    stream::unfold(start, |state| async {
        let (mut watch, mut waiting, member, shutdown) = state?;
        if waiting.is_empty() {
            tokio::select! {
                () = shutdown.cancelled() => return Some((Err(Reason::ShuttingDown.status()), None)),
                news = watch.next() => waiting = in_chunks(&news),
            }
            // Checked at each wake, twice a second: a revoked credential gets nothing more.
            if let Some(Member { services, service }) = &member
                && let Err(error) = services.check(*service).await
            {
                return Some((Err(error.into()), None));
            }
        }
        let message = waiting.pop_front()?;
        let message = proto::WatchRevocationsResponse { server_time: Some(timestamp(watch.time())), ..message };
        Some((Ok(message), Some((watch, waiting, member, shutdown))))
    })
}

/// The messages for `news`, at least one. Only the last has a resume token.
fn in_chunks(news: &News) -> VecDeque<proto::WatchRevocationsResponse> {
    let chunks: Vec<&[Revocation]> = news.revocations.chunks(CHUNK).collect();
    let resume_token = resume_token(news.resume_from);
    let message = |chunk: &[Revocation], is_last: bool| proto::WatchRevocationsResponse {
        revocations: chunk.iter().map(revocation).collect(),
        resume_token: if is_last { resume_token.clone() } else { String::new() },
        caught_up: is_last,
        // Set when the message is sent.
        server_time: None,
    };
    match chunks.split_last() {
        None => VecDeque::from([message(&[], true)]),
        Some((last, before)) => before.iter().map(|chunk| message(chunk, false)).chain([message(last, true)]).collect(),
    }
}

fn revocation(revocation: &Revocation) -> proto::Revocation {
    let target = match &revocation.target {
        RevocationTarget::Session(id) => Target::SessionId(id.to_string()),
        RevocationTarget::Subject(id) => Target::Subject(id.to_string()),
        RevocationTarget::Key(id) => Target::Kid(id.clone()),
    };
    proto::Revocation {
        target: Some(target),
        revoke_time: Some(timestamp(revocation.revoke_time)),
        expire_time: Some(timestamp(revocation.expire_time)),
    }
}

fn resume_token(time: DateTime<Utc>) -> String {
    URL_SAFE_NO_PAD.encode(time.timestamp_micros().to_be_bytes())
}

fn resume_from(token: &str) -> Result<Option<DateTime<Utc>>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| bytes.try_into().ok());
    let time = bytes.and_then(|bytes| DateTime::from_timestamp_micros(i64::from_be_bytes(bytes)));
    let mut violations = Violations::new();
    if time.is_none() {
        violations.add("resume_token", "must be one that an earlier stream gave");
    }
    violations.finish(time).map(Some)
}

#[cfg(test)]
mod tests {
    use docket_identity::SessionId;
    use docket_testkit::{FakeClock, seeded_random};

    use super::*;

    fn news(count: usize) -> News {
        let (now, random) = (FakeClock::default().now(), seeded_random(1));
        let revocation = |_| Revocation {
            target: RevocationTarget::Session(SessionId::new(now, &random)),
            revoke_time: now,
            expire_time: now,
        };
        News { revocations: (0..count).map(revocation).collect(), resume_from: now }
    }

    #[test]
    fn much_news_comes_in_pieces_and_the_place_to_go_on_behind_the_last() {
        let messages = in_chunks(&news(2001));
        let seen: Vec<_> = messages
            .iter()
            .map(|message| (message.revocations.len(), message.caught_up, !message.resume_token.is_empty()))
            .collect();
        assert_eq!(seen, [(1000, false, false), (1000, false, false), (1, true, true)]);
    }

    #[test]
    fn no_news_is_a_heartbeat() {
        let messages = in_chunks(&news(0));
        assert_eq!(messages.len(), 1);
        assert!(messages[0].revocations.is_empty() && messages[0].caught_up);
    }

    #[test]
    fn a_resume_token_reads_back() {
        let now = FakeClock::default().now();
        assert_eq!(resume_from(&resume_token(now)).unwrap(), Some(now));
        assert_eq!(resume_from("").unwrap(), None);
    }
}
