// What happens for each event type: the guide's Stage 4 handlers ("Call Ended Handler" and
// "Handling Different Event Types").

import { database } from './database.js';

export async function handleCallStarted(event) {
  const { callId, data } = event;
  const { callDirection, fromNumber, toNumber, params } = data.data;

  console.log(`Call started: ${callId}, ${callDirection} from ${fromNumber} to ${toNumber}`);

  await database.calls.create(
    {
      callId,
      direction: callDirection,
      fromNumber,
      toNumber,
      customParams: params,
      status: 'in_progress',
      startedAt: data.callStartedAt,
    },
    event,
  );
}

export async function handleTranscription(event) {
  const { callId, data } = event;
  const { speaker, text, confidence } = data.data;

  await database.transcriptions.create({ callId, speaker, text, confidence, timestamp: event.timestamp }, event);

  if (speaker === 'user' && text.toLowerCase().includes('urgent')) {
    await notifySupport({ callId, message: 'User mentioned urgent issue', transcript: text });
  }
}

export async function handleToolExecution(event) {
  const { callId, data } = event;
  const { toolName, input, output, duration } = data.data;

  console.log(`Tool executed: ${toolName} in ${duration} ms`);

  await database.toolExecutions.create(
    { callId, toolName, input, output, duration, executedAt: event.timestamp },
    event,
  );
}

export async function handleCallEnded(event) {
  const { timestamp } = event.data;
  const { conversationId, conversationRecording, transcription, outcomeResult } = event.data.data;

  console.log(`Call completed: ${conversationId} at ${timestamp}`);

  // Our own identifiers, echoed back
  const applicationId = outcomeResult.application_id;
  const userId = outcomeResult.user_id;
  const sessionId = outcomeResult.session_id;

  // What the agent collected
  const expectedSalary = outcomeResult.expectedSalary;
  const noticePeriod = outcomeResult.noticePeriod;
  const numberOfSpeakers = outcomeResult.number_of_speakers;

  const transcriptText = transcription
    .map((turn) => {
      if (turn.Agent) return `Agent: ${turn.Agent}`;
      if (turn.User) return `User: ${turn.User}`;
      return '';
    })
    .filter(Boolean)
    .join('\n');

  await updateDatabase(
    {
      applicationId,
      userId,
      sessionId,
      conversationId,
      recordingUrl: conversationRecording,
      transcript: transcriptText,
      extractedData: {
        expectedSalary,
        noticePeriod,
        numberOfSpeakers,
        sentimentScore: outcomeResult.sentiment_score,
      },
      completedAt: timestamp,
    },
    event,
  );
}

async function updateDatabase(data, event) {
  await database.completedCalls.create(data, event);
}

async function notifySupport({ callId, message }) {
  console.log(`Support notified about ${callId}: ${message}`);
}
