"""Checking an endpoint from a program."""

from typing import Any

import pytest

import hookscope
from tests.diagnosis.endpoint.receiver import SECRET, TOKEN, OnlyIfThere, Receiver, served


async def test_a_right_endpoint_has_no_failed_finding() -> None:
    async with served(Receiver()) as url:
        findings = await hookscope.check_endpoint(url, verify_token=TOKEN, app_secret=SECRET, only=["signature"])
    assert {finding.state for finding in findings} == {"ok"}
    assert {finding.id.partition(".")[0] for finding in findings} == {"endpoint", "signature"}


async def test_a_single_check_may_be_named_by_itself() -> None:
    async with served(Receiver()) as url:
        findings = await hookscope.check_endpoint(url, verify_token=TOKEN, only="handshake", skip="handshake.mode")
    names = {finding.id for finding in findings}
    assert {name.partition(".")[0] for name in names} == {"endpoint", "handshake"}
    assert "handshake.mode" not in names


async def test_the_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOKSCOPE_APP_SECRET", SECRET)
    async with served(OnlyIfThere()) as url:
        findings = await hookscope.check_endpoint(url, only=["signature.missing"])
    assert [finding.id for finding in findings if finding.failed] == ["signature.missing"]


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://example.com", {}),
        ("3000", {"event": "page.fed"}),
        ("3000", {"only": ["x"]}),
        ("3000", {"app_secret": ""}),
    ],
)
async def test_what_cannot_be_checked_is_refused(url: str, options: dict[str, Any]) -> None:
    with pytest.raises(hookscope.UsageError):
        await hookscope.check_endpoint(url, **options)
