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
        return self._issue(name, name, self.file, self._key)

    def expired_server(self, name: str) -> ssl.SSLContext:
        """Return the same, with a certificate that is valid until the second in which it is made."""
        file, key, request = (self._folder / f"expired-{name}.{kind}" for kind in ("pem", "key", "csr"))
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", str(key))
        named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
        _openssl("req", "-new", *new_key, "-out", str(request), *named)
        issued = ("-CA", str(self.file), "-CAkey", str(self._key), "-CAcreateserial", "-copy_extensions", "copy")
        _openssl("x509", "-req", "-in", str(request), "-out", str(file), "-days", "0", *issued)
        return _context(file, key)

    def server_without_chain(self, name: str) -> ssl.SSLContext:
        """Return the same, issued by an authority in between that the server does not name."""
        between, key = self._folder / "between.pem", self._folder / "between.key"
        _make(
            *(between, key, "/CN=an authority in between"),
            *("-CA", str(self.file), "-CAkey", str(self._key)),
            *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"),
        )
        return self._issue(f"chained-{name}", name, between, key)

    def self_signed_server(self, name: str) -> ssl.SSLContext:
        """Return the same, with a self-signed certificate."""
        file, key = self._folder / f"self-{name}.pem", self._folder / f"self-{name}.key"
        _make(file, key, f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
        return _context(file, key)

    def _issue(self, stem: str, name: str, authority: Path, authority_key: Path) -> ssl.SSLContext:
        file, key = self._folder / f"{stem}.pem", self._folder / f"{stem}.key"
        issued = ("-CA", str(authority), "-CAkey", str(authority_key), "-addext", "basicConstraints=CA:FALSE")
        _make(file, key, f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", *issued)
        return _context(file, key)


def _make(file: Path, key: Path, subject: str, *options: str) -> None:
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-keyout", str(key))
    _openssl("req", "-x509", *new_key, "-out", str(file), "-days", "30", "-subj", subject, *options)


def _openssl(*arguments: str) -> None:
    subprocess.run(("openssl", *arguments), check=True, capture_output=True)


def _context(file: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return context
