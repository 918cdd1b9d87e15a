"""What happens for each event type.

`handle_call_ended` is the guide's Stage 4 Flask sample. The guide calls `handle_call_started`
and `handle_transcription` from Flask but shows them in JavaScript only: those two are
translated, a missing member giving None as it gives undefined there.
"""

import database


def handle_call_started(event):
    body = event['data']['data']

    print(f"Call started: {event.get('callId')}")

    database.create('calls', {
        'call_id': event.get('callId'),
        'direction': body.get('callDirection'),
        'from_number': body.get('fromNumber'),
        'to_number': body.get('toNumber'),
        'custom_params': body.get('params'),
        'status': 'in_progress',
        'started_at': event['data'].get('callStartedAt'),
    }, event)


def handle_transcription(event):
    body = event['data']['data']
    text = body.get('text')

    database.create('transcriptions', {
        'call_id': event.get('callId'),
        'speaker': body.get('speaker'),
        'text': text,
        'confidence': body.get('confidence'),
        'timestamp': event.get('timestamp'),
    }, event)

    if body.get('speaker') == 'user' and 'urgent' in text.lower():
        print(f"Support notified about {event.get('callId')}")


def handle_call_ended(event):
    data = event['data']
    timestamp = data['timestamp']

    conversation_data = data['data']
    conversation_id = conversation_data['conversationId']
    recording_url = conversation_data['conversationRecording']
    transcription = conversation_data['transcription']
    outcome_result = conversation_data['outcomeResult']

    print(f'Call completed: {conversation_id} at {timestamp}')

    transcript_parts = []
    for turn in transcription:
        if 'Agent' in turn:
            transcript_parts.append(f"Agent: {turn['Agent']}")
        elif 'User' in turn:
            transcript_parts.append(f"User: {turn['User']}")

    update_database({
        # our own identifiers, echoed back
        'application_id': outcome_result.get('application_id'),
        'user_id': outcome_result.get('user_id'),
        'session_id': outcome_result.get('session_id'),
        'conversation_id': conversation_id,
        'recording_url': recording_url,
        'transcript': '\n'.join(transcript_parts),
        # what the agent collected
        'extracted_data': {
            'expected_salary': outcome_result.get('expectedSalary'),
            'notice_period': outcome_result.get('noticePeriod'),
            'num_speakers': outcome_result.get('number_of_speakers'),
            'sentiment_score': outcome_result.get('sentiment_score'),
        },
        'completed_at': timestamp,
    }, event)


def update_database(data, event):
    database.create('completed_calls', data, event)
