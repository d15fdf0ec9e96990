"""Deliveries as bytes, on their way from the forwarding process to the engine, which commits them.

They hold the journal's values in the format of `marshal`: both ends run the same interpreter, and pickling takes five
times as long.
"""

import marshal
from collections.abc import Sequence

from hookscope.journal.codec import delivery_values, read_delivery
from hookscope.model.record import Delivery


def pack(deliveries: Sequence[Delivery]) -> bytes:
    """Return deliveries as bytes; `unpack` is the reverse."""
    return marshal.dumps([delivery_values(delivery) for delivery in deliveries])


def unpack(packed: bytes) -> list[Delivery]:
    """Return the deliveries that `pack` has packed."""
    return [read_delivery(values) for values in marshal.loads(packed)]  # noqa: S302 - from ourselves
