"""Measure how long the largest body that Meta may send takes to be laid out, beside `json.loads` of ordinary JSON.

    python -m tests.bench.showing

Each body has ten megabytes. A screen is painted between two keys: what matters is that none of them takes much longer
than reading the body does, whatever is in it.
"""

import json
import statistics
import time
from collections.abc import Callable
from functools import partial

from hookscope.views.body import parsed, raw

_TIMES = 5
_USUAL = b"[" + b'{"id":"1","value":{"message":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}},' * 150_000 + b"0]"
_BODIES = {
    "many values": _USUAL,
    "a long text": b'{"a":"' + b"x" * (10 << 20) + b'"}',
    "nesting": b"[" * (10 << 20),
    "a long number": b"7" * (10 << 20),
    "no end": b'"' + b"\\n" * (5 << 20),
    "no text": bytes(range(256)) * (40 << 10),
}


def _time(what: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        what()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def main() -> None:
    """Measure, print."""
    loads = _time(lambda: json.loads(_USUAL))
    print(f"json.loads {loads:6.0f} ms")
    for name, body in _BODIES.items():
        tree, text = _time(partial(parsed, body)), _time(partial(raw, body))
        print(f"{name:<14} parsed {tree:6.0f} ms ({tree / loads:.2f})   raw {text:6.0f} ms ({text / loads:.2f})")


if __name__ == "__main__":
    main()
