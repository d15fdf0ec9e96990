"""The round trips of an examination."""

from hookscope.diagnosis.endpoint.client import EndpointClient, Limits
from hookscope.model.record import Request
from tests.support.peer import Peer


async def test_an_answer_that_is_cut_off_is_neither_accepted_nor_refused() -> None:
    cut_off = [b"Content-Length: 99\r\n\r\ncut off"], [b"Transfer-Encoding: chunked\r\n\r\n7\r\ncut off\r\n"]
    for answer in cut_off:
        for status in (b"200 OK", b"403 Forbidden"):
            async with Peer([[b"HTTP/1.1 " + status + b"\r\n", *answer]], close_after=1) as peer:
                request = Request(
                    method="POST", target="/hook", headers=((b"Content-Length", b"2"),), body=b"{}", remote=""
                )
                trip = await EndpointClient(peer.url, Limits()).post(request)
            assert (trip.is_accepted, trip.is_refused) == (False, False)
            assert trip.summary.startswith("its answer was cut off")
