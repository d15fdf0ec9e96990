"""A right endpoint passes everything, and each flawed one fails exactly the check that is for its flaw."""

import pytest
from aiohttp import web
from msgspec.structs import replace

from hookscope.diagnosis.endpoint.client import Limits
from hookscope.diagnosis.endpoint.examination import REACHABLE, CheckResult, examine
from hookscope.diagnosis.endpoint.registry import CHECKS, chosen
from hookscope.diagnosis.finding import State
from hookscope.errors import UsageError
from hookscope.samples.catalog import find
from hookscope.secret_sources import Secret
from tests.diagnosis.endpoint import receiver
from tests.diagnosis.endpoint.receiver import SECRET, TOKEN, Receiver, served
from tests.support.connect_proxy import ConnectProxy
from tests.support.slow import slow_after

PATIENT = Limits(handshake=60, notification=60, slow=60, load_connections=4, load_requests=20)


async def examined(
    url: str,
    *,
    event: str = "page.feed.comment",
    token: str | None = TOKEN,
    secret: str | None = SECRET,
    limits: Limits = PATIENT,
    only: tuple[str, ...] = (),
) -> dict[str, CheckResult]:
    found = {
        result.finding.id: result
        async for result in examine(
            url,
            chosen(only),
            sample=find(event),
            verify_token=token,
            secret=None if secret is None else Secret(secret),
            limits=limits,
        )
    }
    for result in found.values():
        told = str(result.as_json())
        assert SECRET not in told
        assert TOKEN not in told
        assert (result.finding.state is State.OK) is (result.finding.why is None)
        assert result.finding.state in (State.OK, State.UNKNOWN) or result.finding.next_step
    return found


def with_state(found: dict[str, CheckResult], state: State) -> set[str]:
    return {name for name, result in found.items() if result.finding.state is state}


@pytest.mark.parametrize(
    "event",
    slow_after(
        1, ["page.feed.comment", "page.messages", "instagram.comments", "whatsapp_business_account.messages.text"]
    ),
)
async def test_a_right_endpoint_passes_everything(event: str) -> None:
    async with served(Receiver()) as url:
        found = await examined(url, event=event)
    assert list(found) == [REACHABLE, *(check.id for check in CHECKS)]
    assert with_state(found, State.FAILED) == set()
    assert with_state(found, State.UNKNOWN) == ({"payload.messaging"} if "whatsapp" in event else set())
    assert with_state(found, State.WARNING) <= {"http.load"}  # A busy machine is slow.


FLAWED: dict[type[Receiver], str] = {
    receiver.QuotedChallenge: "handshake.challenge",
    receiver.NumberChallenge: "handshake.challenge",
    receiver.AnyToken: "handshake.wrong-token",
    receiver.EmptyToken: "handshake.missing-parameters",
    receiver.CrashesWithoutParameters: "handshake.missing-parameters",
    receiver.StrictQuery: "handshake.extra-query",
    receiver.CachedChallenge: "handshake.repeated",
    receiver.OnlyOnce: "handshake.repeated",
    receiver.AnyCaseOfToken: "handshake.wrong-token",
    receiver.PrefixOfSignature: "signature.invalid",
    receiver.OtherSecret: "signature.valid",
    receiver.PresenceOnly: "signature.invalid",
    receiver.OnlyIfThere: "signature.missing",
    receiver.Sha1NotCompared: "signature.sha1",
    receiver.EmptySecretToo: "signature.empty-secret",
    receiver.Reserialized: "signature.escaped",
    receiver.Normalized: "signature.reserialized",
    receiver.CaseOfHeaders: "signature.header-case",
    receiver.NoPost: "notification.accepted",
    receiver.RedirectedPost: "notification.accepted",
    receiver.Express: "payload.batch",
    receiver.RejectsTests: "payload.dashboard-test",
    receiver.KnownFieldsOnly: "payload.unknown-field",
    receiver.KnownObjectsOnly: "payload.unknown-object",
    receiver.ValuesAlways: "payload.shapes",
    receiver.ChangesAlways: "payload.messaging",
    receiver.FailsOnDuplicates: "payload.duplicate",
    receiver.OneUserAgent: "http.user-agent",
    receiver.DropsConnections: "http.keep-alive",
    receiver.OneAtATime: "http.load",
    receiver.TellsSignature: "answer.secrets",
    receiver.TellsSignatureInHeader: "answer.secrets",
    receiver.TellsToken: "answer.secrets",
    receiver.TellsSecret: "answer.secrets",
    receiver.Django: "payload.large",
    receiver.SmallBodies: "payload.large",  # Last, since it takes the longest: sizes are tried until one is refused.
}


