"""Certificates for tests, made by the `openssl` command."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


class Authority:
    """A certificate authority of the test's own; `file` is its certificate."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("openssl"):
            pytest.skip("no openssl command here")
        self._folder = folder
        self.file = folder / "authority.pem"
        self._key = folder / "authority.key"
        _make(self.file, self._key, "/CN=an authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def server(self, name: str) -> ssl.SSLContext:
        """Return a server's side of TLS, with a certificate of this authority for the host name."""
        file, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        issued = ("-CA", str(self.file), "-CAkey", str(self._key), "-addext", "basicConstraints=CA:FALSE")
        _make(file, key, f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", *issued)
        return _context(file, key)

    def self_signed_server(self, name: str) -> ssl.SSLContext:
        """Return the same, with a self-signed certificate."""
        file, key = self._folder / f"self-{name}.pem", self._folder / f"self-{name}.key"
        _make(file, key, f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
        return _context(file, key)


def _make(file: Path, key: Path, subject: str, *options: str) -> None:
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", str(key))
    command = ("openssl", "req", "-x509", *new_key, "-out", str(file), "-days", "30", "-subj", subject, *options)
    subprocess.run(command, check=True, capture_output=True)


def _context(file: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context
