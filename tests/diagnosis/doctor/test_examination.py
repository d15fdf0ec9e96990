"""Seeded misconfigurations, each of which turns its own line red and no other."""

import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from hookscope import run_registry
from hookscope.diagnosis.doctor.callbacks import examine_url
from hookscope.diagnosis.doctor.collector import DoctorRequest
from hookscope.diagnosis.doctor.examination import examine
from hookscope.diagnosis.finding import Finding, State
from hookscope.meta.catalog import question_fields
from hookscope.meta.signature import Signature, SignatureVerdict
from hookscope.model.record import Kind, Reply, Source, is_played
from hookscope.sandbox.entities import CallbackOverride, SandboxApp
from hookscope.secret_sources import PAGE_TOKEN, USER_TOKEN, Secret, SecretSources
from hookscope.settings import App
from tests.diagnosis.doctor.scene import TOKEN, Scene, echo, from_test_button, healthy, leads, message
from tests.support.captures import WHEN, make_capture, make_handshake

Seed = Callable[[Scene], Awaitable[None]]


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with healthy(tmp_path) as made:
        yield made


async def wrong_secret(scene: Scene) -> None:
    scene.secret = Secret("0" * 32)


async def no_subscription(scene: Scene) -> None:
    scene.wanted = {"page": (), "instagram": ()}


async def inactive(scene: Scene) -> None:
    scene.subscribe(active=False)


async def left_over(scene: Scene) -> None:
    scene.note("1-dead")


async def callback_down(scene: Scene) -> None:
    scene.callback.status = 500


async def field_missing(scene: Scene) -> None:
    scene.wanted = {"page": ("feed", "leadgen")}


async def token_invalid(scene: Scene) -> None:
    scene.page_token = Secret("EAA" + "0" * 60)


async def token_of_another_kind(scene: Scene) -> None:
    scene.page_token = scene.user_token


async def page_without_the_app(scene: Scene) -> None:
    scene.world.uninstall(scene.world.page.id, scene.app_id)


async def page_without_the_field(scene: Scene) -> None:
    scene.world.install(scene.world.page.id, scene.app_id, ("feed",))


async def whatsapp_without_the_app(scene: Scene) -> None:
    scene.world.uninstall_whatsapp(scene.app_id)


async def whatsapp_elsewhere(scene: Scene) -> None:
    scene.world.install_whatsapp(
        scene.app_id, CallbackOverride(callback_url="https://else/hook", verify_token=Secret("t"))
    )


async def handshake_refused(scene: Scene) -> None:
    await scene.keep(make_handshake(accepted=False, reason="the verify token is a different one"), make_capture())


async def signature_wrong(scene: Scene) -> None:
    wrong = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="another secret")
    await scene.keep(make_capture(), make_capture(signature=wrong), status=None)
    await scene.keep(make_capture(signature=wrong))


async def app_failing(scene: Scene) -> None:
    await scene.keep(make_capture(), status=500)


async def slow_answers(scene: Scene) -> None:
    await scene.keep(*[make_capture(reply=Reply(status=200, body=b"OK", elapsed_ms=9000.0)) for _ in range(3)])


SEEDS: dict[str, Seed] = {
    "app.credentials": wrong_secret,
    "subscription.exists": no_subscription,
    "subscription.active": inactive,
    "subscription.owner": left_over,
    "callback.answers": callback_down,
    "subscription.fields": field_missing,
    "token.valid": token_invalid,
    "token.kind": token_of_another_kind,
    "page.installed": page_without_the_app,
    "page.fields": page_without_the_field,
    "whatsapp.installed": whatsapp_without_the_app,
    "whatsapp.override": whatsapp_elsewhere,
    "history.handshake": handshake_refused,
    "history.signature": signature_wrong,
    "history.delivery": app_failing,
    "history.time": slow_answers,
}


async def test_a_healthy_chain_has_no_red_line(scene: Scene) -> None:
    assert await scene.red() == set()


