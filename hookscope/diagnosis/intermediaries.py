"""Pages of tunnels, gateways, and hosts that answer in place of the application, recognized by their own marks.

Sources: ngrok's error reference for its codes; Cloudflare's documentation for the header of its challenges and the
numbers of its error pages (general knowledge); public clients of localtunnel for the header that skips its reminder,
its issue 668 and public logs for how its server answers without a client; public logs and run-books for the marks of
Vercel, Railway, and Render, and public sources of n8n for its two refusals (all read 2026-11-30); Caddy 2.6.2 itself.
"""

import re

from hookscope.diagnosis.exchange import CallbackAnswer
from hookscope.diagnosis.finding import Finding, State
from hookscope.tunnel.ngrok_fault import INTERSTITIAL_CODES, NgrokFault, read_fault

SKIPS_REMINDERS = (("ngrok-skip-browser-warning", "hookscope"), ("bypass-tunnel-reminder", "hookscope"))
"""Headers with which the tunnels of ngrok and localtunnel leave their reminder pages out; Meta cannot send them."""

REMINDERS = frozenset(
    (
        "ngrok.reminder",
        "localtunnel.reminder",
        *(code.replace("ERR_NGROK_", "ngrok.") for code in INTERSTITIAL_CODES),
    )
)
"""The findings on such pages."""

_CLOUDFLARE_NUMBER = re.compile(rb"[Ee]rror(?: code:?)? (1\d{3})\b")
_OWN_ADDRESS = "use an address of your own, a plan without the page, or another tunnel"


def ngrok_fault(answer: CallbackAnswer) -> NgrokFault | None:
    """Return the error of ngrok's that an answer names in its header or its page."""
    code = answer.headers.get("ngrok-error-code")
    if code is None and (found := re.search(rb"ERR_NGROK_\d+", answer.body)):
        code = found[0].decode()
    return read_fault(code) if code else None


def shows_reminder(answer: CallbackAnswer) -> bool:
    """Return whether a tunnel's reminder for browsers may stand in front of the application."""
    fault = ngrok_fault(answer)
    if fault:
        return fault.code in INTERSTITIAL_CODES
    page = answer.body.lower()
    return answer.is_html and (b"ngrok" in page or _is_localtunnel(answer, page))


def explain_reminder(answer: CallbackAnswer) -> Finding:
    """Return the finding for a reminder page behind which the application answers correctly."""
    name = "localtunnel" if _is_localtunnel(answer, answer.body.lower()) else "ngrok"
    return Finding(
        id=f"{name}.reminder",
        state=State.FAILED,
        what=f"{name}'s browser warning page stands in front of the receiver, which answers correctly behind it; "
        "Meta cannot click through it",
        next_step=_OWN_ADDRESS,
    )


def explain_page(answer: CallbackAnswer) -> Finding | None:
    """Return the finding for an answer that a tunnel or gateway made itself, or None."""
    explainers = (
        _explain_ngrok,
        _explain_hosting,
        _explain_n8n,
        _explain_cloudflare,
        _explain_localtunnel,
        _explain_caddy,
    )
    return next(filter(None, (explain(answer) for explain in explainers)), None)


def _explain_ngrok(answer: CallbackAnswer) -> Finding | None:
    fault = ngrok_fault(answer)
    if fault is None:
        return None
    number = fault.code.removeprefix("ERR_NGROK_")
    return Finding(
        id=f"ngrok.{number}", state=State.FAILED, what=str(fault), why="ngrok answers itself", next_step=fault.hint
    )


def _explain_cloudflare(answer: CallbackAnswer) -> Finding | None:
    if answer.headers.get("cf-mitigated") == "challenge":
        return Finding(
            id="cloudflare.challenge",
            state=State.FAILED,
            what="Cloudflare answers with a challenge for browsers, which Meta cannot solve",
            next_step="skip the challenge for the callback path with a Cloudflare firewall (WAF) rule",
        )
    if "cloudflare" not in answer.headers.get("server", "").lower():
        return None
    found = _CLOUDFLARE_NUMBER.search(answer.body)
    if answer.status == 530 and found and found[1] == b"1033":
        return Finding(
            id="cloudflare.tunnel-down",
            state=State.FAILED,
            what="Cloudflare knows the name, but no cloudflared serves it (error 1033)",
            next_step="start cloudflared; a quick tunnel gets a new name at each start",
        )
    if answer.status == 530 or 520 <= answer.status <= 526:
        number = f", error {found[1].decode()}" if found else ""
        return Finding(
            id="cloudflare.origin",
            state=State.FAILED,
            what=f"Cloudflare cannot reach the server behind it (HTTP {answer.status}{number})",
            next_step="check that the server behind Cloudflare is running, and its certificate",
        )
    return None


