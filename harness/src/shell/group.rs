//! A command together with everything it starts, so that nothing of it stays behind.

use tokio::process::{Child, Command};

/// What can be done to a process from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ends it at once; it cannot notice.
    Kill,
    /// Asks it to end.
    Terminate,
    /// Halts it where it is.
    Stop,
    /// Lets it go on.
    Continue,
}

/// The process group that a command leads. Dropping it kills what is left of the group.
#[derive(Debug)]
pub(crate) struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    /// Lets the command lead a group of its own once it is started.
    pub(crate) fn lead(command: &mut Command) -> &mut Command {
        command.process_group(0)
    }

    /// The group of a child whose command was told to [`lead`](Self::lead).
    pub(crate) fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self {
            leader: id.and_then(rustix::process::Pid::from_raw),
        }
    }

    /// Sends a signal to every process of the group. It only fails when all of them have ended.
    pub(crate) fn signal(&self, signal: Signal) {
        use rustix::process::Signal as Raw;
        let raw = match signal {
            Signal::Kill => Raw::KILL,
            Signal::Terminate => Raw::TERM,
            Signal::Stop => Raw::STOP,
            Signal::Continue => Raw::CONT,
        };
        if let Some(leader) = self.leader {
            let _ = rustix::process::kill_process_group(leader, raw);
        }
    }

    /// True when processes of the group are left.
    pub(crate) fn is_alive(&self) -> bool {
        self.leader
            .is_some_and(|leader| rustix::process::test_kill_process_group(leader).is_ok())
    }

    /// Kills every process of the group, once: the id is free for others when nobody is left.
    pub(crate) fn kill(&mut self) {
        self.signal(Signal::Kill);
        self.leader = None;
    }

    /// Leaves the group alone from now on.
    pub(crate) fn release(&mut self) {
        self.leader = None;
    }
}

/// Without process groups only the command itself is killed, by `kill_on_drop`.
#[cfg(not(unix))]
impl Group {
    pub(crate) fn lead(command: &mut Command) -> &mut Command {
        command
    }

    pub(crate) fn of(_: &Child) -> Self {
        Self {}
    }

    pub(crate) fn signal(&self, _: Signal) {}

    pub(crate) fn is_alive(&self) -> bool {
        false
    }

    pub(crate) fn kill(&mut self) {}

    pub(crate) fn release(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
