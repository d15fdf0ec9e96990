"""Replaying: a capture sent again, bytes and signature unchanged, and kept as a capture of its own."""

from dataclasses import replace

from hookscope.capture.journal import Journal
from hookscope.capture.record import Capture, Cause, Delivery, Reply, Source
from hookscope.outbound.sender import Sender


async def replay(capture: Capture, target: str, *, sender: Sender, journal: Journal) -> tuple[Capture, Delivery]:
    """Send a capture to `target` and commit the replay, with the application's answer, and the delivery.

    Returns the replay's capture and the delivery. Raises JournalError.
    """
    sent = sender.prepare(capture.request, target)
    delivery = await sender.send(sent, target, capture_id=capture.id, cause=Cause.REPLAY)
    again = await journal.append(
        replace(
            capture,
            id=0,
            source=Source.REPLAY,
            received_at=delivery.sent_at,
            request=replace(sent, remote=""),
            reply=Reply(status=delivery.status, body=delivery.answer, elapsed_ms=delivery.elapsed_ms),
            duplicate_of=None,
            replay_of=capture.replay_of or capture.id,
            marked=False,
            note=None,
        )
    )
    return again, await journal.add_delivery(replace(delivery, replay_id=again.id))
