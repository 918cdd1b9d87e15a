"""The inbox: one SQLite table that is the duplicate check and the work queue at once.

An event is in the inbox or it is not; there is no moment at which its key is taken but its work is lost.
Everything here runs on one thread, the caller's executor, so that no two transactions wait for each other.
"""

import os
import sqlite3
import time

import handlers

TRIES = 8  # then the event is kept for a person to look at
SCHEMA = """
CREATE TABLE IF NOT EXISTS inbox (
    call_id TEXT, event_type TEXT, timestamp TEXT,
    body BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due REAL DEFAULT 0,  -- NULL: done, or given up
    error TEXT,
    PRIMARY KEY (call_id, event_type, timestamp)
);
CREATE INDEX IF NOT EXISTS inbox_due ON inbox (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS effect (
    call_id TEXT, event_type TEXT, timestamp TEXT, kind TEXT, detail TEXT
);
CREATE INDEX IF NOT EXISTS effect_call ON effect (call_id);
"""


class Inbox:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        # autocommit: transactions begin and end where this file says so
        path = os.path.join(folder, 'inbox.db')
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=4)
        self.db.execute('PRAGMA journal_mode = WAL')
        self.db.execute('PRAGMA synchronous = FULL')  # a commit that returned survives a crash
        self.db.executescript(SCHEMA)

    def accept(self, events):
        """Stores all of [(key, body)] with one commit; says for each whether it was new."""

        def insert():
            statement = 'INSERT INTO inbox (call_id, event_type, timestamp, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING'
            return [self.db.execute(statement, (*key, body)).rowcount == 1 for key, body in events]

        return self._transaction(insert)

    def work(self):
        """Handles what is due, a bounded number at a time; returns in how many seconds there may be more, or None."""
        due = self.db.execute(
            'SELECT call_id, event_type, timestamp, body, tries FROM inbox WHERE due <= ? ORDER BY due LIMIT 50', (time.time(),)
        ).fetchall()
        if due:
            try:
                self._transaction(lambda: [self._handle(*event) for event in due])
            except handlers.Failed:
                # One of them fails: each by itself, so that it spoils no other.
                for event in due:
                    self._handle_or_postpone(*event)
        (next_due,) = self.db.execute('SELECT min(due) FROM inbox').fetchone()
        return None if next_due is None else max(0, next_due - time.time())

    def _handle(self, call_id, event_type, timestamp, body, _tries):
        key = (call_id, event_type, timestamp)
        # Effects and done mark stand in one transaction: both or neither.
        done = self.db.execute(
            'UPDATE inbox SET due = NULL WHERE call_id = ? AND event_type = ? AND timestamp = ? AND due IS NOT NULL', key
        )
        if done.rowcount == 1:
            rows = [(*key, kind, detail) for kind, detail in handlers.effects(event_type, body)]
            self.db.executemany('INSERT INTO effect VALUES (?, ?, ?, ?, ?)', rows)

    def _handle_or_postpone(self, call_id, event_type, timestamp, body, tries):
        try:
            self._transaction(lambda: self._handle(call_id, event_type, timestamp, body, tries))
        except handlers.Failed as failed:
            tries += 1
            due = None if tries == TRIES else time.time() + 2**tries
            self.db.execute(
                'UPDATE inbox SET tries = ?, due = ?, error = ? WHERE call_id = ? AND event_type = ? AND timestamp = ?',
                (tries, due, str(failed), call_id, event_type, timestamp),
            )

    def effects(self, prefix):
        """What was done for the calls whose id begins with the prefix."""
        rows = self.db.execute(
            'SELECT call_id, event_type, timestamp, kind FROM effect WHERE call_id >= ?1 AND call_id < ?1 || char(0x10ffff)',
            (prefix,),
        )
        return [dict(zip(('callId', 'eventType', 'timestamp', 'kind'), row)) for row in rows]

    def _transaction(self, change):
        self.db.execute('BEGIN IMMEDIATE')
        try:
            result = change()
            self.db.execute('COMMIT')
            return result
        except BaseException:
            if self.db.in_transaction:
                self.db.execute('ROLLBACK')
            raise
