//! What the writer is asked to do, and what of it one transaction takes.

use bytes::Bytes;
use hamsa_schemas::IdempotencyKey;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::upkeep::{Chore, Outcome};
use crate::store::{Acceptance, Conclusion, Lease, StoreError};

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;
pub(super) type Leases = Vec<(Lease, Conclusion)>;

pub(super) enum Command {
    Accept(Delivery),
    Conclude(Leases, Reply<usize>),
    /// Rare work of people and of housekeeping.
    Upkeep(Chore, Reply<Outcome>),
    /// Whether another process has changed the file.
    Look,
    /// Whether something can be written now.
    Check(Reply<()>),
    Close(Reply<()>),
}

pub(super) struct Delivery {
    pub(super) key: IdempotencyKey,
    pub(super) body: Bytes,
    pub(super) reply: Reply<Acceptance>,
    /// Its share of the memory that the queue may take.
    pub(super) _share: OwnedSemaphorePermit,
}

#[derive(Default)]
pub(super) struct Group {
    pub(super) accepts: Vec<Delivery>,
    pub(super) concludes: Vec<(Leases, Reply<usize>)>,
    pub(super) chores: Vec<(Chore, Reply<Outcome>)>,
    pub(super) questions: Vec<Reply<()>>,
    pub(super) closing: Option<Reply<()>>,
}

impl Group {
    pub(super) fn add(&mut self, command: Command) {
        match command {
            Command::Accept(delivery) => self.accepts.push(delivery),
            Command::Conclude(leases, reply) => self.concludes.push((leases, reply)),
            Command::Upkeep(chore, reply) => self.chores.push((chore, reply)),
            // Every group looks first.
            Command::Look => {}
            Command::Check(reply) => self.questions.push(reply),
            Command::Close(reply) => self.closing = Some(reply),
        }
    }

    fn writes(&self) -> bool {
        !(self.accepts.is_empty() && self.concludes.is_empty() && self.chores.is_empty())
    }

    /// Whether there is nothing to write and nobody to answer.
    pub(super) fn is_only_a_look(&self) -> bool {
        !self.writes() && self.questions.is_empty()
    }

    /// Whether nothing is to be written but what answers [`Command::Check`].
    pub(super) fn is_only_a_question(&self) -> bool {
        !self.writes() && !self.questions.is_empty()
    }

    /// Tells everybody; what remains is whether to close.
    pub(super) fn fail(self, error: &StoreError) -> Option<Reply<()>> {
        for delivery in self.accepts {
            let _ = delivery.reply.send(Err(error.clone()));
        }
        for reply in self.concludes.into_iter().map(|(_, reply)| reply) {
            let _ = reply.send(Err(error.clone()));
        }
        for reply in self.chores.into_iter().map(|(_, reply)| reply) {
            let _ = reply.send(Err(error.clone()));
        }
        for reply in self.questions {
            let _ = reply.send(Err(error.clone()));
        }
        self.closing
    }
}
