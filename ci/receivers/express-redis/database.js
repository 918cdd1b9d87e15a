// The "database" of the guide's samples, kept in Redis.
//
// Every write adds a row: work done twice is two rows, as it would be two e-mails.
// Beside each row stands the key of the event that caused it, which is what
// GET /effects answers. That key is all this file adds to the samples' data.

import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';

export const redisPort = Number(process.env.REDIS_PORT ?? 6379);
export const client = createClient({ url: `redis://127.0.0.1:${redisPort}` });
client.on('error', (error) => console.error('Redis error:', error.message));
await client.connect();

const table = (kind) => ({
  async create(data, { callId, eventType, timestamp }) {
    const effect = JSON.stringify({ callId, eventType, timestamp, kind });
    await client
      .multi()
      .rPush(`table:${kind}`, JSON.stringify(data))
      .zAdd('effects', { score: 0, value: `${callId}\n${randomUUID()}\n${effect}` })
      .exec();
  },
});

export const database = {
  calls: table('calls'),
  completedCalls: table('completedCalls'),
  transcriptions: table('transcriptions'),
  toolExecutions: table('toolExecutions'),
};

/** What the database holds for calls whose id starts with `prefix`. */
export async function effects(prefix = '') {
  const [from, to] = prefix ? [`[${prefix}`, Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(0xff)])] : ['-', '+'];
  const members = await client.zRange('effects', from, to, { BY: 'LEX' });
  return members.map((member) => JSON.parse(member.slice(member.lastIndexOf('\n') + 1)));
}
