"""localtunnel's `lt`, with the lines that the real one prints."""

import pytest

from tests.fakes.fake_program import FakeProgram
from tests.tunnel.conftest import LOCAL, BuildTunnel, refused

_URLS = "your url is: https://red-cat-7.loca.lt\nyour cachedUrl is: https://cached.example.com\n"


@pytest.fixture
def program(program: FakeProgram) -> FakeProgram:
    return program.named("lt")


async def test_the_url_is_read_and_not_the_cached_one(
    build: BuildTunnel, program: FakeProgram, announced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOST", "https://elsewhere.example.com")
    monkeypatch.setenv("SUBDOMAIN", "elsewhere")
    program.plays(("say", _URLS))
    assert await build("localtunnel").open(LOCAL) == "https://red-cat-7.loca.lt"
    (call,) = program.calls
    wanted = "--port 4711 --local-host 127.0.0.1 --host https://localtunnel.me"
    assert call["argv"][1:] == wanted.split()
    assert not {"HOST", "SUBDOMAIN"} & set(call["environment"])
    assert announced == []


async def test_another_name_than_the_asked_one_is_said(
    build: BuildTunnel, program: FakeProgram, announced: list[str]
) -> None:
    program.plays(("say", _URLS))
    tunnel = build("localtunnel", domain="my-hooks.loca.lt", host="https://lt.example.com")
    assert await tunnel.open(LOCAL) == "https://red-cat-7.loca.lt"
    assert program.calls[0]["argv"][-4:] == ["--host", "https://lt.example.com", "--subdomain", "my-hooks"]
    (sentence,) = announced
    assert "red-cat-7" in sentence
    assert "my-hooks" in sentence


async def test_a_firewall_has_its_own_next_step(build: BuildTunnel, program: FakeProgram) -> None:
    said = "Error: connection refused: localtunnel.me:41234 (check your firewall settings)"
    program.plays(("warn", f"{said}\n    at Socket.<anonymous>\n"), ("exit", 1))
    error = await refused(build("localtunnel"))
    assert said in error.message
    assert "--tunnel-host" in (error.hint or "")


async def test_an_end_without_a_word_points_to_the_server(build: BuildTunnel, program: FakeProgram) -> None:
    program.plays(("exit", 1))
    error = await refused(build("localtunnel"))
    assert "it printed nothing" in error.message
    assert "https://localtunnel.me may be away" in (error.hint or "")
