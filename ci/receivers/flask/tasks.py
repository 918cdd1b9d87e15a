"""A webhook receiver as a reader of the guide's Stage 5 would build it in Flask: the "Celery"
queue sample, working with the handlers of Stage 4. The samples' flaws are kept on purpose;
../README.md lists them.

    python tasks.py                     the web server
    celery --app tasks.celery worker    the worker (`tasks` alone would find the Flask app)

The file bears the name the sample gives its Celery app: both processes must call the task alike.
"""

import os

from celery import Celery
from flask import jsonify, request

from handlers import handle_call_ended, handle_call_started, handle_transcription
from web import app, serve, verify_token

celery = Celery('tasks', broker=os.environ.get('BROKER', 'redis://localhost:6379/0'))


@celery.task(bind=True, max_retries=3)
def process_webhook_event(self, event):
    """Process webhook event asynchronously"""
    try:
        event_type = event.get('eventType')
        call_id = event.get('callId')

        print(f'Processing event: {event_type} for call {call_id}')

        if event_type == 'call.started':
            handle_call_started(event)
        elif event_type == 'call.ended':
            handle_call_ended(event)
        elif event_type == 'transcription.update':
            handle_transcription(event)

        print(f'Successfully processed: {call_id}')

    except Exception as e:
        print(f'Processing failed for {call_id}: {e}')
        # Retry with exponential backoff
        self.retry(exc=e, countdown=2 ** self.request.retries)


@app.route('/webhook', methods=['POST'])
def webhook():
    if not verify_token():
        return jsonify({'error': 'Unauthorized'}), 401

    event = request.get_json()

    # Queue event for async processing
    process_webhook_event.delay(event)

    # Respond immediately
    return jsonify({'received': True}), 200


if __name__ == '__main__':
    serve()
