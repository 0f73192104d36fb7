//! The limit of open files, and the number of connections that it allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept for databases, files and libraries.
const RESERVED: u64 = 128;

/// Raises the number of files that this process may have open as far as it is allowed to, and gives the number of
/// connections that fit: at most `wanted`. For composition roots; it changes the process.
pub fn raise_connection_limit(wanted: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    if setrlimit(Resource::Nofile, raised).is_ok() {
        limit = raised;
    }
    let files = limit.current.unwrap_or(u64::MAX);
    let connections = usize::try_from(files.saturating_sub(RESERVED)).unwrap_or(usize::MAX).clamp(1, wanted.max(1));
    tracing::debug!(files, connections, "open files");
    connections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_connections_are_allowed_than_are_wanted_or_fit_and_never_none() {
        assert_eq!(raise_connection_limit(1), 1);
        assert_eq!(raise_connection_limit(0), 1);
        let most = raise_connection_limit(usize::MAX);
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum, "as far as it is allowed to");
        let fits = limit.current.map_or(u64::MAX, |files| files) - RESERVED;
        assert_eq!(u64::try_from(most).expect("64 bits"), fits.min(u64::try_from(usize::MAX).expect("64 bits")));
    }
}