@pytest.mark.parametrize(("check", "seed"), SEEDS.items(), ids=SEEDS)
async def test_each_misconfiguration_turns_its_own_line_red(scene: Scene, check: str, seed: Seed) -> None:
    await seed(scene)
    lines = await scene.examine()
    red = [line for line in lines if line.finding.failed]
    assert {line.check.id for line in red} == {check}
    assert all(line.finding.next_step for line in red)
    assert all(line.finding.why for line in lines if line.finding.state is State.UNKNOWN)


async def test_an_application_that_refuses_is_told_apart_from_one_that_fails(scene: Scene) -> None:
    await scene.keep(make_capture(), status=403)
    (line,) = [line for line in await scene.examine() if line.finding.failed]
    assert line.check.id == "history.delivery"
    assert "CSRF" in (line.finding.why or "")


async def test_a_token_of_another_app_is_told(scene: Scene) -> None:
    other = SandboxApp(id="77", secret=Secret("1" * 32), name="Other")
    scene.world.apps[other.id] = other
    scene.subscribe()
    scene.app_id, scene.secret = other.id, other.secret
    scene.subscribe()
    assert "token.app" in await scene.red()


async def test_a_callback_that_somebody_replaced_under_a_live_run_is_told(scene: Scene) -> None:
    run = run_registry.LiveRun(
        key="1-live", pid=1, address="/nowhere", journal="", app_id=scene.app_id, objects=("page",)
    )
    with run_registry.announce(run):
        scene.note(run.key, "https://ours.example/hook")
        assert await scene.red() == {"subscription.owner"}


async def test_changes_that_an_ended_run_left_on_an_account_are_reported(scene: Scene) -> None:
    entry = scene.install("1-dead")
    (line,) = [line for line in await scene.examine() if line.finding.failed]
    assert (line.check.id, line.finding.fix) == ("account.owner", entry.teardown)


@pytest.mark.parametrize(
    ("given", "keeper"),
    [({"kept": True}, "a run with --keep"), ({"kept": True, "is_relays": True}, "a relay"),
     ({"is_relays": True}, "a relay")],
    ids=["kept", "a relay's", "a relay's that was killed in its call"],
)  # fmt: skip
async def test_what_was_left_in_place_for_good_is_not_to_be_put_back(
    given: dict[str, bool], keeper: str, scene: Scene
) -> None:
    scene.note("1-dead", **given)
    override = CallbackOverride(callback_url="https://ours.example/hook", verify_token=Secret("t"))
    scene.world.install_whatsapp(scene.app_id, override)
    account = scene.install("1-dead", override.callback_url, **given)
    told = [line.finding.what for line in await scene.examine()]
    assert f"page goes to {scene.url}, which {keeper} left in place" in told
    assert f"{account.scope} is as {keeper} left it" in told
    assert any(f"sends its events to {override.callback_url}, which {keeper} left in place" in what for what in told)
    assert await scene.red() == set()
    scene.callback.status = 502
    assert await scene.red() == {"callback.answers"}


async def test_the_override_of_a_live_run_is_no_fault(scene: Scene) -> None:
    run = run_registry.LiveRun(
        key="1-live", pid=1, address="/nowhere", journal="", app_id=scene.app_id, objects=("page",)
    )
    override = CallbackOverride(callback_url="https://ours.example/hook", verify_token=Secret("t"))
    scene.world.install_whatsapp(scene.app_id, override)
    with run_registry.announce(run):
        scene.install(run.key, override.callback_url)
        assert await scene.red() == set()


async def test_the_dead_callback_of_an_ended_run_is_one_fault(scene: Scene) -> None:
    scene.callback.status = 502
    entry = scene.note("1-dead")
    scene.wanted = {"page": ()}
    (line,) = [line for line in await scene.examine() if line.finding.failed]
    assert (line.check.id, line.finding.next_step) == ("subscription.owner", entry.teardown_command)


async def test_delays_and_near_expiry_are_warnings(scene: Scene) -> None:
    scene.subscribe(version="v24.0")
    assert await scene.state("subscription.versions") == {State.WARNING, State.OK}


