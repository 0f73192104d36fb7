//! The connections that are open: how many, from where, and which of them has been idle for longest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ConnectionCount;
use super::activity::Activity;
use crate::SourceNetwork;
use crate::quota::{Exceeded, Held, Quota};

/// How often all connections are looked through for idle ones, at most.
const SEARCH_INTERVAL: Duration = Duration::from_millis(100);

/// All connections of a server. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct OpenConnections {
    start: Instant,
    quota: Arc<Quota>,
    count: ConnectionCount,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    next_id: u64,
    by_id: HashMap<u64, Entry>,
    /// Id and time of those that were idle when they were last looked for, the longest idle at the end.
    idle: Vec<(u64, u64)>,
    searched: Option<Instant>,
}

#[derive(Debug)]
struct Entry {
    activity: Arc<Activity>,
    make_room: CancellationToken,
    /// Dropped with the entry.
    _place: Held,
}

/// A place among the open connections, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    connections: OpenConnections,
    /// What goes on on the connection.
    pub(super) activity: Arc<Activity>,
    /// Cancelled when the connection has to end, for another.
    pub(super) make_room: CancellationToken,
}

impl OpenConnections {
    /// At most `limit`, a share of them from one network.
    pub(super) fn new(limit: usize, count: ConnectionCount) -> Self {
        Self { start: Instant::now(), quota: Quota::new(limit), count, open: Arc::default() }
    }

    /// A place for a connection from `network`. Where all are taken, the connection that has been idle for longest
    /// has to go.
    pub(super) fn admit(&self, network: Option<SourceNetwork>) -> Result<Place, Exceeded> {
        let mut open = self.open.lock().expect("no holder panics");
        let place = match self.quota.take(network, 1) {
            Err(Exceeded::Limit) if open.end_longest_idle() => self.quota.take(network, 1),
            taken => taken,
        }?;
        let (activity, make_room) = (Activity::new(self.start), CancellationToken::new());
        let id = open.next_id;
        open.next_id += 1;
        let entry = Entry { activity: Arc::clone(&activity), make_room: make_room.clone(), _place: place };
        open.by_id.insert(id, entry);
        self.count.set(open.by_id.len());
        Ok(Place { id, connections: self.clone(), activity, make_room })
    }
}

impl Open {
    /// Tells the connection that has been idle for longest to end, and gives its place free; false where none is idle.
    fn end_longest_idle(&mut self) -> bool {
        if self.idle.is_empty() {
            self.find_idle();
        }
        while let Some((since, id)) = self.idle.pop() {
            let still_idle = self.by_id.get(&id).is_some_and(|entry| entry.activity.idle_since() == Some(since));
            if still_idle && let Some(entry) = self.by_id.remove(&id) {
                entry.make_room.cancel();
                return true;
            }
        }
        false
    }

    /// A search costs time in proportion to the connections; it serves as many newcomers as it finds idle ones.
    fn find_idle(&mut self) {
        let now = Instant::now();
        if self.searched.is_some_and(|last| now < last + SEARCH_INTERVAL) {
            return;
        }
        self.searched = Some(now);
        let idle = self.by_id.iter().filter_map(|(id, entry)| Some((entry.activity.idle_since()?, *id)));
        self.idle.extend(idle);
        self.idle.sort_unstable_by(|one, other| other.cmp(one));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().expect("no holder panics");
        open.by_id.remove(&self.id);
        self.connections.count.set(open.by_id.len());
    }
}
