// What is done because of an event. This is the part to make your own.
//
// A handler returns what to write and touches nothing else. Calls to other services belong into a table of their own, from which
// they are sent with an idempotency key. Members may be absent or null: calls that nobody answered have no transcript.

// One entry per event, of types that are not known here too: they may matter later.
export function handle(body) {
  const event = JSON.parse(body.toString());
  const { callId, eventType: type, timestamp: at } = event;
  return [scalars({ ...details(type, inner(event)), callId, type, at })];
}

function details(type, data) {
  switch (type) {
    case 'call.started':
      return { direction: data.callDirection };
    case 'transcription.update':
      return { speaker: data.speaker, text: data.text };
    case 'tool.executed':
      return { tool: data.toolName, duration: data.duration };
    case 'call.ended':
      return {
        ...(isObject(data.outcomeResult) && data.outcomeResult), // your own params, echoed, and what the agent found out
        recording: data.conversationRecording,
        transcript: transcript(data),
      };
    default:
      return {};
  }
}

// What the log keeps. Any member may hold something nested, deeper than JSON.stringify can follow.
const scalars = (members) => Object.fromEntries(Object.entries(members).filter(([, value]) => typeof value !== 'object'));

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// The event's own members: in `data.data` as documented, or in `data`.
function inner({ data }) {
  if (isObject(data?.data)) return data.data;
  return isObject(data) ? data : {};
}

function transcript({ transcription }) {
  if (!Array.isArray(transcription)) return '';
  return transcription
    .filter(isObject)
    .flatMap((turn) => ['Agent', 'User'].filter((who) => typeof turn[who] === 'string').map((who) => `${who}: ${turn[who]}`))
    .join('\n');
}
