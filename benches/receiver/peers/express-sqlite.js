// Express with an embedded database and a unique key: the shortest durable receiver in Node.js.

import Database from 'better-sqlite3';
import express from 'express';
import { verifyToken } from './verify.js';

const database = new Database(process.env.DATABASE);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`
  CREATE TABLE event (
    call_id TEXT NOT NULL, event_type TEXT NOT NULL, timestamp TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (call_id, event_type, timestamp)
  )`);
const insert = database.prepare('INSERT INTO event VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
const count = database.prepare('SELECT count(*) AS pending FROM event');

const app = express();
app.use(express.json());

app.post('/webhook', verifyToken, (req, res) => {
  const event = req.body;
  const { changes } = insert.run(event.callId, event.eventType, event.timestamp, JSON.stringify(event));
  res.status(200).json(changes === 1 ? { received: true } : { received: true, duplicate: true });
});

app.get('/stored', (req, res) => {
  res.json(count.get());
});

app.listen(Number(process.env.PORT), '127.0.0.1');