async def test_a_wanted_field_that_is_a_slip_of_the_pen_gets_the_nearest_name(scene: Scene) -> None:
    scene.wanted = {"page": ("leadgenn",)}
    (line,) = [line for line in await scene.examine() if line.finding.failed]
    assert line.check.id == "subscription.fields"
    assert "did you mean 'leadgen'?" in (line.finding.why or "")


async def test_a_test_without_anything_real_is_a_warning(scene: Scene, tmp_path: Path) -> None:
    scene.journal = tmp_path / "another.db"
    await scene.keep(from_test_button())
    assert await scene.state("history.test") == {State.WARNING}
    assert await scene.state("app.mode") == {State.UNKNOWN}
    await scene.keep(make_capture())
    assert await scene.state("history.test") == {State.OK}
    assert await scene.state("app.mode") == {State.OK}


async def test_without_a_journal_the_history_is_grey(scene: Scene, tmp_path: Path) -> None:
    scene.journal = tmp_path / "none.db"
    history = {line.finding.state for line in await scene.examine() if line.check.id.startswith("history.")}
    assert history == {State.UNKNOWN}


async def test_what_the_sandbox_plays_colors_no_line(scene: Scene) -> None:
    forged = Signature(verdict=SignatureVerdict.INVALID, algorithm="sha256", reason="another secret")
    real = make_capture(source=Source.SANDBOX)
    await scene.keep(*[real] * 6, make_capture(source=Source.SANDBOX, signature=forged), status=None)
    lines = {line.check.id: line.finding for line in await scene.examine()}
    assert lines["history.signature"].state is lines["history.duplicates"].state is State.OK
    assert "part of the sandbox's show: 7" in lines["history.signature"].what


@pytest.mark.parametrize("source", [Source.LIVE, Source.SANDBOX])
async def test_only_the_sandbox_plays_strangers(source: Source) -> None:
    verdicts = {(kind, verdict): is_played(source, kind, verdict) for kind in Kind for verdict in SignatureVerdict}
    played = {pair for pair, played in verdicts.items() if played}
    strays = {(Kind.STRAY, verdict) for verdict in SignatureVerdict}
    forged = {(Kind.NOTIFICATION, SignatureVerdict.INVALID), (Kind.NOTIFICATION, SignatureVerdict.MISSING)}
    assert played == (strays | forged if source is Source.SANDBOX else set())


async def test_a_stranger_s_forgery_after_something_genuine_is_no_red_line(scene: Scene) -> None:
    wrong, missing = (Signature(verdict=one) for one in (SignatureVerdict.INVALID, SignatureVerdict.MISSING))
    await scene.keep(make_capture(), make_capture(signature=missing), make_capture(signature=missing), status=None)
    assert await scene.state("history.signature") == {State.OK}
    await scene.keep(make_capture(signature=wrong), status=None)
    assert await scene.state("history.signature") == {State.WARNING}
    await scene.keep(make_capture(), status=None)
    assert await scene.state("history.signature") == {State.OK}


async def test_a_bot_that_answers_its_own_echoes_is_told(scene: Scene) -> None:
    await scene.keep(*[echo(number) for number in range(12)])
    assert await scene.state("history.echoes") == {State.WARNING}


async def test_echoes_now_and_then_are_no_loop(scene: Scene) -> None:
    await scene.keep(*[replace(echo(n), received_at=WHEN + timedelta(minutes=n)) for n in range(12)])
    assert await scene.state("history.echoes") == {State.OK}


async def test_many_duplicates_are_a_warning(scene: Scene) -> None:
    await scene.keep(make_capture())
    assert await scene.state("history.duplicates") == {State.OK}
    await scene.keep(make_capture(), make_capture())
    assert await scene.state("history.duplicates") == {State.WARNING}


async def test_messages_that_come_on_standby_are_a_warning(scene: Scene) -> None:
    scene.subscribe(fields=("messages",))
    assert await scene.state("history.standby") == {State.UNKNOWN}
    await scene.keep(message("messaging"))
    assert await scene.state("history.standby") == {State.OK}
    await scene.keep(message("standby"))
    (line,) = [line for line in await scene.examine() if line.check.id == "history.standby"]
    assert line.finding.state is State.WARNING
    assert "Conversation routing" in (line.finding.next_step or "")


