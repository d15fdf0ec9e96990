"""Commands for HTTPie that send the same bytes."""

import re
from collections.abc import Iterator

from hookscope.formats.exporters.curl import signature_command
from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.request_headers import headers_to_sign, is_signable, request_headers
from hookscope.formats.exporters.shell_quoting import argument, is_printable, printf, quote
from hookscope.meta.signature import ALGORITHMS
from hookscope.model.record import Capture

_OWN = (b"User-Agent", b"Accept", b"Accept-Encoding", b"Content-Type")
"""The headers that HTTPie would add itself; a name with a colon and nothing behind it keeps it from that."""

_UNTELLABLE = re.compile(rb"\\[:;=@]")


def entry(capture: Capture, options: Options) -> bytes | None:
    """Return the command for a capture, if there can be one."""
    return f"{command(capture, options)}\n".encode("ascii") if unsupported_reason(capture) is None else None


def unsupported_reason(capture: Capture) -> str | None:
    """Return why a capture cannot be written as a command for HTTPie, or None when it can."""
    headers = request_headers(capture)
    values = [value for _, value in headers]
    if capture.request.method.startswith("-") or any(name.startswith(b"-") for name, _ in headers):
        return "HTTPie treats text that begins with `-` as an option; use curl"
    if any(_UNTELLABLE.search(value) for value in values):
        return "HTTPie cannot send a header with a backslash before `:`, `;`, `=` or `@`; use curl"
    if not all(_is_utf8(value) for value in values):
        return "HTTPie cannot send a header that is not UTF-8; use curl"
    return None


def command(capture: Capture, options: Options) -> str:
    """Return the command for one capture, over several lines."""
    body, url = capture.request.body, options.url_of(capture)
    typable = is_printable(body)
    words = ["--ignore-stdin"] if typable else []
    words += ["--path-as-is"] if "/." in url else []
    words += [f"--raw={quote(body.decode('ascii'))}"] if typable and body else []
    words += [quote(capture.request.method), argument(url.encode("utf-8", "surrogatepass"))]
    head = f"{'' if typable else printf(body) + ' | '}http {' '.join(words)}"
    lines = _headers(capture, resign=options.resign and is_signable(capture))
    return head + "".join(f" \\\n  {line}" for line in lines)


def _headers(capture: Capture, *, resign: bool) -> Iterator[str]:
    headers = request_headers(capture)
    for name, value in headers_to_sign(headers) if resign else headers:
        if resign and (algorithm := ALGORITHMS.get(name.lower())):
            yield f'"{name.decode()}:{signature_command(capture.request.body, algorithm)}"'
        else:
            yield argument(name + b":" + _escape(value) if value else name + b";")
    present = {name.lower() for name, _ in headers}
    for name in _OWN:
        if name.lower() not in present:
            yield quote(f"{name.decode()}:")


def _escape(value: bytes) -> bytes:
    """Escape the colon: to HTTPie, `:=` and `:@` do not introduce headers."""
    return b"\\" + value if value[:1] in (b"=", b"@") else value


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
