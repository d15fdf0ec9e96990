"""The plugin in sessions of its own: what it loads, the marker, and what the user sees."""

import importlib.metadata
import tomllib
from pathlib import Path

import pytest

from hookscope.formats import event_stream
from hookscope.model.record import Kind
from hookscope.model.run_events import Captured
from tests.support.captures import WHEN, feed_body, make_capture
from tests.support.processes import ROOT

pytest_plugins = ["pytester"]

PLUGINS = ("-p", "hookscope.pytest_plugin", "-p", "pytest_asyncio.plugin", "-p", "xdist.plugin")
INSTALLED = {found.value for found in importlib.metadata.entry_points(group="pytest11")}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load only the plugins that are named, whatever else is installed."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_subprocess(*PLUGINS, "-p", "no:cacheprovider", "--strict-markers", *arguments)


LOADED = """
    import sys

    def test_what_is_loaded():
        ours = {name for name in sys.modules if name.partition(".")[0] == "hookscope"}
        assert ours == {"hookscope", "hookscope.pytest_plugin"}
        pytest_s_own = {"asyncio"} if sys.version_info >= (3, 14) else set()  # By its debugger, pdb.
        unneeded = {"aiohttp", "asyncio", "sqlite3", "textual", "rich", "pyngrok", "click"} - pytest_s_own
        assert not unneeded & sys.modules.keys()
"""


@pytest.mark.skipif("hookscope.pytest_plugin" not in INSTALLED, reason="installed before there was a plugin")
def test_a_plain_session_loads_the_plugin_s_module_alone(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    pytester.makepyfile(LOADED)
    others = ("no:asyncio", "no:aiohttp", "no:xdist", "no:xdist.looponfail", "no:anyio", "no:timeout")
    blocked = [part for name in (*others, "no:hypothesispytest", "no:platformdirs") for part in ("-p", name)]
    result = pytester.runpytest_subprocess(*blocked, "--trace-config")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*hookscope*pytest_plugin*"])


def test_the_plugin_that_is_named_loads_itself_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(LOADED)
    pytester.runpytest_subprocess("-p", "hookscope.pytest_plugin").assert_outcomes(passed=1)


def test_the_wheel_names_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"hookscope": "hookscope.pytest_plugin"}


@pytest.mark.slow
def test_fixtures_and_marker_have_help(pytester: pytest.Pytester) -> None:
    shown = run(pytester, "--fixtures", "--markers").stdout.str()
    assert "hookscope_replay(file, filter=" in shown
    listed = run(pytester, "--fixtures").stdout.str()
    for name in ("hookscope_sandbox", "meta_webhook", "meta_webhook_sync", "captured", "captured_sync"):
        assert f"\n{name} --" in listed
    assert "no docstring available" not in listed.partition("hookscope.pytest_plugin")[2].partition("pytest_asyncio")[0]


APP = """
    import hookscope
    import pytest

    @pytest.fixture
    def hookscope_app_secret():
        return "the-secret-of-my-own-app"

    seen = []

    async def app(scope, receive, send):
        body = (await receive())["body"]
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        if scope["method"] == "GET":
            status, text = 200, hookscope.answer_handshake(scope["query_string"].decode(), "blue-token")
        else:
            is_valid = hookscope.verify(headers, body, "the-secret-of-my-own-app")
            status, text = (200 if is_valid else 401), "OK"
        seen.append(body)
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": text.encode()})
"""


def write(path: Path, *kinds: str) -> None:
    """Write a file as `hookscope captures export --format ndjson` does."""
    known = {
        "comment": make_capture(feed_body("hello"), id=1),
        "forged": make_capture(feed_body("forged"), id=2),
        "stray": make_capture(b"", id=3, kind=Kind.STRAY),
        "like": make_capture(feed_body(item="like"), id=4),
    }
    lines = (event_stream.event_to_json(Captured(at=WHEN, capture=known[kind])) for kind in kinds)
    path.write_text("".join(event_stream.line(line or {}) + "\n" for line in lines), "utf-8")


