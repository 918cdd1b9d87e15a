// A receiver for Hamsa's webhooks in plain Node.js: authenticate, check, store, answer; the work follows.
//
// WEBHOOK_SECRET is the whole Authorization value, `Bearer …`. PORT 0 picks a free port. DATA_DIR keeps the database.

import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { close, effects, keyOf, storeAll, work } from './database.js';
import { handle } from './handlers.js';

const LARGEST_BODY = 2 * 1024 * 1024; // a long call's transcript exceeds the 100 kB that some frameworks stop at
const MEMBERS = ['eventType', 'callId', 'timestamp', 'projectId', 'agentId', 'agentName'];

const digest = (text) => createHash('sha256').update(text).digest();
const secret = process.env.WEBHOOK_SECRET?.trim();
if (!secret) {
  console.error('WEBHOOK_SECRET is not set: without it everyone would get in');
  process.exit(1);
}
// Header values arrive as one character per byte.
const expected = digest(Buffer.from(secret).toString('latin1'));

// Digests have one length, so the comparison takes the same time for every wrong value. Two headers are refused.
function authorized(request) {
  const values = request.headersDistinct.authorization ?? [];
  return values.length === 1 && timingSafeEqual(digest(values[0]), expected);
}

async function webhook(request) {
  if (request.method !== 'POST') return [405, { error: 'POST only' }, { allow: 'POST' }];
  // From the headers alone: nobody without the token gets a byte of the body parsed.
  if (!authorized(request)) return [401, { error: 'Unauthorized' }];
  const mediaType = request.headers['content-type']?.split(';')[0].trim().toLowerCase();
  if (mediaType !== 'application/json') return [415, { error: 'application/json only' }];
  const body = await read(request);
  if (body === undefined) return [413, { error: 'Payload too large' }];

  let event;
  try {
    // Strict, where toString() would put replacement characters into ids.
    event = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return [400, { error: 'Invalid JSON' }];
  }
  const details = problems(event);
  if (details.length > 0) return [422, { error: 'Invalid payload', details }];

  const isNew = await store({ key: keyOf(event), body });
  return [200, isNew ? { received: true } : { received: true, duplicate: true }];
}

async function read(request) {
  if (Number(request.headers['content-length']) > LARGEST_BODY) return undefined;
  const chunks = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

// The documented envelope. Types and members that are new are taken; ids are any text, for the guide's own are no UUIDs.
function problems(event) {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return ['not an object'];
  const details = MEMBERS.filter((name) => typeof event[name] !== 'string' || event[name] === '').map(
    (name) => `${name} has to be a non-empty string`,
  );
  const { data } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) details.push('data has to be an object');
  return details;
}

// All events that arrive in one turn of the event loop share a commit, and none is answered before it is on disk.
let arrivals = [];
function store(event) {
  return new Promise((resolve, reject) => {
    if (arrivals.push({ event, resolve, reject }) === 1) setImmediate(commit);
  });
}

function commit() {
  const batch = arrivals;
  arrivals = [];
  try {
    const isNew = storeAll(batch.map(({ event }) => event));
    batch.forEach(({ resolve }, index) => resolve(isNew[index]));
    wake(0);
  } catch (error) {
    console.error('could not store: %s', error.message);
    batch.forEach(({ reject }) => reject(error));
  }
}

// The work of events that are answered, and at the start of those that an earlier process left.
let timer;
let due = Infinity;
function wake(milliseconds) {
  // An earlier appointment stands: put off by every arrival, the work would not begin under load.
  if (due <= Date.now() + milliseconds) return;
  clearTimeout(timer);
  due = Date.now() + milliseconds;
  timer = setTimeout(() => {
    due = Infinity;
    let pause;
    try {
      pause = work(handle);
    } catch (error) {
      console.error('could not work: %s', error.message);
      pause = 1000;
    }
    if (pause !== undefined) wake(pause);
  }, milliseconds);
}

async function answer(request) {
  if (!URL.canParse(request.url, 'http://localhost')) return [404, { error: 'Not found' }];
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/webhook') return webhook(request);
  if (url.pathname !== '/effects') return [404, { error: 'Not found' }];
  if (!authorized(request)) return [401, { error: 'Unauthorized' }];
  return [200, { effects: effects(url.searchParams.get('prefix') ?? '') }];
}

const server = createServer(async (request, response) => {
  let status, content, headers;
  try {
    [status, content, headers] = await answer(request);
  } catch (error) {
    if (request.destroyed && !request.complete) return; // the sender left in the middle of the body: no event
    // Not 200: nothing was kept, so the sender shall come again.
    console.error('not answered: %s', error.name);
    [status, content] = [503, { error: 'Try again' }];
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(content));
  // What is left of a body that nobody wants is read and dropped: closed under it, the sender might never see the answer.
  request.resume();
});
server.requestTimeout = 30_000; // a body has to arrive in that time, and so has what is dropped
server.headersTimeout = 10_000;

server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  wake(0);
  console.log(`listening on http://127.0.0.1:${server.address().port}/webhook`);
});

process.once('SIGTERM', () => {
  server.close(() => {
    clearTimeout(timer);
    close();
  });
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 3000).unref();
});
