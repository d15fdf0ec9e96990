"""A webhook receiver as it should be, and its flawed descendants, each wrong in one way."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "verifyTOKENverify"
PATH = "/webhook"


class Receiver:
    """Does everything right. A flaw overrides one method."""

    body_limit = 16 << 20

    def __init__(self) -> None:
        self.handshakes: list[str] = []
        self.seen: set[object] = set()
        self.over = asyncio.Event()

    async def get(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if query.get("hub.mode") != "subscribe" or not self.is_token(query.get("hub.verify_token", "")):
            return self.refuse_token(query.get("hub.verify_token", ""))
        challenge = query.get("hub.challenge")
        return web.Response(status=400) if challenge is None else self.answer_challenge(challenge)

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), TOKEN.encode())

    def refuse_token(self, given: str) -> web.Response:
        return web.Response(status=403, text="forbidden")

    def answer_challenge(self, challenge: str) -> web.Response:
        return web.Response(text=challenge)

    async def post(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not self.is_signed(request, body):
            return self.refuse_signature(request, body)
        return await self.take(request, body)

    def signature(self, request: web.Request) -> str:
        return request.headers.get("X-Hub-Signature-256", "")

    def is_signed(self, request: web.Request, body: bytes) -> bool:
        return hmac.compare_digest(self.signature(request).encode(), self.sign(body).encode())

    def sign(self, body: bytes) -> str:
        return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    def refuse_signature(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=401, text="no")

    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        self.work(json.loads(body))
        return web.Response(text="OK")

    def work(self, value: Any) -> None:
        """Work through a notification; may raise, as an app does."""


@asynccontextmanager
async def served(receiver: Receiver, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve a receiver on loopback; yields its URL."""
    app = web.Application(client_max_size=receiver.body_limit)
    app.router.add_get(PATH, receiver.get)
    app.router.add_post(PATH, receiver.post)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        where = f"{runner.addresses[0][1]}{PATH}"
        yield f"https://localhost:{where}" if tls else f"http://127.0.0.1:{where}"
    finally:
        receiver.over.set()
        await runner.cleanup()


# Handshakes


class QuotedChallenge(Receiver):
    def answer_challenge(self, challenge: str) -> web.Response:
        return web.json_response(challenge)


class UnknownToCaddy(Receiver):
    """Stands behind a proxy that answers itself to a host that it does not know."""

    async def get(self, request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"Server": "Caddy"})


class HtmlChallenge(Receiver):
    def answer_challenge(self, challenge: str) -> web.Response:
        return web.Response(text=challenge, content_type="text/html")


class NumberChallenge(Receiver):
    """Takes the challenge for a number of 32 bits, as typed languages make one do."""

    def answer_challenge(self, challenge: str) -> web.Response:
        number = int(challenge)
        return web.Response(text=challenge) if number < 1 << 31 else web.Response(status=500)


class AnyToken(Receiver):
    def is_token(self, given: str) -> bool:
        return True


class EmptyToken(Receiver):
    def is_token(self, given: str) -> bool:
        return given in ("", TOKEN)


class CrashesWithoutParameters(Receiver):
    async def get(self, request: web.Request) -> web.StreamResponse:
        _ = request.query["hub.challenge"]
        return await super().get(request)


class StrictQuery(Receiver):
    async def get(self, request: web.Request) -> web.StreamResponse:
        if set(request.query) - {"hub.mode", "hub.challenge", "hub.verify_token"}:
            return web.Response(status=400)
        return await super().get(request)


class CachedChallenge(Receiver):
    """A cache in front that does not look at the query."""

    def answer_challenge(self, challenge: str) -> web.Response:
        self.handshakes.append(challenge)
        return web.Response(text=self.handshakes[0])


class OnlyOnce(Receiver):
    """Verifies one time, and never again."""

    def answer_challenge(self, challenge: str) -> web.Response:
        self.handshakes.append(challenge)
        return web.Response(text=challenge) if len(self.handshakes) == 1 else web.Response(status=403)


class AnyCaseOfToken(Receiver):
    def is_token(self, given: str) -> bool:
        return given.lower() == TOKEN.lower()


class SilentToStrangers(Receiver):
    """Closes the connection on a wrong token."""

    async def get(self, request: web.Request) -> web.StreamResponse:
        assert request.transport
        if not self.is_token(request.query.get("hub.verify_token", "")):
            request.transport.abort()
        return await super().get(request)


class AnyMode(Receiver):
    async def get(self, request: web.Request) -> web.StreamResponse:
        if self.is_token(request.query.get("hub.verify_token", "")) and "hub.challenge" in request.query:
            return self.answer_challenge(request.query["hub.challenge"])
        return await super().get(request)


# Signatures


class OtherSecret(Receiver):
    def sign(self, body: bytes) -> str:
        return "sha256=" + hmac.new(b"another", body, hashlib.sha256).hexdigest()


class PresenceOnly(Receiver):
    def is_signed(self, request: web.Request, body: bytes) -> bool:
        return bool(self.signature(request) or request.headers.get("X-Hub-Signature"))


class OnlyIfThere(Receiver):
    """Checks a signature only where one is."""

    def is_signed(self, request: web.Request, body: bytes) -> bool:
        has_any = "X-Hub-Signature-256" in request.headers or "X-Hub-Signature" in request.headers
        return not has_any or super().is_signed(request, body)


class Sha1NotCompared(Receiver):
    def is_signed(self, request: web.Request, body: bytes) -> bool:
        if not self.signature(request) and request.headers.get("X-Hub-Signature", "").startswith("sha1="):
            return True
        return super().is_signed(request, body)