@pytest.mark.slow
def test_a_marker_makes_a_test_for_each_capture(pytester: pytest.Pytester) -> None:
    write(pytester.path / "seen.ndjson", "comment", "stray", "like")
    pytester.makepyfile(
        APP
        + """
    @pytest.mark.hookscope_replay("seen.ndjson")
    def test_all(hookscope_capture, meta_webhook_sync):
        assert meta_webhook_sync.replay(hookscope_capture, to=app).status == 200
        assert seen[-1] == hookscope_capture.request.body

    @pytest.mark.asyncio
    @pytest.mark.hookscope_replay("seen.ndjson", filter="hello")
    async def test_some(hookscope_capture, meta_webhook, captured):
        await meta_webhook.replay(hookscope_capture, to=app)
        comment = await captured.expect("field:feed hello status:200")
        assert str(comment.signature.verdict) == "valid"
    """
    )
    result = run(pytester, "-v", "-n", "1")
    result.assert_outcomes(passed=3)
    shown = result.stdout.str()
    assert "test_all[1-page.feed-comment-add]" in shown
    assert "test_some[1-page.feed-comment-add]" in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("marker", "argument", "told"),
    [
        ('("none.ndjson")', "hookscope_capture", ["*none.ndjson cannot be read: No such file*", "next: *export*"]),
        (
            '("seen.ndjson", filter="field:leadgen")',
            "hookscope_capture",
            ["*no capture in seen.ndjson that matches*"],
        ),
        ('("seen.ndjson", filter="feld:x")', "hookscope_capture", ["*hookscope_replay: *feld*"]),
        ('("broken.ndjson")', "hookscope_capture", ["*the file cannot be read: line 1*"]),
        ('("seen.ndjson", "a", "b")', "hookscope_capture", ["*it takes a file and optionally a filter*"]),
        ("", "hookscope_capture", ["*it takes a file and optionally a filter*", "next: *captures.ndjson*"]),
        ('("seen.ndjson")', "tmp_path", ["*does not take hookscope_capture*"]),
    ],
)
def test_a_marker_that_makes_no_sense_fails_the_collection(
    pytester: pytest.Pytester, marker: str, argument: str, told: list[str]
) -> None:
    write(pytester.path / "seen.ndjson", "comment")
    (pytester.path / "broken.ndjson").write_text("not json\n")
    pytester.makepyfile(
        f"""
    import pytest

    @pytest.mark.hookscope_replay{marker}
    def test_it({argument}):
        pass
    """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(told)
    assert "Traceback" not in result.stdout.str()


@pytest.mark.slow
def test_errors_show_the_next_step(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        APP
        + """
    def test_without_a_file(hookscope_capture):
        pass

    def test_an_unknown_sample(meta_webhook_sync):
        meta_webhook_sync.send("page.feed.coment", to=app)

    def test_nobody_there(meta_webhook_sync):
        meta_webhook_sync.send("page.feed.comment", to="http://127.0.0.1:1/webhook")

    def test_raising(meta_webhook_sync):
        def broken(environ, start_response):
            raise LookupError("no such conversation")
        meta_webhook_sync.send("page.feed.comment", to=broken)

    def test_unmet(meta_webhook_sync, captured_sync):
        meta_webhook_sync.handshake(app, "blue-token")
        captured_sync.expect("field:feed", timeout=0)

    def test_not_awaited(meta_webhook, captured):
        meta_webhook.payload("page.feed.comment")
        meta_webhook.send("page.feed.comment", to=app)
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=4, errors=2)
    assert "def blocking" not in result.stdout.str()
    assert "pytest_plugin/" not in result.stdout.str()
    result.stdout.fnmatch_lines(["*send(…) was not awaited, and did nothing", "next: await it, or take*_sync*"])
    result.stdout.fnmatch_lines(["*mark the test: @pytest.mark.hookscope_replay*"])
    result.stdout.fnmatch_lines(
        [
            "*there is no sample 'page.feed.coment'; did you mean page.feed.comment*",
            "*next: see `hookscope trigger --list`*",
        ]
    )
    result.stdout.fnmatch_lines(["*no answer to POST /webhook: no connection*", "*next: start the app*"])
    result.stdout.fnmatch_lines(["*LookupError: no such conversation*", "*POST /webhook: it raised LookupError*"])
    result.stdout.fnmatch_lines(["*no capture matches 'field:feed'*", "*handshake  accepted  ?200]*"])
