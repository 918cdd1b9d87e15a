// The database: the event log with a unique index, and what was done because of each event.
//
// The unique index alone decides what is a duplicate. Two copies at once cannot both pass it, in whatever process.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';

const folder = process.env.DATA_DIR ?? 'data';
mkdirSync(folder, { recursive: true });

const db = new Database(join(folder, 'events.db'), { timeout: 4000 });
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL'); // a commit that returned survives a crash
db.exec(`
  CREATE TABLE IF NOT EXISTS webhook_event (
    id INTEGER PRIMARY KEY,
    event_key TEXT NOT NULL,
    body BLOB NOT NULL,
    status TEXT NOT NULL DEFAULT 'received', -- then completed, or failed
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL DEFAULT 0
  );
  CREATE UNIQUE INDEX IF NOT EXISTS webhook_event_key ON webhook_event (event_key);
  CREATE INDEX IF NOT EXISTS webhook_event_open ON webhook_event (next_attempt) WHERE status = 'received';
  CREATE TABLE IF NOT EXISTS call_log (event_id INTEGER NOT NULL REFERENCES webhook_event, entry TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS call_log_event ON call_log (event_id);
`);

const insert = db.prepare('INSERT INTO webhook_event (event_key, body) VALUES (?, ?)');
const open = db.prepare(
  "SELECT * FROM webhook_event WHERE status = 'received' AND next_attempt <= ? ORDER BY next_attempt, id LIMIT 20",
);
const next = db.prepare("SELECT min(next_attempt) AS at FROM webhook_event WHERE status = 'received'");
const logEntry = db.prepare('INSERT INTO call_log (event_id, entry) VALUES (?, ?)');
const complete = db.prepare("UPDATE webhook_event SET status = 'completed' WHERE id = ? AND status = 'received'");
const postpone = db.prepare('UPDATE webhook_event SET attempts = ?, next_attempt = ?, status = ? WHERE id = ?');
const logged = db.prepare(`
  SELECT event_key FROM call_log JOIN webhook_event ON id = event_id WHERE event_key >= ? AND event_key < ?`);

// One text for three strings that no other three have: a JSON array. Joined with ':' two events could share one, and
// half of a surrogate pair, which the database would replace, is written as an escape.
export const keyOf = (event) => JSON.stringify([event.callId, event.eventType, event.timestamp]);

// Stores [{key, body}] with one commit; says of each whether it was new. Throws if nothing was stored.
export const storeAll = db.transaction((events) =>
  events.map(({ key, body }) => {
    try {
      insert.run(key, body);
      return true;
    } catch (error) {
      if (error.code === 'SQLITE_CONSTRAINT_UNIQUE') return false;
      throw error;
    }
  }),
);

const MOST_ATTEMPTS = 6; // then it stays, as failed, for a person to look at

// Handles what is open, a few events at a time so that answers are not held up. `handle` turns a body into log entries.
// Returns in how many milliseconds there may be more, or undefined.
export function work(handle) {
  workSome.immediate(handle);
  const { at } = next.get();
  return at === null ? undefined : Math.max(0, at - Date.now());
}

const workSome = db.transaction((handle) => {
  for (const event of open.all(Date.now())) {
    try {
      // Its entries and its new status: both or neither. A transaction in another is a savepoint.
      completeOne(event, handle(event.body));
    } catch (error) {
      if (db.inTransaction === false) throw error; // the database's own failure
      const attempts = event.attempts + 1;
      const status = attempts === MOST_ATTEMPTS ? 'failed' : 'received';
      postpone.run(attempts, Date.now() + 1000 * 2 ** attempts, status, event.id);
      console.error('event %d failed, attempt %d: %s', event.id, attempts, error.name); // its message may quote the call
    }
  }
});

const completeOne = db.transaction((event, entries) => {
  if (complete.run(event.id).changes === 0) return;
  for (const entry of entries) logEntry.run(event.id, JSON.stringify(entry));
});

// The keys of what was done for calls whose id begins with the prefix.
export function effects(prefix) {
  const from = JSON.stringify([prefix]).slice(0, -2);
  return logged.all(from, `${from}\u{10ffff}`).map((row) => {
    const [callId, eventType, timestamp] = JSON.parse(row.event_key);
    return { callId, eventType, timestamp };
  });
}

export const close = () => db.close();