class EmptySecretToo(Receiver):
    def is_signed(self, request: web.Request, body: bytes) -> bool:
        empty = "sha256=" + hmac.new(b"", body, hashlib.sha256).hexdigest()
        return self.signature(request) == empty or super().is_signed(request, body)


class Reserialized(Receiver):
    """Makes the HMAC of what a parser and JSON.stringify leave."""

    def sign(self, body: bytes) -> str:
        return super().sign(json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode())


class Normalized(Receiver):
    """Writes the body anew as Meta would, and so takes any body with the same content."""

    def sign(self, body: bytes) -> str:
        text = json.dumps(json.loads(body), separators=(",", ":")).replace("/", "\\/")
        for char, escaped in (("%", "\\u0025"), ("@", "\\u0040"), ("<", "\\u003C")):
            text = text.replace(char, escaped)
        return super().sign(text.encode())


class CaseOfHeaders(Receiver):
    def signature(self, request: web.Request) -> str:
        return dict(request.raw_headers).get(b"X-Hub-Signature-256", b"").decode()


# Notifications


class NoPost(Receiver):
    async def post(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=405)


class RedirectedPost(Receiver):
    async def post(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{PATH}/")


class NoContent(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=204)


class SmallBodies(Receiver):
    """Takes a batch, and no media."""

    body_limit = 1 << 20


class Django(Receiver):
    """Has the limit of a well-known framework, and its answer."""

    body_limit = 5 << 19

    async def post(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super().post(request)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=400)


class NoTemporaryFolder(Receiver):
    """Throws away a body that does not fit into memory, as PHP does."""

    async def post(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        read = body if len(body) < 16 << 10 else b""
        return await self.take(request, read) if self.is_signed(request, read) else web.Response(status=401)


class Express(Receiver):
    """Has the limit of a well-known parser."""

    body_limit = 100 << 10


class RejectsTests(Receiver):
    def work(self, value: Any) -> None:
        if any(entry["id"] == "0" for entry in value["entry"] if "id" in entry):
            raise ValueError("no such page")


class KnownFieldsOnly(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=404 if b"brand_new_field" in body and b'"page"' in body else 200)


class KnownObjectsOnly(Receiver):
    def work(self, value: Any) -> None:
        {"page": 1, "user": 2}[value["object"]]


class ValuesAlways(Receiver):
    def work(self, value: Any) -> None:
        for entry in value["entry"]:
            for change in entry.get("changes", []):
                _ = change["value"]


class ChangedFieldsNever(Receiver):
    def work(self, value: Any) -> None:
        for entry in value["entry"]:
            if "messaging" not in entry and "standby" not in entry:
                _ = entry["changes"]


class ChangesAlways(Receiver):
    def work(self, value: Any) -> None:
        for entry in value["entry"]:
            if "messaging" in entry:
                _ = entry["changes"][0]


class FailsOnDuplicates(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        status = 409 if body in self.seen else 200
        self.seen.add(body)
        return web.Response(status=status)


class OneUserAgent(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        return web.Response(status=200 if request.headers["User-Agent"] == "facebookexternalua" else 403)


class DropsConnections(Receiver):
    """Says that the connection stays open, and closes it at the second notification."""

    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        assert request.transport
        if request.transport in self.seen:
            request.transport.abort()
        self.seen.add(request.transport)
        return web.Response(text="OK")


class FailsOnceOnConnection(Receiver):
    """Fails with the second notification of the connections that stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: dict[object, int] = {}

    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        count = self.taken[request.transport] = self.taken.get(request.transport, 0) + 1
        return web.Response(status=500) if count == 2 else await super().take(request, body)


class ClosesConnections(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        answer = web.Response(text="OK")
        answer.force_close()
        return answer


class OneAtATime(Receiver):
    """Refuses whatever comes while it works on something."""

    working = False

    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        if self.working:
            return web.Response(status=503)
        self.working = True
        try:
            for _ in range(50):
                await asyncio.sleep(0)
        finally:
            self.working = False
        return web.Response(text="OK")


class TellsSignature(Receiver):
    def refuse_signature(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=401, text=f"expected {self.sign(body)}")


class TellsSignatureInHeader(Receiver):
    def refuse_signature(self, request: web.Request, body: bytes) -> web.Response:
        digest = base64.b64encode(bytes.fromhex(self.sign(body)[7:])).decode()
        return web.Response(status=401, headers={"X-Expected": digest})


class TellsToken(Receiver):
    def refuse_token(self, given: str) -> web.Response:
        return web.Response(status=403, text=f"expected {TOKEN}, got {given}")


class TellsSecret(Receiver):
    def refuse_signature(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=401, text=f"Traceback: key={SECRET}")


class SetsCookies(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        answer = web.Response(text="OK")
        answer.set_cookie("session", "1")
        return answer


class PrefixOfSignature(Receiver):
    """Compares as much as came."""

    def is_signed(self, request: web.Request, body: bytes) -> bool:
        given = self.signature(request)
        return given.startswith("sha256=") and self.sign(body).startswith(given)


class Slow(Receiver):
    """Answers after more time than a test allows."""

    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return web.Response(text="OK")


class HidesFromStrangers(Receiver):
    """Answers 404 to whoever does not know the verify token or the app secret."""

    def refuse_token(self, given: str) -> web.Response:
        return web.Response(status=404)

    def refuse_signature(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(status=404)


class NeverAnswers(Receiver):
    async def take(self, request: web.Request, body: bytes) -> web.StreamResponse:
        await self.over.wait()
        return web.Response(status=503)
