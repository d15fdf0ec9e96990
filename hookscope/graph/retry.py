"""Whether, and when, a call on the Graph API is made again."""

from hookscope.meta.graph_error import GraphFault

_PAUSES = (0.5, 1.5)
_RATE_LIMIT_PAUSES = (2.0, 5.0)
_POST_PAUSES = (1.0,)


def pause(method: str, fault: GraphFault | None, tried: int) -> float | None:
    """Seconds to wait before a call that failed `tried` times is made again; None when it must not be.

    `fault` is None when the connection failed. A POST makes Meta verify the callback, and Meta locks out whoever
    repeats that in vain: it gets one more try, and only when Meta's own side failed.
    """
    pauses: tuple[float, ...] = ()
    if method == "POST":
        pauses = _POST_PAUSES if fault and fault.is_outage else ()
    elif fault is None or fault.worth_retrying:
        pauses = _RATE_LIMIT_PAUSES if fault and fault.is_rate_limit else _PAUSES
    return pauses[tried - 1] if tried <= len(pauses) else None
