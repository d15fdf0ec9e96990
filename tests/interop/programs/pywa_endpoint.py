# mypy: ignore-errors
"""pywa: a webhook with Flask, served until the process is ended."""

import json

from flask import Flask
from pywa import WhatsApp
from report import GIVEN
from werkzeug.serving import make_server

app = Flask("webhook")
wa = WhatsApp(
    phone_id="123",
    token="token",
    server=app,
    webhook_endpoint="/hook",
    verify_token=GIVEN["verify_token"],
    app_id=1,
    app_secret=GIVEN["app_secret"],
)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}/hook"}), flush=True)
server.serve_forever()