@pytest.mark.parametrize("flawed", slow_after(len(FLAWED) - 1, FLAWED), ids=lambda one: one.__name__)
async def test_a_flaw_fails_its_own_check(flawed: type[Receiver]) -> None:
    async with served(flawed()) as url:
        found = await examined(url, only=(FLAWED[flawed], "signature.invalid"))
    assert with_state(found, State.FAILED) == {FLAWED[flawed]}


@pytest.mark.parametrize("flawed", slow_after(1, FLAWED), ids=lambda one: one.__name__)
async def test_a_flaw_fails_no_other_check(flawed: type[Receiver]) -> None:
    async with served(flawed()) as url:
        found = await examined(url)
    assert with_state(found, State.FAILED) == {FLAWED[flawed]}
    (finding,) = (result.finding for result in found.values() if result.finding.failed)
    assert finding.why
    assert finding.next_step


IMPROVABLE: dict[type[Receiver], str] = {
    receiver.SilentToStrangers: "handshake.wrong-token",
    receiver.HtmlChallenge: "handshake.content-type",
    receiver.AnyMode: "handshake.mode",
    receiver.NoContent: "notification.accepted",
    receiver.ChangedFieldsNever: "payload.shapes",
    receiver.ClosesConnections: "http.keep-alive",
    receiver.SetsCookies: "http.cookies",
}


@pytest.mark.parametrize("odd", slow_after(3, IMPROVABLE), ids=lambda one: one.__name__)
async def test_working_but_improvable_behavior_is_a_warning(odd: type[Receiver]) -> None:
    async with served(odd()) as url:
        found = await examined(url, only=(IMPROVABLE[odd],))
    assert with_state(found, State.FAILED) == set()
    assert IMPROVABLE[odd] in with_state(found, State.WARNING)


@pytest.mark.parametrize("odd", slow_after(1, IMPROVABLE), ids=lambda one: one.__name__)
async def test_improvable_behavior_fails_no_check(odd: type[Receiver]) -> None:
    async with served(odd()) as url:
        found = await examined(url)
    assert with_state(found, State.FAILED) == set()
    assert IMPROVABLE[odd] in with_state(found, State.WARNING)


async def test_without_a_secret_signatures_are_not_judged() -> None:
    async with served(Receiver()) as url:
        found = await examined(url, secret=None)
    assert with_state(found, State.FAILED) == set()
    unknown = with_state(found, State.UNKNOWN)
    assert {name for name in found if name.startswith("signature.")} <= unknown
    assert found["signature.valid"].finding.why == "no app secret is known"
    assert "unsigned" in (found["notification.accepted"].finding.why or "")


async def test_an_open_endpoint_is_examined_without_a_secret() -> None:
    class Open(Receiver):
        def is_signed(self, request: web.Request, body: bytes) -> bool:
            return True

    async with served(Open()) as url:
        found = await examined(url, secret=None)
    assert with_state(found, State.FAILED) == set()
    assert found["payload.batch"].finding.state is State.OK


async def test_without_a_token_a_wrong_one_is_tried_all_the_same() -> None:
    async with served(Receiver()) as url:
        found = await examined(url, token=None)
    assert with_state(found, State.FAILED) == set()
    assert found["handshake.wrong-token"].finding.state is State.OK
    assert found["handshake.challenge"].finding.state is State.UNKNOWN


async def test_an_unreachable_endpoint_gets_one_diagnosis() -> None:
    async with served(Receiver()) as url:
        elsewhere = await examined(url.replace("webhook", "elsewhere"))
    assert list(elsewhere) == [REACHABLE]
    assert "404" in elsewhere[REACHABLE].finding.what
    gone = await examined(url)
    assert list(gone) == [REACHABLE]
    assert "refuses the connection" in gone[REACHABLE].finding.what
    assert gone[REACHABLE].finding.failed