async def test_leads_of_which_only_tests_come_get_a_hint(scene: Scene) -> None:
    scene.subscribe(fields=("leadgen",))
    await scene.keep(leads("0"))
    (line,) = [line for line in await scene.examine() if line.check.id == "history.leads"]
    assert line.finding.state is State.UNKNOWN
    assert "Leads Access" in (line.finding.next_step or "")
    await scene.keep(leads("1234"))
    assert await scene.state("history.leads") == {State.OK}


async def test_only_so_many_pages_are_looked_at(scene: Scene) -> None:
    page = scene.world.page
    for number in range(30):
        scene.world.pages[f"9{number}"] = replace(page, id=f"9{number}", token=Secret(f"EAA{number:030}"))
    lines = [line for line in await scene.examine() if line.check.id == "page.installed"]
    assert (len(lines), lines[-1].finding.state) == (26, State.UNKNOWN)
    assert "6 more Pages" in lines[-1].finding.what


async def test_a_page_without_the_app_beside_one_that_has_it_may_be_meant_so(scene: Scene) -> None:
    other = replace(scene.world.page, id="77", token=Secret("EAA" + "7" * 30), installed={})
    scene.world.pages[other.id] = other
    assert await scene.red() == set()
    scene.page_ids = (other.id,)
    assert await scene.red() == {"page.installed"}
    scene.page_ids = ("78",)
    (line,) = [line for line in await scene.examine() if line.check.id == "page.installed"]
    assert (line.finding.state, line.finding.why) == (State.UNKNOWN, "none of the given tokens gives access to it")
    assert "HOOKSCOPE_PAGE_TOKEN" in str(line.finding.next_step)


async def test_instagram_accounts_cannot_be_looked_at(scene: Scene) -> None:
    scene.subscribe("instagram", fields=("comments",))
    (line,) = [line for line in await scene.examine() if line.check.id == "instagram.installed"]
    assert line.finding.state is State.UNKNOWN
    assert "must be public" in str(line.finding.why)
    assert "Allow access to messages" not in str(line.finding.why)


async def test_what_keeps_messages_of_instagram_away_is_named(scene: Scene) -> None:
    scene.subscribe("instagram", fields=("messages",))
    (line,) = [line for line in await scene.examine() if line.check.id == "instagram.installed"]
    assert "Allow access to messages" in str(line.finding.why)
    assert "must be public" not in str(line.finding.why)


async def test_only_what_is_wanted_is_judged(scene: Scene) -> None:
    scene.subscribe("instagram", fields=("comments",), active=False)
    scene.wanted = {"page": ()}
    assert await scene.red() == set()


async def test_the_next_step_for_an_object_without_fields_names_some_that_it_has(scene: Scene) -> None:
    scene.subscribe("instagram", fields=())
    scene.wanted = {"instagram": (), "user": (), "payments": (), "permissions": ("connected",)}
    steps = [str(line.finding.next_step) for line in await scene.examine() if line.finding.failed]
    commands = [shlex.split(step.rpartition(": ")[2]) for step in steps]
    chosen = {words[words.index("--object") + 1]: words[words.index("--fields") + 1] for words in commands}
    assert chosen.keys() == scene.wanted.keys()
    for topic, fields in chosen.items():
        assert question_fields(topic, fields.split(",")) == []
    assert chosen["permissions"] == "connected"


async def test_the_next_step_for_a_page_names_a_field_even_if_the_app_has_none(scene: Scene) -> None:
    scene.world.unsubscribe(scene.app_id, "page")
    scene.subscribe(fields=())
    scene.world.uninstall(scene.world.page.id, scene.app_id)
    (line,) = [line for line in await scene.examine() if line.check.id == "page.installed"]
    assert str(line.finding.next_step).endswith("--fields feed")


