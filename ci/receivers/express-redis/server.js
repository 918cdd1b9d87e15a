// A webhook receiver as a reader of the provider's guide would put it together:
// Stage 4 "Basic Handler" and "Comprehensive Error Handling", Stage 5 "Redis-Based
// Idempotency" and "Bull Queue". The samples' flaws are kept on purpose; ../README.md lists them.

import express from 'express';
import { client, effects } from './database.js';
import { processEvent } from './queue.js';

const app = express();

app.use(express.json());

function verifyToken(req, res, next) {
  const authHeader = req.headers.authorization;
  const expectedToken = process.env.WEBHOOK_SECRET; // Bearer your_secret_token

  if (authHeader !== expectedToken) {
    return res.status(401).json({ error: 'Unauthorized' });
  }
  next();
}

async function isEventProcessed(event) {
  const eventKey = `webhook:${event.callId}:${event.eventType}:${event.timestamp}`;

  const exists = await client.exists(eventKey);
  if (exists) {
    return true;
  }

  // Mark as processed (expire after 24 hours)
  await client.setEx(eventKey, 86400, 'processed');
  return false;
}

const validEventTypes = ['call.started', 'call.answered', 'transcription.update', 'tool.executed', 'call.ended'];

app.post('/webhook', verifyToken, async (req, res) => {
  try {
    const event = req.body;

    if (!event.callId || !event.eventType) {
      console.error('Invalid payload:', event);
      return res.status(400).json({ error: 'Invalid payload' });
    }

    if (!validEventTypes.includes(event.eventType)) {
      console.warn('Unknown event type:', event.eventType);
      return res.status(200).json({ received: true, warning: 'Unknown event type' });
    }

    if (await isEventProcessed(event)) {
      console.log('Duplicate event, skipping:', event.callId);
      return res.status(200).json({ received: true, duplicate: true });
    }

    const timeoutPromise = new Promise((_, reject) => {
      setTimeout(() => reject(new Error('Processing timeout')), 4000);
    });
    await Promise.race([processEvent(event), timeoutPromise]);

    res.status(200).json({ received: true });
  } catch (error) {
    console.error('Webhook error:', { error: error.message, stack: error.stack, body: req.body });

    // 200 even so, to prevent retries for processing errors
    res.status(200).json({ received: true, processing_error: true, error_id: generateErrorId() });
  }
});

function generateErrorId() {
  return `err_${Date.now()}_${Math.random().toString(36).substr(2, 9)}`;
}

// Not in the guide: lets the harness see what the database really holds.
app.get('/effects', async (req, res) => {
  res.json({ effects: await effects(req.query.prefix) });
});

const port = Number(process.env.PORT ?? 3000);
app.listen(port, '127.0.0.1', () => {
  console.log(`Webhook server listening on port ${port}`);
});
