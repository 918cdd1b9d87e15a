//! The one thread that writes.
//!
//! It takes everything that waits, makes it one transaction, and answers after the commit: while one fsync
//! runs, the next group gathers, so the disk's speed bounds groups per second and not events per second.
//! A group stands or falls as a whole; when it falls everybody in it is told, and the senders come again.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::mpsc;

use super::desk::Desk;
use super::group::{Command, Delivery, Group, Reply};
use super::identity::Identity;
use super::statements::{Fate, accept, conclude};
use super::upkeep::{self, Chore, Outcome};
use super::{layout, reader};
use crate::store::agenda::{later, now_ms};
use crate::store::{Acceptance, Conclusion, Lease, StoreError, Task};

/// Commands that fit one transaction; bounds the wait of the first in it.
const GROUP: usize = 512;
/// How long a commit, good or bad, answers for the next one.
const FRESH: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    connection: Connection,
    identity: Identity,
    desk: Arc<Desk>,
    last: Option<(Instant, Result<(), StoreError>)>,
    /// Of the file, when it was last looked at.
    seen: i64,
    pruned_to: i64,
}

#[derive(Default)]
struct Written {
    /// The id is that of a new event.
    accepted: Vec<(Acceptance, Option<i64>)>,
    concluded: Vec<Vec<Fate>>,
    kept: Vec<Outcome>,
}

impl Writer {
    /// Starts the thread. It runs until [`Command::Close`] or until every sender is gone.
    pub(super) fn start(
        connection: Connection,
        identity: Identity,
        desk: Arc<Desk>,
        queue: usize,
    ) -> std::io::Result<mpsc::Sender<Command>> {
        let writer = Self {
            connection,
            identity,
            desk,
            last: None,
            // Not that of any file, so the first group looks.
            seen: -1,
            pruned_to: 0,
        };
        let (sender, receiver) = mpsc::channel(queue);
        std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer.run(receiver))?;
        Ok(sender)
    }

    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut waiting = Vec::with_capacity(GROUP);
        while commands.blocking_recv_many(&mut waiting, GROUP) > 0 {
            // Who has something to send now gets to it first: a larger group for the same fsync.
            std::thread::yield_now();
            while waiting.len() < GROUP
                && let Ok(command) = commands.try_recv()
            {
                waiting.push(command);
            }
            let mut group = Group::default();
            waiting.drain(..).for_each(|command| group.add(command));
            let closing = match self.write(&group) {
                Ok(written) => self.answer(group, written),
                Err(error) => {
                    // What waits would wait as long again, and its senders have waited already.
                    for _ in 0..commands.len() {
                        commands.try_recv().into_iter().for_each(|c| group.add(c));
                    }
                    tracing::error!(%error, accepts = group.accepts.len(), "group not committed");
                    group.fail(&error)
                }
            };
            if let Some(reply) = closing {
                let _ = reply.send(close(self.connection));
                return;
            }
        }
    }

    fn write(&mut self, group: &Group) -> Result<Written, StoreError> {
        if group.is_only_a_look() {
            self.look()?;
            return Ok(Written::default());
        }
        if group.is_only_a_question()
            && let Some((when, last)) = &self.last
            && when.elapsed() < FRESH
        {
            last.clone()?;
            self.identity.check()?;
            return Ok(Written::default());
        }
        let written = self.commit(group);
        if written.is_err() {
            // It may have been committed and yet not be told; the next look finds it.
            self.seen = -1;
        }
        let result = written.as_ref().map(|_| ()).map_err(StoreError::clone);
        // A completion is small and may fit where no event does any more.
        if result.is_err() || !group.accepts.is_empty() || group.is_only_a_question() {
            self.last = Some((Instant::now(), result));
        }
        written
    }

    fn commit(&mut self, group: &Group) -> Result<Written, StoreError> {
        self.identity.check()?;
        self.look()?;
        let erases = group
            .chores
            .iter()
            .any(|(chore, _)| matches!(chore, Chore::Forget(_)));
        if erases {
            layout::overwrite_deleted(&self.connection, true)?;
        }
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let now_ms = now_ms();
        let mut written = Written::default();
        let has_forgotten = !group.accepts.is_empty() && upkeep::has_forgotten(&transaction)?;
        for Delivery { key, body, .. } in &group.accepts {
            let accepted = accept(&transaction, key, body, now_ms, has_forgotten)?;
            written.accepted.push(accepted);
        }
        for (leases, _) in &group.concludes {
            let fates = leases.iter().map(|(lease, conclusion)| {
                conclude(&transaction, &self.desk, lease, conclusion, now_ms)
            });
            written.concluded.push(fates.collect::<Result<_, _>>()?);
        }
        for (chore, _) in &group.chores {
            let outcome = upkeep::run(&transaction, chore, &mut self.pruned_to, now_ms)?;
            written.kept.push(outcome);
        }
        if group.is_only_a_question() {
            layout::rewrite_version(&transaction)?;
        }
        transaction.commit()?;
        if erases {
            layout::overwrite_deleted(&self.connection, false)?;
            // The log has older pages. A reader in mid query keeps some of it until the next time.
            let _ = checkpoint(&self.connection);
        }
        // Once more: what was written to a file that went meanwhile is gone with it.
        self.identity.check()?;
        Ok(written)
    }

    /// Takes up what another process has queued.
    fn look(&mut self) -> Result<(), StoreError> {
        let version = layout::data_version(&self.connection)?;
        if version != self.seen {
            reader::look(&self.connection, &self.desk)?;
            self.seen = version;
            Task::ALL.into_iter().for_each(|task| self.desk.wake(task));
        }
        Ok(())
    }

    fn answer(&self, group: Group, written: Written) -> Option<Reply<()>> {
        self.desk.note_accepts(group.accepts.len());
        announce(&self.desk, &group, &written);
        for (delivery, (acceptance, _)) in group.accepts.into_iter().zip(written.accepted) {
            let _ = delivery.reply.send(Ok(acceptance));
        }
        for ((_, reply), outcome) in group.chores.into_iter().zip(written.kept) {
            let _ = reply.send(Ok(outcome));
        }
        for ((_, reply), fates) in group.concludes.into_iter().zip(written.concluded) {
            let applied = fates.iter().filter(|fate| **fate == Fate::Applied);
            let _ = reply.send(Ok(applied.count()));
        }
        for reply in group.questions {
            let _ = reply.send(Ok(()));
        }
        group.closing
    }
}

