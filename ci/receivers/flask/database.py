"""The "database" of the guide's samples: one SQLite file.

Every write adds a row: work done twice is two rows, as it would be two e-mails.
Beside each row stands the key of the event that caused it, which is what
GET /effects answers. That key is all this file adds to the samples' data.
"""

import json
import os
import sqlite3
from contextlib import closing

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS records (call_id, event_type, timestamp, kind, data);
CREATE INDEX IF NOT EXISTS records_by_call ON records (call_id);
"""


def connect():
    return closing(sqlite3.connect(os.environ.get('DATABASE', 'calls.db'), timeout=30))


def create_tables():
    with connect() as connection:
        connection.executescript(SCHEMA)


def create(kind, data, event):
    key = [event.get(name) for name in ('callId', 'eventType', 'timestamp')]
    with connect() as connection, connection:
        connection.execute('INSERT INTO records VALUES (?, ?, ?, ?, ?)', [*key, kind, json.dumps(data)])


def effects(prefix):
    """What the database holds for calls whose id starts with `prefix`."""
    query = 'SELECT call_id, event_type, timestamp, kind FROM records'
    bounds = []
    if prefix:
        query += ' WHERE call_id >= ? AND call_id < ?'
        bounds = [prefix, prefix + '\U0010ffff']
    names = ('callId', 'eventType', 'timestamp', 'kind')
    with connect() as connection:
        return [dict(zip(names, row)) for row in connection.execute(query, bounds)]
