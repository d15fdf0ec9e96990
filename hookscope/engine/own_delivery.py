"""A notification of our own to our own callback: over HTTP, so that it goes the whole way that Meta's go."""

from dataclasses import replace

from hookscope.model.record import Cause, Delivery
from hookscope.outbound.http.sender import Sender
from hookscope.outbound.replay.trigger import notification_request
from hookscope.receiver.server import Receiver
from hookscope.settings import Secret


async def deliver_to_self(body: bytes, *, receiver: Receiver, path: str, secret: Secret) -> Delivery:
    """Sign and send a body to the callback. The delivery tells what it was captured as; it is not kept itself."""
    target = receiver.url + path
    with receiver.expect_trigger() as announcement:
        request = notification_request(body, target, secret, extra=(announcement.header,))
        async with Sender() as sender:
            delivery = await sender.send(request, target, capture_id=0, cause=Cause.TRIGGER)
    return replace(delivery, capture_id=announcement.capture.id) if announcement.capture else delivery
