// Background processing: the guide's Stage 5 "Bull Queue" sample, its settings unchanged.

import Queue from 'bull';
import { redisPort } from './database.js';
import { handleCallEnded, handleCallStarted, handleToolExecution, handleTranscription } from './handlers.js';

const eventQueue = new Queue('call-events', { redis: { host: '127.0.0.1', port: redisPort } });

export async function processEvent(event) {
  await eventQueue.add('process-event', event, {
    attempts: 3,
    backoff: { type: 'exponential', delay: 2000 },
    removeOnComplete: true,
    removeOnFail: false,
  });
}

eventQueue.process('process-event', async (job) => {
  const event = job.data;

  try {
    switch (event.eventType) {
      case 'call.started':
        await handleCallStarted(event);
        break;
      case 'call.ended':
        await handleCallEnded(event);
        break;
      case 'transcription.update':
        await handleTranscription(event);
        break;
      case 'tool.executed':
        await handleToolExecution(event);
        break;
      default:
        console.log('Unhandled event type:', event.eventType);
    }
  } catch (error) {
    console.error(`Processing failed for ${event.callId}:`, error);
    throw error; // makes Bull try again
  }
});

eventQueue.on('failed', (job, error) => {
  console.error(`Job ${job.id} failed:`, error.message);
});
