"""Tailscale's Funnel, with the lines of its source."""

import pytest

from tests.fakes.fake_program import FakeProgram
from tests.support.slow import slow_rows_after
from tests.tunnel.conftest import LOCAL, BuildTunnel, refused

_URL = "https://desk.tail1a2b3.ts.net"
_SHOWN = f"{{}}:\n\n{_URL}/\n|-- proxy {LOCAL}\n\nPress Ctrl+C to exit.\n"
_LINK = "https://login.tailscale.com/f/funnel?node=n1CNTRL"


@pytest.fixture
def program(program: FakeProgram) -> FakeProgram:
    return program.named("tailscale")


async def test_the_machines_own_name_is_the_url(build: BuildTunnel, program: FakeProgram) -> None:
    program.plays(("say", _SHOWN.format("Available on the internet")))
    assert await build("tailscale").open(LOCAL) == _URL
    assert program.calls[0]["argv"][1:] == ["funnel", LOCAL]


@pytest.mark.parametrize(
    ("said", "told", "hint"),
    slow_rows_after(
        2,
        [
            (
                f"Funnel is not enabled on your tailnet.\nTo enable, visit:\n\n         {_LINK}\n",
                _LINK,
                "open that link",
            ),
            (
                "Funnel not available; HTTPS must be enabled. See https://tailscale.com/s/https.\n",
                "s/https",
                "admin console",
            ),
            (_SHOWN.format("Available within your tailnet"), "within the tailnet only", "allow Funnel"),
            ("foreground already exists under this port\n", "in use", "tailscale funnel reset"),
            ("Access denied: serve config denied\n", "may not change", "--operator"),
            ("failed to connect to local tailscaled; it doesn't appear to be running\n", "not running", "tailscale up"),
        ],
    ),
)
async def test_what_it_refuses_has_a_next_step(
    build: BuildTunnel, program: FakeProgram, said: str, told: str, hint: str
) -> None:
    program.plays(("warn", said))
    error = await refused(build("tailscale"))
    assert told in error.message
    assert hint in (error.hint or "")


async def test_without_the_program_the_other_ways_are_named(
    build: BuildTunnel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    error = await refused(build("tailscale"))
    assert "no program tailscale" in error.message
    assert all(way in (error.hint or "") for way in ("tailscale up", "cloudflared", "ngrok", "--public-url"))
