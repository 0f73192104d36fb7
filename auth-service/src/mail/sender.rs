//! Sends what waits.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use docket_identity::Clock;
use docket_rpc::{Admin, Job, LogLimit, Metric, Origin};
use docket_storage::{StoreError, within};
use futures_util::FutureExt as _;
use lettre::message::Mailbox;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;

use super::outlet::NotSent;
use super::{Outlet, message};
use crate::domain::{MAIL_LIFE, Mail, pause_after};
use crate::store::{Store, WaitingMails};

/// Interval of looking for mails.
const INTERVAL: Duration = Duration::from_secs(1);
/// Number of looks between two counts of the mails that wait.
const LOOKS_PER_COUNT: u64 = 10;
/// Time to finish the mail that is under way at the shutdown: within the ten seconds that a process may take to stop.
const FINISH_LIMIT: Duration = Duration::from_secs(5);
/// Time limit of a statement.
const STATEMENT_LIMIT: Duration = Duration::from_secs(5);

const SENT: Metric = Metric::counter("docket_mails_sent", "Mails that the mail server took, or that were written");
const REFUSED: Metric = Metric::counter(
    "docket_mails_refused",
    "Mails that were dropped: refused for good by the mail server, or impossible to write",
);
const EXPIRED: Metric = Metric::counter("docket_mails_expired", "Mails that were given up after a day of attempts");
const WAITING: Metric = Metric::gauge("docket_mails_waiting", "Mails that wait to be sent");
const WAITING_AGE: Metric = Metric::gauge("docket_mails_waiting_age_seconds", "Age of the oldest mail that waits");

/// Sends mails. Cloning is cheap; clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Mailer {
    store: Store,
    outlet: Outlet,
    from: Mailbox,
    public_url: Origin,
    clock: Clock,
    job: Job,
    log_limit: Arc<LogLimit>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    sent: Arc<AtomicU64>,
    refused: Arc<AtomicU64>,
    expired: Arc<AtomicU64>,
    waiting: Arc<AtomicU64>,
    /// Seconds.
    waiting_age: Arc<AtomicU64>,
}

impl Mailer {
    /// A sender of what `store` holds.
    pub(crate) fn new(store: Store, outlet: Outlet, from: Mailbox, public_url: Origin, clock: Clock) -> Self {
        Self {
            store,
            outlet,
            from,
            public_url,
            clock,
            job: Job::new("send_mails"),
            log_limit: Arc::default(),
            counts: Arc::default(),
        }
    }

    /// Sends what is due, until `shutdown`. The mail that is under way then is finished: left alone, it might be sent
    /// again.
    pub(crate) async fn run(&self, shutdown: &CancellationToken) {
        match &self.outlet {
            Outlet::Smtp { .. } => tracing::info!(to = %self.outlet, "mails are sent"),
            Outlet::Folder(_) => {
                tracing::warn!(to = %self.outlet, "mails are not sent but written to files: set --smtp-url");
            }
        }
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for look in 0_u64.. {
            if shutdown.run_until_cancelled(ticks.tick()).await.is_none() {
                return;
            }
            let sent = self.send_due(shutdown).await;
            self.job.record(&sent);
            if let Err(error) = sent
                && self.log_limit.permits()
            {
                tracing::warn!(error = &error as &dyn Error, "mails that wait can't be read; it is tried again");
            }
            if look.is_multiple_of(LOOKS_PER_COUNT) {
                self.count().await;
            }
        }
    }

    /// Sends each mail that is due, until `shutdown`.
    async fn send_due(&self, shutdown: &CancellationToken) -> Result<(), StoreError> {
        while !shutdown.is_cancelled() {
            let now = self.clock.now();
            if !within(STATEMENT_LIMIT, self.store.has_due_mail(now)).await? {
                return Ok(());
            }
            let Some(mail) = within(STATEMENT_LIMIT, self.store.take_due_mail(now)).await? else { return Ok(()) };
            tokio::select! {
                sent = self.send(&mail, now) => sent?,
                () = shutdown.cancelled().then(|()| sleep(FINISH_LIMIT)) => {
                    tracing::warn!(mail = %mail.id, "a mail was under way at the end; it may be sent again");
                }
            }
        }
        Ok(())
    }

    async fn send(&self, mail: &Mail, now: DateTime<Utc>) -> Result<(), StoreError> {
        let id = mail.id;
        let message = match message::of_notice(&self.from, mail, &self.public_url) {
            Ok(message) => message,
            Err(error) => {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                tracing::error!(mail = %id, error = &error as &dyn Error, "a mail can't be written; it is dropped");
                return self.delete(mail).await;
            }
        };
        match self.outlet.send(&id.to_string(), &message).await {
            Ok(()) => {
                self.counts.sent.fetch_add(1, Ordering::Relaxed);
                tracing::info!(mail = %id, notice = ?mail.notice, "a mail was sent");
                self.delete(mail).await
            }
            Err(error) if error.is_final() => {
                self.counts.refused.fetch_add(1, Ordering::Relaxed);
                tracing::error!(mail = %id, error = &error as &dyn Error, "a mail was refused for good; it is dropped");
                self.delete(mail).await
            }
            Err(error) => self.postpone(mail, now, &error).await,
        }
    }

    /// Lets a mail wait for another attempt, unless it is too old by then.
    async fn postpone(&self, mail: &Mail, now: DateTime<Utc>, error: &NotSent) -> Result<(), StoreError> {
        let (id, attempts) = (mail.id, mail.attempts);
        if now + pause_after(attempts) > mail.event_time + MAIL_LIFE {
            self.counts.expired.fetch_add(1, Ordering::Relaxed);
            tracing::error!(mail = %id, attempts, error = error as &dyn Error, "a mail was not sent within a day; it is dropped");
            return self.delete(mail).await;
        }
        tracing::warn!(mail = %id, attempts, error = error as &dyn Error, "a mail was not sent; it is tried again");
        within(STATEMENT_LIMIT, self.store.postpone_mail(mail, now)).await
    }

    async fn delete(&self, mail: &Mail) -> Result<(), StoreError> {
        within(STATEMENT_LIMIT, self.store.delete_mail(mail.id)).await
    }

    async fn count(&self) {
        // Where the database fails, what was counted before stands; looking for mails says so in the log.
        let Ok(waiting) = within(STATEMENT_LIMIT, self.store.waiting_mails()).await else { return };
        let WaitingMails { count, oldest } = waiting;
        let age = oldest.map_or(0, |oldest| (self.clock.now() - oldest).num_seconds());
        self.counts.waiting.store(count, Ordering::Relaxed);
        self.counts.waiting_age.store(age.try_into().unwrap_or(0), Ordering::Relaxed);
    }

    /// Registers what it counts with `admin`.
    pub(crate) fn observe(&self, service: &'static str, admin: &mut Admin) {
        let Counts { sent, refused, expired, waiting, waiting_age } = &*self.counts;
        for (metric, value) in
            [(SENT, sent), (REFUSED, refused), (EXPIRED, expired), (WAITING, waiting), (WAITING_AGE, waiting_age)]
        {
            let value = Arc::clone(value);
            admin.observe(metric, vec![], move || Some(value.load(Ordering::Relaxed) as f64));
        }
        admin.observe_job(service, &self.job);
    }
}
