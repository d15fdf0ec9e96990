"""The parser of an application's answer, over llhttp by httptools.

aiohttp's own parser is the same llhttp, but importing it imports aiohttp's whole client, which reads every certificate
of the system: half of the start of a replay, for processes that never use that client.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from msgspec import Struct

from hookscope.meta import packing

KEPT_OF_BODY = 64 << 10
_LONGEST_HEAD = 128 << 10
_LARGEST_UNPACKED = 1 << 20


class NotHttpError(Exception):
    """The bytes are not an HTTP/1.1 answer; the message says why."""


class Answer(Struct, frozen=True, kw_only=True):
    """The application's answer: its status, its header lines, its redirect, and the first 64 KiB of its body.

    `flaw` says why the body is not whole, None when it is, or as much of it as is kept.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    content_type: str
    location: str
    body: bytes
    flaw: str | None = None

    @property
    def content(self) -> bytes:
        """The first 64 KiB of the body as the application wrote it, before it or a proxy compressed it.

        As it came if it is compressed in an unknown way, or not whole.
        """
        coding = packing.of(self.headers)
        unpacked = packing.unpack(coding, self.body, largest=_LARGEST_UNPACKED) if coding else None
        return self.body if unpacked is None else unpacked[:KEPT_OF_BODY]


class AnswerParser:
    """Reads the answers of one connection, one after another; `start` before each.

    `answer` is set as soon as the answer is complete, or as much of it as is kept. After that `may_stay_open` tells
    whether another request may follow on the connection. `bodiless` answers, those to HEAD, end with their headers.
    """

    def __init__(self) -> None:
        self._parser = _llhttp(self)
        self.start(bodiless=False)

    def start(self, *, bodiless: bool) -> None:
        """Expect the next answer."""
        self._bodiless = bodiless
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._kept = 0
        self._read = 0
        self._status = 0
        self.answer: Answer | None = None
        self.may_stay_open = False

    def feed(self, data: memoryview) -> None:
        """Read a part of an answer. Raises NotHttpError when there is none; a mistake after its headers ends it."""
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._finish(may_stay_open=False)
        except HttpParserError as error:
            self._give_up(str(error))
        if self.answer is None and not self._status and self._read > _LONGEST_HEAD:
            raise NotHttpError(f"its headers exceed {_LONGEST_HEAD >> 10} KiB")

    def end(self) -> None:
        """End the answer with the bytes so far, since the connection is closed; some bodies end with it."""
        if self._status:
            self._finish(may_stay_open=False, flaw=self._explain_end())

    def _explain_end(self) -> str | None:
        """Return what is missing of a body that the connection has ended; None when nothing says that there is more."""
        named = self._named_headers()
        if b"chunked" in named.get(b"transfer-encoding", b"").lower():
            return f"its answer was cut off after {self._kept} bytes of the body: the last chunk is missing"
        if length := named.get(b"content-length"):
            return f"its answer was cut off: {self._kept} of {_text(length)} bytes of the body came"
        return None

    def _give_up(self, reason: str) -> None:
        if not self._status:
            raise NotHttpError(reason)
        self._finish(may_stay_open=False, flaw=f"the body of its answer is not HTTP: {reason}")

    def _named_headers(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in reversed(self._headers)}

    def _finish(self, *, may_stay_open: bool, flaw: str | None = None) -> None:
        if self.answer is not None:
            self.may_stay_open = False  # An unrequested answer follows.
            return
        named = self._named_headers()
        self.may_stay_open = may_stay_open
        self.answer = Answer(
            status=self._status,
            headers=tuple(self._headers),
            content_type=_text(named.get(b"content-type", b"")),
            location=_text(named.get(b"location", b"")) if 300 <= self._status < 400 else "",
            body=b"".join(self._body)[:KEPT_OF_BODY],
            flaw=flaw,
        )

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        """Begin an answer; an unexpected one closes the connection."""
        self.may_stay_open = False
        if self.answer is None:
            self._headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header line."""
        if not self._status:
            self._headers.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Record the status, unless it is an interim one."""
        status = self._parser.get_status_code()
        if self.answer is None and (status >= 200 or status == 101):
            self._status = status
            if self._bodiless:
                self._finish(may_stay_open=False)

    def on_body(self, data: bytes) -> None:
        """Keep a part of the body, up to the limit."""
        if self.answer is None:
            self._body.append(data)
            self._kept += len(data)
            if self._kept >= KEPT_OF_BODY:
                self._finish(may_stay_open=False)

    def on_message_complete(self) -> None:
        """End the answer, unless it is an interim one."""
        if self._status and self.answer is None:
            self._finish(may_stay_open=self._parser.should_keep_alive())


def _text(value: bytes) -> str:
    """Return a header's value with invalid UTF-8 replaced: the journal takes no surrogates."""
    return value.decode("utf-8", "replace")


def _llhttp(reader: AnswerParser) -> HttpResponseParser:
    parser = HttpResponseParser(reader)
    # As lenient with applications' answers as browsers and aiohttp's client.
    parser.set_dangerous_leniencies(
        lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
    )
    return parser
