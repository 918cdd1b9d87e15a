"""What is done because of an event. This is the part to make your own.

A handler returns rows for the database and touches nothing else; the inbox writes them together with the done mark.
Calls to other services belong into a table of their own, from which they are sent with an idempotency key.
Every member is looked at with care: calls that nobody answered have no transcript, and outcomes may be anything.
"""

import json

from events import parse


class Failed(Exception):
    """A handler did not finish; the event is tried again later."""


def effects(event_type, body):
    """The rows (kind, detail) of one event; none for a type that is unknown here."""
    try:
        handler = HANDLERS.get(event_type)
        rows = handler(inner(parse(body))) if handler else []
        # JSON with escapes only: text from a call may hold what no database takes as text.
        return [(kind, json.dumps(scalars(detail))) for kind, detail in rows]
    except Exception as error:
        # Only the kind of error: a message may quote what was said in the call.
        raise Failed(type(error).__name__) from error


def inner(event):
    """The event's own members: in `data.data` as documented, or in `data`."""
    data = event.get('data')
    nested = data.get('data') if isinstance(data, dict) else None
    return next((it for it in (nested, data) if isinstance(it, dict)), {})


def scalars(detail):
    """Without what is nested: any member may hold something deeper than `json` can follow."""
    return {name: value for name, value in detail.items() if not isinstance(value, (dict, list))}


def call_started(data):
    return [('call', {'state': 'started', 'direction': data.get('callDirection')})]


def call_answered(_data):
    return [('call', {'state': 'answered'})]


def transcription_update(data):
    return [('utterance', {'speaker': data.get('speaker'), 'text': data.get('text')})]


def tool_executed(data):
    return [('tool', {'name': data.get('toolName'), 'duration': data.get('duration')})]


def call_ended(data):
    turns = data.get('transcription')
    turns = [turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    spoken = [f'{who}: {turn[who]}' for turn in turns for who in ('Agent', 'User') if isinstance(turn.get(who), str)]
    outcome = data.get('outcomeResult')
    return [
        ('call', {**(outcome if isinstance(outcome, dict) else {}), 'recording': data.get('conversationRecording')}),
        ('transcript', {'text': '\n'.join(spoken)}),
    ]


HANDLERS = {
    'call.started': call_started,
    'call.answered': call_answered,
    'transcription.update': transcription_update,
    'tool.executed': tool_executed,
    'call.ended': call_ended,
}
