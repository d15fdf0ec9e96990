"""cloudflared, as its source prints: a box of log lines on stderr, then the connection."""

from typing import Any

import pytest

from tests.fakes.fake_program import FakeProgram
from tests.support.slow import slow_rows_after
from tests.tunnel.conftest import LOCAL, BuildTunnel, refused

_AT = "2026-11-29T10:00:00Z"
_URL = "https://red-cat-purple-rain.trycloudflare.com"
_BOX = f"""\
{_AT} ERR Configuration file /dev/null was empty
{_AT} INF Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to \
experiment and try it out. However, be aware that these account-less Tunnels have no uptime guarantee, are subject to \
the Cloudflare Online Services Terms of Use (https://www.cloudflare.com/website-terms/)
{_AT} INF Requesting new quick Tunnel on trycloudflare.com...
{_AT} INF +--------------------------------------------------------------------------------------------+
{_AT} INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
{_AT} INF |  {_URL}                                             |
{_AT} INF +--------------------------------------------------------------------------------------------+
{_AT} ERR Cannot determine default origin certificate path. No file cert.pem in [~/.cloudflared ~/.cloudflare-warp]
"""
_CONNECTED = (
    f"{_AT} INF Registered tunnel connection connIndex=0 event=0 ip=198.41.200.13 location=fra08 protocol=quic\n"
)


@pytest.fixture
def program(program: FakeProgram) -> FakeProgram:
    return program.named("cloudflared")


async def test_a_quick_tunnel_is_up_once_it_is_connected(build: BuildTunnel, program: FakeProgram) -> None:
    program.plays(("warn", _BOX), ("warn", _CONNECTED))
    assert await build("cloudflared").open(LOCAL) == _URL
    (call,) = program.calls
    assert call["argv"][1:] == ["tunnel", "--config", "/dev/null", "--no-autoupdate", "--url", LOCAL]


async def test_the_box_alone_is_not_enough(build: BuildTunnel, program: FakeProgram) -> None:
    program.plays(("warn", _BOX), ("exit", 1))
    assert "exit status 1" in (await refused(build("cloudflared"))).message


async def test_a_named_one_has_its_domain_and_says_what_stays(
    build: BuildTunnel, program: FakeProgram, announced: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TUNNEL_HOSTNAME", "other.example.com")
    program.plays(("warn", _CONNECTED))
    tunnel = build("cloudflared", domain="https://hooks.example.com/")
    assert await tunnel.open(LOCAL) == "https://hooks.example.com"
    (call,) = program.calls
    assert call["argv"][-4:] == ["--name", "hookscope-hooks-example-com", "--hostname", "hooks.example.com"]
    assert "TUNNEL_HOSTNAME" not in call["environment"]
    (sentence,) = announced
    assert "DNS record" in sentence


@pytest.mark.parametrize(
    ("said", "more", "told", "hint"),
    slow_rows_after(
        1,
        [
            ('failed to request quick Tunnel: Post "x": no such host', {}, "cannot be reached", "network"),
            ("Error unmarshaling QuickTunnel response: error code: 1015", {}, "no quick tunnels at the moment", "wait"),
            (
                "Error locating origin cert: client didn't specify origincert path",
                {"domain": "a.b"},
                "account",
                "login",
            ),
            (
                "code: 1003, reason: an A record with that host already exists",
                {"domain": "a.b"},
                "DNS record",
                "--domain",
            ),
        ],
    ),
)
async def test_what_it_refuses_has_a_next_step(
    build: BuildTunnel, program: FakeProgram, said: str, more: dict[str, Any], told: str, hint: str
) -> None:
    program.plays(("warn", f"{_AT} ERR {said}\n"))
    error = await refused(build("cloudflared", **more))
    assert told in error.message
    assert said in error.message
    assert hint in (error.hint or "")
