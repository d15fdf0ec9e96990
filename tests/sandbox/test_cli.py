"""`hookscope sandbox` as a command."""

import asyncio
import json
import re
import signal
import socket
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.sandbox.callback import VERIFY_TOKEN, Callback
from tests.support.processes import python
from tests.support.slow import slow_after

_COMMAND = ("-m", "hookscope", "sandbox")


@pytest.mark.parametrize("number", slow_after(1, [signal.SIGINT, signal.SIGTERM]))
async def test_one_line_of_json_tells_all_and_a_signal_ends_it(number: signal.Signals) -> None:
    async with python(*_COMMAND, "--json", "--app-id", "1234567890123456") as process:
        assert process.stdout
        value = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        app_token = f"{value['app_id']}|{value['app_secret']}"
        url = f"{value['base_url']}/v25.0/{value['app_id']}/subscriptions"
        async with ClientSession() as session, session.get(url, params={"access_token": app_token}) as response:
            assert await response.json() == {"data": []}
        process.send_signal(number)
        rest, _ = await asyncio.wait_for(process.communicate(), 30)

    assert (process.returncode, rest) == (0, b"")
    business = {"waba_id", "phone_number_id", "display_phone_number"}
    made_up = {"app_id", "app_secret", "page_id", "page_token", "user_token", *business}
    assert set(value) == {"v", "type", "at", "base_url", *made_up}
    assert (value["v"], value["type"], value["app_id"]) == (1, "sandbox.listening", "1234567890123456")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value["at"])
    assert re.fullmatch(r"[0-9a-f]{32}", value["app_secret"])


async def test_the_human_form_is_aligned_and_ready_to_paste() -> None:
    async with python(*_COMMAND) as process:
        assert process.stdout
        lines = [(await asyncio.wait_for(process.stdout.readline(), 30)).decode().rstrip("\n") for _ in range(11)]
        process.terminate()
        await asyncio.wait_for(process.communicate(), 30)

    assert process.returncode == 0
    values = {line[:16].rstrip(): line[16:] for line in lines[:9]}
    whatsapp = ["WABA id", "Phone number id", "Phone number"]
    assert list(values) == ["Graph API", "App id", "App secret", "Page id", "Page token", "User token", *whatsapp]
    assert lines[9] == ""
    assert lines[10] == (
        f"export HOOKSCOPE_GRAPH_URL={values['Graph API']} HOOKSCOPE_APP_ID={values['App id']} "
        f"HOOKSCOPE_APP_SECRET={values['App secret']} HOOKSCOPE_PAGE_TOKEN={values['Page token']} "
        f"HOOKSCOPE_USER_TOKEN={values['User token']}"
    )


async def test_a_secret_that_is_given_is_used_and_not_printed(tmp_path: Path) -> None:
    secret, file = "secret-of-the-tests-only", tmp_path / "secret"
    file.write_text(f"{secret}\n")
    async with python(*_COMMAND, "--json", "--app-id", "12345", "--app-secret-file", str(file)) as process:
        assert process.stdout
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        value = json.loads(line)
        url = f"{value['base_url']}/v25.0/12345/subscriptions"
        async with ClientSession() as session, session.get(url, params={"access_token": f"12345|{secret}"}) as answer:
            assert await answer.json() == {"data": []}
    assert value["app_secret"] is None
    assert secret not in line


@pytest.mark.slow
async def test_what_is_left_to_paste_leaves_out_a_secret_that_is_given(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret-of-the-tests-only")
    async with python(*_COMMAND, "--app-secret-file", str(tmp_path / "secret")) as process:
        assert process.stdout
        lines = [(await asyncio.wait_for(process.stdout.readline(), 30)).decode() for _ in range(11)]
    assert "App secret      that of --app-secret-file\n" in lines
    assert "HOOKSCOPE_APP_SECRET" not in lines[10]


@pytest.mark.slow
async def test_the_secret_of_a_real_app_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", "another-real-app")
    (tmp_path / "secret").write_text("secret-of-a-real-app")
    (tmp_path / "config.toml").write_text('app_secret_file = "secret"\n')
    arguments = ("--config", str(tmp_path / "config.toml"), "--json")
    async with python(*_COMMAND, *arguments) as process:
        assert process.stdout
        value = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    assert re.fullmatch(r"[0-9a-f]{32}", value["app_secret"])


@pytest.mark.slow
@pytest.mark.parametrize(("scenario", "expected"), [("demo", 1), ("none", 0)])
async def test_the_demo_is_played_unless_it_is_not_wanted(callback: Callback, scenario: str, expected: int) -> None:
    async with python(*_COMMAND, "--json", "--scenario", scenario) as process:
        assert process.stdout
        value = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        form = {
            "object": "page",
            "callback_url": callback.url,
            "verify_token": VERIFY_TOKEN,
            "fields": "feed",
            "access_token": f"{value['app_id']}|{value['app_secret']}",
        }
        async with ClientSession(value["base_url"]) as session:
            await session.post(f"/{value['app_id']}/subscriptions", data=form)
            # A delivery that takes longer than the demo takes to begin: by its end the demo has begun, or never will.
            await session.post("/sandbox/knobs", json={"delivery_delay": 0.8})
            await session.post("/sandbox/send", json={"test": True})
            async with session.get("/sandbox/state") as response:
                state = await response.json()
    kinds = [delivery["kind"] for delivery in state["deliveries"]]
    assert kinds == ["test", "notification"][: 1 + expected]


@pytest.mark.slow
async def test_a_port_that_is_taken_is_wrong_usage() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with python(*_COMMAND, "--port", str(port)) as process:
            out, errors = await asyncio.wait_for(process.communicate(), 30)

    assert (process.returncode, out) == (2, b"")
    assert f"the sandbox cannot listen on 127.0.0.1:{port}".encode() in errors
    assert b"choose another port with --port" in errors


@pytest.mark.parametrize(
    "arguments", slow_after(1, [("--app-id", "abc"), ("--port", "70000"), ("--scenario", "x"), ("--jsn",)])
)
async def test_wrong_options_are_wrong_usage(arguments: tuple[str, ...]) -> None:
    async with python(*_COMMAND, *arguments) as process:
        out, errors = await asyncio.wait_for(process.communicate(), 30)

    assert (process.returncode, out) == (2, b"")
    assert errors.startswith(b"error: ")


@pytest.mark.slow
async def test_its_whatsapp_number_can_be_chosen() -> None:
    async with python(*_COMMAND, "--json", "--waba-id", "7", "--phone-number-id", "42") as process:
        assert process.stdout
        value = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
    assert (value["waba_id"], value["phone_number_id"], value["display_phone_number"]) == ("7", "42", "15550783881")


@pytest.mark.slow
async def test_a_value_that_is_not_a_number_is_refused() -> None:
    async with python(*_COMMAND, "--waba-id", "seven") as process:
        _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert b"waba_id 'seven' is not a number" in said
