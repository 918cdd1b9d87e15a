"""What makes a body an event, and what identifies it."""

import json

KEY = ('callId', 'eventType', 'timestamp')


def parse(body):
    """The body as an object; ValueError or RecursionError if it is none."""
    # Decoded here, for `json` would guess at UTF-16.
    event = json.loads(body.decode(), parse_int=number, parse_constant=no_number)
    if not isinstance(event, dict):
        raise ValueError('the body is not an object')
    return event


def key_of(event):
    """Three strings as they are: never trimmed, joined, or read as dates. ValueError if one is missing."""
    for name in KEY:
        if not isinstance(event.get(name), str) or not event[name]:
            raise ValueError(f'{name} has to be a non-empty string')
        event[name].encode()  # half of a surrogate pair is no character, and cannot be stored
    return tuple(event[name] for name in KEY)


def number(digits):
    return int(digits) if len(digits) < 100 else float(digits)  # `int` refuses very long ones


def no_number(word):
    raise ValueError(f'{word} is not JSON')
