"""Commands for curl that send the same bytes, to paste into any shell."""

from collections.abc import Iterator

from hookscope.formats.exporters.options import Options
from hookscope.formats.exporters.request_headers import headers_to_sign, is_signable, request_headers
from hookscope.formats.exporters.shell_quoting import argument, is_printable, printf, quote
from hookscope.meta.signature import ALGORITHMS
from hookscope.model.record import Capture

_OWN = (b"User-Agent", b"Accept")
"""The headers that curl would add itself; a name with a colon and nothing behind it keeps it from that."""

_EXPECTING_FROM = 1 << 20
"""curl asks the server whether it may send a body over this size, which Meta does not."""


def entry(capture: Capture, options: Options) -> bytes:
    """Return the command for a capture."""
    return f"{command(capture, options)}\n".encode("ascii")


def command(capture: Capture, options: Options) -> str:
    """Return the command for one capture, over several lines."""
    body, method = capture.request.body, capture.request.method
    url = options.url_of(capture)
    words = ["--head" if method == "HEAD" else f"-X {quote(method)}", argument(url.encode("utf-8", "surrogatepass"))]
    words += ["-g"] if any(char in url for char in "[]{}") else []
    words += ["--path-as-is"] if "/." in url else []
    words += [f"-H {word}" for word in _headers(capture, resign=options.resign and is_signable(capture))]
    if is_printable(body):
        words += [f"--data-raw {quote(body.decode('ascii'))}"] if body or method == "POST" else []
        return f"curl {_lines(words)}"
    return f"{printf(body)} | curl {_lines([*words, '--data-binary @-'])}"


def signature_command(body: bytes, algorithm: str) -> str:
    """Return the text for a signature within double quotes: the shell computes it from HOOKSCOPE_APP_SECRET."""
    digest = f'openssl dgst -{algorithm} -hmac "$HOOKSCOPE_APP_SECRET"'
    return f"{algorithm}=$({printf(body)} | {digest} | sed 's/.* //')"


def _headers(capture: Capture, *, resign: bool) -> Iterator[str]:
    headers, body = request_headers(capture), capture.request.body
    for name, value in headers_to_sign(headers) if resign else headers:
        if resign and (algorithm := ALGORITHMS.get(name.lower())):
            yield f'"{name.decode()}: {signature_command(body, algorithm)}"'
        else:
            yield argument(name + b": " + value if value else name + b";")
    present = {name.lower() for name, _ in headers}
    unwanted = [*_OWN, *([b"Content-Type"] if body or capture.request.method == "POST" else [])]
    unwanted += [b"Expect"] if len(body) > _EXPECTING_FROM else []
    for name in unwanted:
        if name.lower() not in present:
            yield quote(f"{name.decode()}:")


def _lines(words: list[str]) -> str:
    return " ".join(words[:2]) + "".join(f" \\\n  {word}" for word in words[2:])
