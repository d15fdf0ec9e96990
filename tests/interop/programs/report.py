"""For programs that run with a library installed: what to talk to, and a line of JSON for each thing tried."""

import json
import os
from collections.abc import Callable
from typing import Any

GIVEN: dict[str, Any] = json.loads(os.environ["INTEROP"])


def step(ran: str, attempt: Callable[[], Any]) -> Any:
    """Try something, report whether it works, and return what it gives; None when it raises.

    It works when it neither raises nor returns False.
    """
    try:
        found, detail = attempt(), ""
    except Exception as error:  # whatever a library raises is what is to be told
        found, detail = None, f"{type(error).__name__}: {error}"
        works = False
    else:
        works = found is not False
    print(json.dumps({"ran": ran, "works": works, "detail": detail or ("" if works else "another answer")}), flush=True)
    return found
