"""A history as `captures export --format ndjson` writes it."""

import json
import time
from collections.abc import Iterable, Iterator

from tests.support.captures import SECRET, signed

_FIRST = 1_795_000_000


def lines(bodies: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a line for each body, as of a notification a second."""
    for number, body in enumerate(bodies, 1):
        headers = [*signed(body, SECRET).items()]
        received = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(_FIRST + number))
        value = {
            "id": number,
            "kind": "notification",
            "received_at": f"{received}.000Z",
            "request": {
                "method": "POST",
                "target": "/hook",
                "headers": headers,
                "body": body.decode(),
                "body_base64": None,
                "remote": "127.0.0.1",
            },
            "reply": {"status": 200, "body": "", "body_base64": None, "elapsed_ms": 0.5},
            "signature": {"verdict": "valid", "algorithm": "sha256", "reason": None},
            "handshake": None,
            "source": "live",
        }
        yield json.dumps(value).encode() + b"\n"