def _explain_hosting(answer: CallbackAnswer) -> Finding | None:
    """Return the finding for an answer of Vercel, Railway, or Render; Render's come through Cloudflare."""
    if _is_vercel_login(answer):
        return Finding(
            id="vercel.protected",
            state=State.FAILED,
            what="Vercel's Deployment Protection wants a login, and the app never sees the request",
            why="previews are protected unless you change it, and Meta cannot log in",
            next_step="register the production domain, or switch it off under Settings > Deployment Protection",
        )
    if answer.headers.get("x-railway-fallback") == "true":
        return Finding(
            id="railway.offline",
            state=State.FAILED,
            what=f"Railway answers itself: no app serves this name (HTTP {answer.status})",
            next_step="see whether the service runs, and whether the domain's target port is the one it listens on",
        )
    if routing := answer.headers.get("x-render-routing"):
        return Finding(
            id="render.offline",
            state=State.FAILED,
            what=f"Render answers itself: no app serves this name (HTTP {answer.status}, {routing})",
            why="on the free plan an app sleeps when nothing comes, and takes longer to wake than Meta waits",
            next_step="see whether the service runs; keep it awake, or take a plan on which it does not sleep",
        )
    return None


def _explain_n8n(answer: CallbackAnswer) -> Finding | None:
    if answer.status == 404 and b"webhook is not registered for GET requests" in answer.body:
        return Finding(
            id="n8n.no-get",
            state=State.FAILED,
            what="n8n's workflow takes no GET at that path, which verifies the callback",
            next_step="let its Webhook node take GET as well (Allow Multiple HTTP Methods), and answer hub.challenge",
        )
    if answer.status == 404 and b"The requested webhook" in answer.body and b"is not registered" in answer.body:
        return Finding(
            id="n8n.not-active",
            state=State.FAILED,
            what="n8n has no active workflow with a webhook at that path",
            why="a test URL (/webhook-test/) answers once after each click on Execute workflow",
            next_step="activate the workflow, and register its production URL (/webhook/)",
        )
    return None


def explain_blank(server: str) -> Finding | None:
    """Return the finding for an empty answer with 200 that names this server, or None."""
    if server != "Caddy":
        return None
    return Finding(
        id="caddy.no-site",
        state=State.FAILED,
        what="an empty body with 200, as Caddy answers to a host that its Caddyfile does not name",
        why="it acknowledges notifications in the same way, and the app never sees them",
        next_step="name the URL's host in the Caddyfile; if it is there, return the value of hub.challenge",
    )


def _explain_caddy(answer: CallbackAnswer) -> Finding | None:
    is_blank = answer.status == 200 and not answer.body
    return explain_blank(answer.headers.get("server", "")) if is_blank else None


def _is_vercel_login(answer: CallbackAnswer) -> bool:
    if answer.hops[-1].host == "vercel.com":
        return True
    marks = answer.headers.get("set-cookie", "").encode() + answer.body
    return answer.status == 401 and (b"_vercel_sso_nonce" in marks or b"vercel.com/sso-api" in marks)


def _explain_localtunnel(answer: CallbackAnswer) -> Finding | None:
    page = answer.body.lower()
    is_older = _is_localtunnel(answer, page) and answer.status == 404 and page.strip() == b"404"
    if is_older or "x-localtunnel-status" in answer.headers or b"tunnel unavailable" in page:
        return Finding(
            id="localtunnel.offline",
            state=State.FAILED,
            what=f"localtunnel knows the name, but no client serves it (HTTP {answer.status})",
            next_step="start localtunnel again; it may assign another name than requested",
        )
    return None


def _is_localtunnel(answer: CallbackAnswer, page: bytes) -> bool:
    host = answer.hops[-1].host or ""
    return b"localtunnel" in page or host.endswith((".loca.lt", ".localtunnel.me"))