async def test_an_endpoint_that_hides_from_strangers_can_be_reached() -> None:
    async with served(receiver.HidesFromStrangers()) as url:
        found = await examined(url, secret=None, only=("handshake",))
    assert with_state(found, State.FAILED) == set()
    assert found["handshake.challenge"].finding.state is State.OK


async def test_the_notification_of_a_connection_that_failed_is_the_one_that_is_named() -> None:
    async with served(receiver.FailsOnceOnConnection()) as url:
        found = await examined(url, only=("http.keep-alive",))
    assert found["http.keep-alive"].finding.what == "notification 2 on one connection: HTTP 500"


async def test_a_connection_that_is_closed_at_once_had_one_notification() -> None:
    async with served(receiver.ClosesConnections()) as url:
        found = await examined(url, only=("http.keep-alive",))
    assert found["http.keep-alive"].finding.what == "it closes the connection after 1 notification"


async def test_what_fails_here_need_not_fail_for_meta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    finding = (await examined("https://no-such-host.invalid/webhook"))[REACHABLE].finding
    assert "does not resolve" in finding.what
    assert (finding.why or "").startswith("if Meta sees the same")


async def test_a_proxy_that_lets_nothing_through_says_nothing_about_meta(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ConnectProxy(answer=b"HTTP/1.1 403 Forbidden\r\n\r\n") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        finding = (await examined("https://hooks.example.com/webhook"))[REACHABLE].finding
    assert "the proxy set in the environment" in finding.what
    assert "whether Meta can reach the endpoint is not known" in (finding.why or "")
    assert "could not" not in (finding.why or "")


async def test_an_endpoint_that_never_answers_ends_with_the_time_limit() -> None:
    async with served(receiver.NeverAnswers()) as url:
        found = await examined(url, secret=SECRET, limits=replace(PATIENT, notification=0.3))
    assert with_state(found, State.FAILED) == {"notification.accepted"}
    assert "no answer within 0.3 s" in found["notification.accepted"].finding.what


async def test_an_endpoint_that_takes_too_long_is_told_so_once() -> None:
    async with served(receiver.Slow()) as url:
        found = await examined(url, limits=replace(PATIENT, slow=0.05))
    assert with_state(found, State.FAILED) == {"notification.accepted"}
    assert "answered 200 after 0." in found["notification.accepted"].finding.what


async def test_an_address_that_caddy_does_not_know_is_named_as_such() -> None:
    async with served(receiver.UnknownToCaddy()) as url:
        found = await examined(url, only=("handshake.challenge",))
    finding = found["handshake.challenge"].finding
    assert "Caddyfile" in finding.what
    assert "Caddyfile" in (finding.next_step or "")


async def test_a_refused_batch_whose_shorter_kin_is_accepted_is_not_read_whole() -> None:
    async with served(receiver.NoTemporaryFolder()) as url:
        found = await examined(url, only=("payload.batch",))
    finding = found["payload.batch"].finding
    assert (finding.state, "HTTP 401" in finding.what) == (State.FAILED, True)
    assert "reads all of the body" in (finding.next_step or "")


@pytest.mark.parametrize("small", [receiver.Django, receiver.SmallBodies])
async def test_a_body_that_is_too_large_calls_for_a_higher_limit(small: type[Receiver]) -> None:
    async with served(small()) as url:
        found = await examined(url, only=("payload.large",))
    assert "raise the limit on bodies" in (found["payload.large"].finding.next_step or "")


async def test_chosen_checks_bring_those_they_rest_on() -> None:
    async with served(receiver.Express()) as url:
        found = await examined(url, only=("payload.large",))
    assert list(found) == [REACHABLE, "notification.accepted", "payload.batch", "payload.large"]
    assert {check.id for check in chosen(skip=("signature", "http.load"))} == {
        check.id for check in CHECKS if not check.id.startswith("signature.") and check.id != "http.load"
    }
    for name in ("sig", "payload.bat"):
        with pytest.raises(UsageError, match=f"no check '{name}'"):
            chosen((name,))


def test_every_check_is_listed_once_and_rests_on_earlier_ones() -> None:
    ids = [check.id for check in CHECKS]
    assert len(set(ids)) == len(ids)
    for position, check in enumerate(CHECKS):
        assert set(check.after) <= set(ids[:position])
