# mypy: ignore-errors
"""pywa: each body is posted to its own server, which is to hand it to the handler of its kind."""

import json
import logging
import socket
import threading
import time
import urllib.error
import urllib.request
import warnings
from pathlib import Path

import uvicorn
from pywa import WhatsApp, handlers
from report import GIVEN, step

warnings.simplefilter("ignore")
logs = []
logging.getLogger("pywa").addHandler(type("Kept", (logging.Handler,), {"emit": lambda _, said: logs.append(said)})())

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]

client = WhatsApp(
    token="unused",
    phone_id=GIVEN["phone_number_id"],
    waba_id=GIVEN["waba_id"],
    app_secret=GIVEN["app_secret"],
    verify_token="unused",
)
handled = []
kinds = [kind for kind in vars(handlers).values() if isinstance(kind, type) and issubclass(kind, handlers.Handler)]
for kind in kinds:
    if getattr(kind, "_update", None) and kind is not handlers.RawUpdateHandler:
        client.add_handlers(kind(lambda _, update: handled.append(update)))

server = uvicorn.Server(
    uvicorn.Config(client._setup_and_get_starlette_app(), host="127.0.0.1", port=port, log_config=None)
)
thread = threading.Thread(target=server.run, daemon=True)
thread.start()
while not server.started:
    time.sleep(0.01)


def post(row) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/",
        data=row["body"].encode(),
        headers={"Content-Type": "application/json", **row["headers"]},
    )
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


def reason() -> str:
    """Return pywa's last complaint."""
    said = next((one for one in reversed(logs) if one.levelno >= logging.WARNING), None)
    if said is None:
        return "no handler was called"
    return f"{said.exc_info[0].__name__}: {said.exc_info[1]}" if said.exc_info else said.getMessage()


def dispatched(row) -> None:
    handled.clear()
    logs.clear()
    status = post(row)
    deadline = time.monotonic() + 5
    while not handled and not any("Finished" in one.getMessage() for one in logs) and time.monotonic() < deadline:
        time.sleep(0.005)
    if status != 200 or not handled:
        raise LookupError(f"answered {status}, {reason()}")


for one in json.loads(Path(GIVEN["file"]).read_text()):
    step(one["name"], lambda one=one: dispatched(one))
server.should_exit = True
thread.join(10)
