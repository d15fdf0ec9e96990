"""A refused registration, explained by what has arrived since it began."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from hookscope.engine.handshake_watch import HandshakeWatch
from hookscope.errors import GraphError, HandshakeError, HookscopeError
from hookscope.graph.caller import FailedCallError
from hookscope.graph.transport import TransportFailure
from hookscope.meta.graph_error import GraphFault
from hookscope.model.record import Reply
from tests.support.captures import WHEN, make_capture, make_handshake

URL = "https://x.example/hook"
FORBIDDEN = GraphFault(
    status=400, code=2200, message="(#2200) Callback verification failed: HTTP Status Code = 403; HTTP Message = No"
)
BUSY = GraphFault(
    status=400, code=2200, message="(#2200) Callback verification failed: HTTP Status Code = 503; HTTP Message = No"
)
SILENT = TransportFailure(reason="no answer within 20 s", hint="try again", sent=True)


async def explained(watch: HandshakeWatch, trouble: GraphFault | TransportFailure) -> HookscopeError:
    """Return the error of a registration that failed with this, begun at WHEN."""

    async def register() -> None:
        error = HandshakeError("as Meta says", hint="wait")
        raise error from FailedCallError(trouble, doing="registering page", began=WHEN)

    with pytest.raises(HookscopeError) as raised:
        await watch.register(URL, register)
    return raised.value


async def test_what_arrived_names_the_cause_and_stands_in_the_timeline() -> None:
    watch = HandshakeWatch()
    watch.observe(make_capture())
    watch.observe(make_handshake(accepted=False, reason="the verify token is a different one"))
    error = await explained(watch, FORBIDDEN)
    assert "this receiver refused Meta's verification request" in error.message
    assert "registering page failed" in error.message
    assert len(error.details) == 4
    assert any("Meta → us: GET /hook" in line for line in error.details)


async def test_notifications_before_the_registration_do_not_count() -> None:
    watch = HandshakeWatch()
    watch.observe(replace(make_handshake(), received_at=WHEN - timedelta(seconds=1)))
    error = await explained(watch, FORBIDDEN)
    assert "refused Meta with HTTP 403" in error.message
    assert "nothing of it arrived here" in error.details[1]


async def test_a_request_that_could_not_be_stored_is_not_laid_at_the_tunnels_door() -> None:
    watch = HandshakeWatch()
    watch.observe(make_handshake(reply=Reply(status=503), flaw="it could not be stored"))
    error = await explained(watch, BUSY)
    assert "Meta's verification request could not be stored" in error.message
    assert "--journal" in (error.hint or "")
    assert error.details[2].endswith("us → Meta: 503: it could not be stored")


async def test_a_lost_answer_keeps_its_words_and_has_a_timeline() -> None:
    watch = HandshakeWatch()
    watch.observe(make_handshake())
    error = await explained(watch, SILENT)
    assert (error.message, error.hint) == ("as Meta says", "wait")
    assert "no answer within 20 s" in error.details[-1]


@pytest.mark.parametrize(
    "trouble",
    [GraphFault(status=400, code=190, message="no"), TransportFailure(reason="refused", hint="", sent=False)],
)
async def test_errors_unrelated_to_a_handshake_are_left_alone(trouble: GraphFault | TransportFailure) -> None:
    error = await explained(HandshakeWatch(), trouble)
    assert (error.message, error.details) == ("as Meta says", ())


async def test_an_error_of_another_cause_passes() -> None:
    async def fail() -> None:
        raise GraphError("something else")

    with pytest.raises(GraphError, match="something else"):
        await HandshakeWatch().register(URL, fail)