/// Tells the leasing side what is committed, before anybody gets an answer.
fn announce(desk: &Desk, group: &Group, written: &Written) {
    let mut book = desk.book();
    let mut news: BTreeSet<Task> = BTreeSet::new();
    if let Some(id) = written.accepted.iter().filter_map(|(_, id)| *id).max() {
        book.newest = book.newest.max(id);
        news.insert(Task::Handle);
    }
    let leases = group.concludes.iter().flat_map(|(leases, _)| leases);
    for ((lease, conclusion), fate) in leases.zip(written.concluded.iter().flatten()) {
        let Lease {
            id, task, attempt, ..
        } = *lease;
        if *fate == Fate::Fenced {
            continue;
        }
        book.agenda(task).remove(id);
        match (fate, conclusion) {
            (Fate::Applied, Conclusion::Retry { after }) => {
                book.agenda(task).put(id, attempt, later(now_ms(), *after));
                news.insert(task);
            }
            (Fate::Applied, Conclusion::Done { next, .. }) => {
                for task in next {
                    book.agenda(*task).put(id, 0, now_ms());
                    news.insert(*task);
                }
            }
            _ => {}
        }
    }
    for outcome in &written.kept {
        for id in &outcome.removed {
            book.remove(*id);
        }
        if let Some((id, task)) = outcome.queued {
            book.agenda(task).put(id, 0, now_ms());
            news.insert(task);
        }
    }
    drop(book);
    news.into_iter().for_each(|task| desk.wake(task));
}

fn close(connection: Connection) -> Result<(), StoreError> {
    // The last connection to close checkpoints anyway; doing it here reports a failure.
    checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Moves the whole log into the file, and leaves nothing of it.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
}
