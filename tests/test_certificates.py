"""Certificates are read late, and then decide as they always do."""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from hookscope import certificates
from tests.support.certificates import Authority
from tests.support.program import Home

_RUN = """
import sys
from hookscope.cli.run.command import command

command(["--sandbox", "--json", "--exit-after", "1"], standalone_mode=False)
print(len(sys.modules["aiohttp.connector"]._SSL_CONTEXT_VERIFIED.get_ca_certs()))
"""


async def _connect(context: ssl.SSLContext, server: ssl.SSLContext) -> None:
    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(close, "127.0.0.1", 0, ssl=server) as serving:
        port = serving.sockets[0].getsockname()[1]
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="app.example")
        writer.close()


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Return the only authority that the system trusts."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return authority


async def test_the_first_connection_reads_them(authority: Authority) -> None:
    context = certificates.late_context()
    assert context.get_ca_certs() == []

    await _connect(context, authority.server("app.example"))

    assert len(context.get_ca_certs()) == 1


async def test_a_server_that_nobody_vouches_for_is_refused(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await _connect(certificates.late_context(), authority.self_signed_server("app.example"))


async def test_a_certificate_for_another_host_is_refused(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=r"app\.example"):
        await _connect(certificates.late_context(), authority.server("other.example"))


def test_they_can_be_read_before(authority: Authority) -> None:
    context = certificates.late_context()

    certificates.read()

    assert len(context.get_ca_certs()) == 1


def test_it_is_as_strict_as_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    context, usual = certificates.late_context(), ssl.create_default_context()

    for name in ("protocol", "verify_mode", "verify_flags", "check_hostname", "options", "minimum_version"):
        assert getattr(context, name) == getattr(usual, name)
    assert context.keylog_filename == usual.keylog_filename


@pytest.mark.slow
def test_a_run_in_a_sandbox_reads_none(authority: Authority, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    environment = {**home.environment, "SSL_CERT_FILE": str(authority.file)}
    done = subprocess.run(
        [sys.executable, "-c", _RUN], env=environment, cwd=home.work, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "0"
