// What the dashboard is filled with: the fixtures, and calls whose every text is an attack.

import { readFile, readdir } from 'node:fs/promises';

const fixtures = new URL('../../fixtures/', import.meta.url);

// Alive, it would say so in `window.alive`, ask another origin, or turn what follows around.
export const hostile =
  `"><script>window.alive = 1</script><img src="https://elsewhere.example/x" onerror="window.alive = 2">` +
  `<a href="javascript:window.alive=3">' {{7*7}} \u202e\u0007</a>`;

export const hostileIds = [hostile, '..', '.', 'a/b?c=d#e', '%2e%2e', ' ', 'مكالمة', '\u202egnp.call', 'x'.repeat(3000)];

// Every event in the order of delivery.
export async function events() {
  const all = [];
  for (const name of (await readdir(new URL('calls/', fixtures))).sort()) {
    const lines = await readFile(new URL(`calls/${name}`, fixtures), 'utf8');
    all.push(...lines.trim().split('\n').map((line) => JSON.parse(line)));
  }
  const folder = new URL('deliveries/call.ended/', fixtures);
  for (const name of (await readdir(folder)).sort()) {
    const event = JSON.parse(await readFile(new URL(name, folder), 'utf8'));
    all.push({ ...event, callId: `fixture-${name.replace('.json', '')}` });
  }
  all.push(...hostileIds.flatMap(hostileCall));
  return all;
}

function hostileCall(callId) {
  const event = (eventType, inner) => ({ eventType, callId, timestamp: hostile, data: { data: inner } });
  return [
    event('call.started', { callDirection: hostile, fromNumber: hostile, toNumber: hostile, params: { [hostile]: hostile } }),
    event('transcription.update', { speaker: hostile, text: hostile, confidence: hostile }),
    event('tool.executed', { toolName: hostile, input: { [hostile]: [hostile] }, output: hostile, duration: 1 }),
    event('call.ended', {
      conversationId: hostile,
      conversationRecording: 'javascript:window.alive=4',
      transcription: [{ [hostile]: hostile }, { User: { text: hostile } }],
      outcomeResult: { intent: hostile, resolved: hostile, sentiment_score: hostile, [hostile]: { deep: [hostile] } },
    }),
  ];
}
