"""What both Flask receivers share: the app, the guide's `verify_token`, and the view for the harness."""

import os

from flask import Flask, jsonify, request

import database

app = Flask(__name__)


def verify_token():
    auth_header = request.headers.get('Authorization')
    expected_token = os.environ.get('WEBHOOK_SECRET')

    if auth_header != expected_token:
        return False
    return True


# Not in the guide: lets the harness see what the database really holds.
@app.route('/effects')
def effects():
    return jsonify({'effects': database.effects(request.args.get('prefix'))})


def serve():
    database.create_tables()
    app.run(port=int(os.environ.get('PORT', 3000)))
