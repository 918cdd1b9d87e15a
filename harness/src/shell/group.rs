//! A command together with everything it starts, so that nothing of it stays behind.

use tokio::process::{Child, Command};

/// The process group that a command leads. Dropping it kills what is left of the group.
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

    /// Kills every process of the group, once: the id is free for others when nobody is left.
    pub(crate) fn kill(&mut self) {
        if let Some(leader) = self.leader.take() {
            // It only fails when all of them have ended.
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
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

    pub(crate) fn kill(&mut self) {}
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
