// The guide's Stage 4 "Basic Handler" with Stage 5 "Bull Queue", settings unchanged. Nothing drains the queue:
// compared is what it costs to take an event.

import Queue from 'bull';
import express from 'express';
import { verifyToken } from './verify.js';

const redis = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };
const eventQueue = new Queue('call-events', { redis });

const app = express();
app.use(express.json());

app.post('/webhook', verifyToken, async (req, res) => {
  const event = req.body;
  try {
    await eventQueue.add('process-event', event, {
      attempts: 3,
      backoff: { type: 'exponential', delay: 2000 },
      removeOnComplete: true,
      removeOnFail: false,
    });
    res.status(200).json({ received: true });
  } catch (error) {
    console.error('Queue error:', error);
    res.status(500).json({ error: 'Failed to queue event' });
  }
});

app.get('/stored', async (req, res) => {
  res.json({ pending: await eventQueue.getWaitingCount() });
});

await eventQueue.isReady();
app.listen(Number(process.env.PORT), '127.0.0.1');
