"""Another machine must prove who it is; a name that stands for this one, with `hostaddr`, is such a machine."""

from pathlib import Path

import pytest

from hookscope.team.address import LogAddress, check_address
from hookscope.team.log import LogRefusedError
from hookscope.team.opening import initialize_log
from tests.support.certificates import Authority
from tests.support.postgres import SharedPostgres
from tests.support.tcp_proxy import TcpProxy
from tests.team.postgres.conftest import port_of


def _far(port: int, options: str = "", host: str = "db.example.com") -> LogAddress:
    return check_address(f"postgresql://postgres@{host}:{port}/postgres?hostaddr=127.0.0.1{options}", log="log_tls")


async def test_a_server_without_tls_is_refused_at_once(postgres: SharedPostgres) -> None:
    with pytest.raises(LogRefusedError, match="does not support SSL") as refused:
        await initialize_log(_far(port_of(check_address(postgres.url))))
    assert refused.value.code == 2


async def test_a_database_that_does_not_exist_is_refused_at_once(postgres: SharedPostgres) -> None:
    with pytest.raises(LogRefusedError, match="does not exist") as refused:
        await initialize_log(check_address(f"{postgres.url}_2"))
    assert "psql" in (refused.value.hint or "")


@pytest.mark.slow
async def test_a_server_is_believed_by_its_certificate(
    postgres: SharedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    port = port_of(check_address(postgres.url))
    monkeypatch.setenv("HOME", str(tmp_path))
    async with TcpProxy(port, tls=authority.server("db.example.com")) as server:
        right, wrong = _far(server.port), _far(server.port, host="other.example.com")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))  # What Python trusts.
        assert await initialize_log(right)
        with pytest.raises(LogRefusedError, match="does not match host name"):
            await initialize_log(wrong)
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(_folder(tmp_path)).file))
        with pytest.raises(LogRefusedError, match="certificate verify failed"):
            await initialize_log(right)
        assert await initialize_log(_far(server.port, f"&sslrootcert={authority.file}"))


def _folder(path: Path) -> Path:
    (path / "other").mkdir()
    return path / "other"
