"""The look of each state at three sizes; to accept a change, run with HOOKSCOPE_UPDATE_SNAPSHOTS=1."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hookscope.meta import wire
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Capture, Kind, Reply, Request, Source
from hookscope.model.run_events import (
    Ending,
    Level,
    Notice,
    Phase,
    PhaseChanged,
    Probed,
    ReceiverListening,
    SubscriptionEnded,
    TunnelDown,
    TunnelUp,
)
from tests.support.captures import feed_body, make_capture, make_handshake
from tests.support.slow import slow_after
from tests.tui.stage import PUBLIC_URL, SIZES, Stage, at, stage

WRONG_TOKEN = "the verify token is a different one; was it saved for another app or an earlier run?"
REWRITTEN = "the JSON was parsed and serialized again on the way; the signature covers only the raw bytes"


def message_body(text: str) -> bytes:
    event = {
        "sender": {"id": "6221784634"},
        "recipient": {"id": "1234"},
        "timestamp": 1795212119000,
        "message": {"mid": "m_1", "text": text},
    }
    return wire.encode({"object": "page", "entry": [{"id": "1234", "time": 1795212119000, "messaging": [event]}]})


def batch_body() -> bytes:
    changes = [
        {"field": "feed", "value": {"item": "comment", "verb": "add", "comment_id": f"9_{n}", "message": f"number {n}"}}
        for n in range(5)
    ]
    return wire.encode({"object": "page", "entry": [{"id": "1234", "time": 1795212119, "changes": changes}]})


def stray() -> Capture:
    request = Request(method="GET", target="/favicon.ico", headers=(), body=b"", remote="198.51.100.7")
    unchecked = Signature(verdict=SignatureVerdict.UNCHECKED)
    return make_capture(b"", kind=Kind.STRAY, request=request, reply=Reply(status=404), signature=unchecked)


def refused(verdict: SignatureVerdict, reason: str, **request: Any) -> Capture:
    """Return a capture with that verdict, whose request differs from the signed one."""
    signature = Signature(verdict=verdict, algorithm="sha256", reason=reason)
    capture = make_capture(feed_body("altérée"), signature=signature, reply=Reply(status=401, elapsed_ms=0.4))
    return replace(capture, request=replace(capture.request, **request))


def everything() -> list[Capture]:
    """Set up one capture of each kind that a list can show."""
    lead = {"leadgen_id": "444444444444", "form_id": "7935551234", "created_time": 1795212119}
    leadgen = {"id": "1234", "time": 1795212119, "changes": [{"field": "leadgen", "value": lead}]}
    test = feed_body("a test").replace(b'"id":"1234","time"', b'"id":"0","time"')
    first = make_capture(feed_body("Is this still available?"), reply=Reply(status=200, elapsed_ms=0.6))
    return [
        make_capture(feed_body("of an earlier run", comment_id="901_902"), received_at=at(-86400)),
        make_handshake(),
        first,
        make_capture(message_body("Hello 👋 [bold]no markup[/] \x1b[31m")),
        make_capture(wire.encode({"object": "page", "entry": [leadgen]}), source=Source.TRIGGER),
        make_capture(batch_body()),
        first,
        make_capture(test),
        make_capture(feed_body("sent again"), source=Source.REPLAY, replay_of=3),
        refused(SignatureVerdict.INVALID, REWRITTEN, body=feed_body("altérée").replace(b"\\u00e9", "é".encode())),
        refused(SignatureVerdict.MISSING, "no X-Hub-Signature-256 header", body=feed_body("unsigned"), headers=()),
        stray(),
        make_capture(b'{"object":"page"', flaw="the body was cut off: 16 of 346 bytes came"),
        make_handshake(accepted=False, reason=WRONG_TOKEN),
    ]


async def starting(shown: Stage) -> None:
    shown.engine.say(ReceiverListening(url="http://127.0.0.1:53211", at=at(0)))
    await shown.see("bringing up a public URL")


async def probing(shown: Stage) -> None:
    shown.engine.say(ReceiverListening(url="http://127.0.0.1:53211", at=at(-2)))
    shown.engine.say(TunnelUp(provider="ngrok", public_url=PUBLIC_URL, at=at(-1)))
    shown.engine.say(Probed(ok=False, elapsed_ms=9, diagnosis="HTTP 404: nothing answers at that path", at=at(0)))
    await shown.see("nothing answers at that path")


async def waiting(shown: Stage) -> None:
    shown.engine.go_live()
    await shown.see("waiting for the first notification")


async def list_of_all(shown: Stage) -> None:
    shown.engine.board.set(replace(shown.engine.board.status, targets=("http://localhost:3000/hook",)))
    shown.engine.go_live()
    stored = await shown.engine.receive(*everything())
    await shown.engine.deliver(stored[2].id)
    await shown.engine.deliver(stored[3].id, status=None, error="connection refused", elapsed_ms=12000.0)
    shown.engine.say(PhaseChanged(phase=Phase.LIVE))
    await shown.see("✗ rejected")
    await shown.until(lambda: shown.app.main.state.status == shown.engine.board.status)


async def detail(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("g", "j", "j", "enter")
    await shown.see("#3  page.feed", "verb  ")


async def batch(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("g", *"jjjjj", "enter")
    await shown.see("batch of 5 events", "and 2 more")


async def delivery(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("g", "j", "j", "7")
    await shown.see("forward → http://localhost:3000/hook", '{"ok":true}')


async def bad_signature(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press(*"kkkk", "5")
    await shown.see("signature invalid: the JSON was parsed", "verdict     ✗ invalid")


async def rejected_handshake(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("enter")
    await shown.see("handshake rejected: the verify token is a different", "hub.challenge: 1158201444")


async def tunnel_down(shown: Stage) -> None:
    await list_of_all(shown)
    shown.engine.say(TunnelDown(provider="ngrok", reason="the agent ended (ERR_NGROK_108)", at=at(0)))
    await shown.see("✗ tunnel: the agent ended")


async def notice(shown: Stage) -> None:
    await list_of_all(shown)
    shown.engine.say(Notice(level=Level.WARNING, message="the tunnel has another URL", hint="nothing to do", at=at(0)))
    await shown.see("! the tunnel has another URL")


async def stopping(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("q")
    shown.engine.say(PhaseChanged(phase=Phase.STOPPING, reason=shown.engine.stops[0]))
    await shown.see("being put back", "requested on the screen")


async def put_back(shown: Stage) -> None:
    await stopping(shown)
    restored = "to https://example.com/hook with feed"
    ended = SubscriptionEnded(ending=Ending.RESTORED, object="page", callback_url=None, reason=restored, at=at(0))
    shown.engine.say(ended)
    await shown.see("restored: to https://example.com")


async def gone(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.die()
    await shown.see("the run's process died")


async def help_(shown: Stage) -> None:
    await waiting(shown)
    await shown.press("question_mark")
    await shown.see("move one screen")


async def connection(shown: Stage) -> None:
    await tunnel_down(shown)
    shown.engine.say(Notice(level=Level.ERROR, message="something failed", hint="type something", at=at(-5)))
    await shown.see("something failed")
    await shown.press("i")
    await shown.see("public URL", "callback URL")


async def asking(shown: Stage) -> None:
    await list_of_all(shown)
    await shown.press("R")
    await shown.see("Replay #14 to")


STATES: list[Callable[[Stage], Awaitable[None]]] = [
    starting,
    probing,
    waiting,
    list_of_all,
    detail,
    batch,
    delivery,
    bad_signature,
    rejected_handshake,
    tunnel_down,
    notice,
    stopping,
    put_back,
    gone,
    help_,
    connection,
    asking,
]


@pytest.mark.parametrize("size", slow_after(1, SIZES), ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("state", slow_after(4, STATES), ids=lambda state: state.__name__)
async def test_a_state_looks_as_it_should(
    tmp_path: Path, state: Callable[[Stage], Awaitable[None]], size: tuple[int, int]
) -> None:
    async with stage(tmp_path, size=size, live=False) as shown:
        await state(shown)
        await shown.matches(state.__name__.strip("_").replace("_", "-"))


async def test_an_attached_view_asks_what_to_leave(tmp_path: Path) -> None:
    async with stage(tmp_path, attached=True) as shown:
        await list_of_all(shown)
        await shown.press("q")
        await shown.see("close this view only")
        await shown.matches("leave")


@pytest.mark.slow
async def test_a_sandbox_says_so(tmp_path: Path) -> None:
    async with stage(tmp_path, sandbox=True) as shown:
        await shown.see("SANDBOX", "The sandbox sends its first event")
