"""A webhook receiver as a reader of the guide's Stage 4 would build it in Flask: "Basic Handler"
and "Call Ended Handler", all work done before the answer. The samples' flaws are kept on
purpose; ../README.md lists them.
"""

from flask import jsonify, request

from handlers import handle_call_ended, handle_call_started, handle_transcription
from web import app, serve, verify_token


@app.route('/webhook', methods=['POST'])
def webhook():
    if not verify_token():
        return jsonify({'error': 'Unauthorized'}), 401

    try:
        event = request.get_json()

        print(f"Event Type: {event.get('eventType')}")
        print(f"Call ID: {event.get('callId')}")

        event_type = event.get('eventType')
        if event_type == 'call.started':
            handle_call_started(event)
        elif event_type == 'call.ended':
            handle_call_ended(event)
        elif event_type == 'transcription.update':
            handle_transcription(event)

        return jsonify({'received': True}), 200

    except Exception as e:
        print(f'Webhook error: {e}')
        return jsonify({'error': 'Internal server error'}), 500


if __name__ == '__main__':
    serve()
