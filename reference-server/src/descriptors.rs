//! File descriptors: how many this process may have, and how many connections that allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Kept back for the store, its log and its temporary files, for stdio, the listener and the runtime.
const RESERVE: usize = 64;

/// Raises the soft limit to the hard one. The usual 1,024 is for programs that use `select`.
pub(crate) fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    // Where it cannot be raised, the lower one counts.
    let _ = setrlimit(Resource::Nofile, raised);
}

/// How many of the `wanted` connections fit, never fewer than one.
pub(crate) fn connections(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    let limit = limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    wanted.min(limit.saturating_sub(RESERVE)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_raised_and_bounds_the_connections() {
        raise_limit();
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        assert_eq!(current, maximum);
        assert_eq!(connections(5), 5);
        assert_eq!(connections(0), 1);
        let most = current.map_or(usize::MAX, |limit| limit as usize);
        assert!(connections(usize::MAX) <= most.saturating_sub(1).max(1));
    }
}