async def test_one_page_more_than_are_looked_at_is_one_page(scene: Scene) -> None:
    page = scene.world.page
    for number in range(25):
        scene.world.pages[f"9{number}"] = replace(page, id=f"9{number}", token=Secret(f"EAA{number:030}"))
    lines = [line for line in await scene.examine() if line.check.id == "page.installed"]
    assert lines[-1].finding.what.endswith("1 more Page")


async def test_the_time_of_a_single_answer_is_told_in_the_singular(scene: Scene, tmp_path: Path) -> None:
    scene.journal = tmp_path / "one.db"
    capture = make_capture()
    await scene.keep(replace(capture, reply=replace(capture.reply, elapsed_ms=2.0)))
    (line,) = [line for line in await scene.examine() if line.check.id == "history.time"]
    assert line.finding.what.startswith("the last notification was answered within")


async def page_lines(token_info: dict[str, Any], status: int, variable: str, tmp_path: Path) -> list[Finding]:
    """Return the findings on Pages when Meta describes a token so."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("/debug_token"):
            return web.json_response(token_info, status=status)
        if request.path.endswith("/accounts"):
            return web.json_response({"data": []})
        return web.json_response({"data": [{"object": "page", "callback_url": "http://127.0.0.1:9/", "fields": []}]})

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        request = DoctorRequest(
            app=App(app_id="1", secret=Secret("0" * 32), graph_url=url, graph_version="v25.0"),
            secrets=SecretSources({variable: "EAA" + "1" * 30}),
            journal=tmp_path / "journal.db",
        )
        lines = await examine(request, notify=lambda _: None)
    finally:
        await runner.cleanup()
    return [line.finding for line in lines if line.check.id == "page.installed"]


async def test_a_token_about_which_meta_tells_nothing_is_not_called_invalid(tmp_path: Path) -> None:
    refusal = {"error": {"message": "(#100) The App_id in the input_token did not match", "code": 100}}
    (finding,) = await page_lines(refusal, 400, PAGE_TOKEN, tmp_path)
    assert "asking about a token failed" in str(finding.why)


async def test_the_token_of_a_system_user_opens_its_pages(tmp_path: Path) -> None:
    info = {"data": {"app_id": "1", "type": "SYSTEM_USER", "is_valid": True, "scopes": []}}
    assert await page_lines(info, 200, USER_TOKEN, tmp_path) == []


async def test_an_unreachable_graph_api_leaves_the_rest_grey(scene: Scene) -> None:
    scene.server.knobs.turn({"failing_calls": 9, "call_failure": "502"})
    lines = await scene.examine()
    assert [line.finding.id for line in lines if line.finding.failed] == ["graph.not-meta"]
    assert "none was given" not in " ".join(line.finding.why or "" for line in lines)


async def test_a_page_that_refuses_to_be_read_has_a_next_step(scene: Scene) -> None:
    scene.server.knobs.page_permission = False
    (line,) = [line for line in await scene.examine() if line.check.id == "page.installed"]
    assert line.finding.state is State.UNKNOWN
    assert "pages_manage_metadata" in str(line.finding.next_step)


@pytest.mark.parametrize(("status", "state"), [(204, State.UNKNOWN), (404, State.FAILED)])
async def test_what_may_be_the_refusal_of_a_made_up_token_is_told_to_be_so(
    scene: Scene, status: int, state: State
) -> None:
    scene.callback.refusal = status
    assert (await examine_url(scene.url, TOKEN)).state is State.OK
    finding = await examine_url(scene.url, None)
    assert finding.state is state
    assert "how it refuses" in str(finding.why)
    assert "HOOKSCOPE_VERIFY_TOKEN" in str(finding.next_step)


async def test_a_url_is_asked_with_a_made_up_token_when_there_is_no_other(scene: Scene) -> None:
    assert (await examine_url(scene.url, TOKEN)).id == "callback.answers"
    refused = await examine_url(scene.url, None)
    assert (refused.id, refused.state) == ("callback.answers", State.OK)
    assert "made-up" in refused.what
